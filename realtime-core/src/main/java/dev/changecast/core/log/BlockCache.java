package dev.changecast.core.log;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The blocks that were last read from disk: many who resume at once read the same. */
final class BlockCache {
    private final Map<Block, Chunk[]> blocks = new LinkedHashMap<>(64, 0.75f, true);
    private final long limit;
    private long bytes;

    BlockCache(long limit) {
        this.limit = limit;
    }

    synchronized Chunk @Nullable [] get(Block block) {
        return blocks.get(block);
    }

    synchronized void put(Block block, Chunk[] chunks) {
        if (block.length > limit / 2 || blocks.put(block, chunks) != null) {
            return;
        }
        bytes += block.length;
        Iterator<Block> eldest = blocks.keySet().iterator();
        while (bytes > limit) {
            bytes -= eldest.next().length;
            eldest.remove();
        }
    }

    synchronized void clear() {
        blocks.clear();
        bytes = 0;
    }
}
