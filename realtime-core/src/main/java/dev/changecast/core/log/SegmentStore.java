package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log in files: segments of which the newest is appended to and the oldest are deleted. */
final class SegmentStore implements Store {
    private static final Logger LOGGER = LoggerFactory.getLogger(SegmentStore.class);
    private static final long MIB = 1024 * 1024;
    private static final int PARTS = 16;

    private final Disk disk;
    private final RelationTable relations;
    private final long bytes;
    private final long segmentBytes;
    private final Duration age;
    private final Clock clock;
    private final BlockCache cache;

    /** Outside the heap, or the channel would copy each write into such a buffer of its own, as large as the write. */
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);

    /** Oldest first; changed by the writer thread, and replaced as a whole. */
    private volatile List<Segment> segments;

    private final Headroom headroom = new Headroom();

    /** A file whose last force failed is not appended to; see {@link #append}. */
    private boolean distrusted;

    SegmentStore(
            Disk disk,
            RelationTable relations,
            List<Segment> segments,
            long bytes,
            Duration age,
            long cacheBytes,
            Clock clock) {
        this.disk = disk;
        this.relations = relations;
        this.segments = List.copyOf(segments);
        this.bytes = bytes;
        this.age = age;
        this.clock = clock;
        segmentBytes = Math.max(MIB, Math.min(64 * MIB, bytes / PARTS));
        cache = new BlockCache(cacheBytes);
    }

    /**
     * Writes the frames that still go into one segment, and forces them to disk.
     *
     * <p>When forcing fails, the system may have dropped the pages and would report success the next time without having
     * written them, so the file is distrusted: the frames, which are still in memory, go into a new one.
     */
    @Override
    public int append(List<Chunk> frames) throws IOException {
        Segment segment = segmentToAppend();
        SegmentOutput output = new SegmentOutput(segment.file, segment.size(), buffer);
        BitSet defined = segment.defined();
        long[] ends = new long[frames.size()];
        int count = 0;
        try {
            for (Chunk chunk : frames) {
                if (count > 0 && output.offset() >= segmentBytes) {
                    break;
                }
                define(chunk, defined, output);
                output.put(chunk.array(), chunk.offset(), chunk.bytes());
                ends[count++] = output.offset();
            }
            output.flush();
        } catch (IOException | RuntimeException e) {
            takeBack(segment);
            throw e;
        }
        headroom.prepare(segment.file, segment.size(), output.offset());
        force(segment);
        for (int i = 0; i < count; i++) {
            segment.add(frames.get(i), ends[i]);
        }
        segment.define(defined);
        return count;
    }

    private void define(Chunk chunk, BitSet defined, SegmentOutput output) throws IOException {
        for (int id : chunk.relationIds()) {
            if (!defined.get(id)) {
                defined.set(id);
                byte[] definition =
                        Frames.relation(chunk.sequence(), id, relations.byId()[id]);
                output.put(definition, 0, definition.length);
            }
        }
    }

    private void force(Segment segment) throws IOException {
        try {
            segment.file.force();
        } catch (IOException | RuntimeException e) {
            distrusted = true;
            takeBack(segment);
            throw e;
        }
    }

    /** Best effort: what stays behind is written over, or recognised by its numbers. */
    private void takeBack(Segment segment) {
        headroom.forget();
        try {
            segment.file.truncate(segment.size());
        } catch (IOException e) {
            LOGGER.warn("{} could not be truncated: {}", segment, e.getMessage());
        }
    }

    private Segment segmentToAppend() throws IOException {
        Segment newest = newest();
        if (newest == null) {
            throw new IllegalStateException("a log that was never restarted has nothing to append to");
        }
        boolean old = newest.header.createdAt().plus(age.dividedBy(PARTS)).isBefore(clock.instant());
        if (!distrusted && newest.size() < segmentBytes && (!old || newest.isEmpty())) {
            return newest;
        }
        newest.closeBlock();
        headroom.release(newest);
        SegmentHeader header = newest.header;
        Segment next = Recovery.create(
                disk, new SegmentHeader(clock.instant(), header.lineage(), header.epoch(), newest.end()));
        List<Segment> more = new ArrayList<>(segments);
        if (newest.isEmpty()) {
            more.remove(newest);
            newest.goes();
        } else {
            SegmentIndex.write(disk, newest, relations);
        }
        more.add(next);
        segments = List.copyOf(more);
        distrusted = false;
        return next;
    }

    @Override
    public void restart(String epoch, Checkpoint from, Position gapEnd, long firstSequence) throws IOException {
        LogEnd before = new LogEnd(firstSequence - 1, from.position(), false, from);
        Lineage lineage = new Lineage(new SecureRandom().nextLong(), gapEnd);
        Segment first = Recovery.create(disk, new SegmentHeader(clock.instant(), lineage, epoch, before));
        List<Segment> old = segments;
        segments = List.of(first);
        distrusted = false;
        for (Segment segment : old) {
            segment.goes();
            if (!segment.header.name().equals(first.header.name())) {
                delete(segment);
            }
        }
        cache.clear();
    }

    /** What cannot be deleted now is deleted when the log is opened again. */
    private void delete(Segment segment) {
        try {
            disk.delete(segment.header.name() + SegmentIndex.SUFFIX);
            disk.delete(segment.header.name() + SegmentHeader.SUFFIX);
        } catch (IOException e) {
            LOGGER.warn("{} could not be deleted: {}", segment, e.getMessage());
        }
    }

    @Override
    public long readable() {
        Segment newest = newest();
        if (newest == null) {
            return 0;
        }
        List<Block> blocks = newest.blocks();
        return blocks.isEmpty() ? newest.header.before().sequence() : blocks.get(blocks.size() - 1).lastSequence;
    }

    @Override
    public long find(Position after) {
        List<Segment> all = segments;
        for (int i = all.size() - 1; i >= 0; i--) {
            if (!all.get(i).header.before().position().isAfter(after)) {
                return all.get(i).find(after);
            }
        }
        return -1;
    }

    @Override
    public @Nullable Chunk read(long sequence) throws IOException {
        Segment segment = segmentOf(sequence);
        Block block = segment == null ? null : segment.blockOf(sequence);
        if (segment == null || block == null) {
            return null;
        }
        Chunk[] chunks = cache.get(block);
        if (chunks == null) {
            try {
                chunks = segment.read(block, relations.byId());
            } catch (IOException e) {
                if (segment.isGone()) {
                    return null;
                }
                throw e;
            }
            cache.put(block, chunks);
        }
        return chunks[(int) (sequence - block.firstSequence)];
    }

    @Override
    public Skip skip(long sequence, Interest interest, boolean insideTransaction) {
        Relation[] table = relations.byId();
        long next = sequence;
        Position position = null;
        Segment segment = segmentOf(next);
        Block block = segment == null ? null : segment.blockOf(next);
        while (block != null && !block.concerns(interest, insideTransaction, table)) {
            next = block.lastSequence + 1;
            position = block.end;
            segment = segmentOf(next);
            block = segment == null ? null : segment.blockOf(next);
        }
        return new Skip(next, position);
    }

    private @Nullable Segment segmentOf(long sequence) {
        List<Segment> all = segments;
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i).header.firstSequence() <= sequence) {
                return all.get(i);
            }
        }
        return null;
    }

    private @Nullable Segment newest() {
        List<Segment> all = segments;
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    /** A segment is as old as its last frame, which is older than the next segment. */
    @Override
    public @Nullable Eviction expired() {
        List<Segment> all = segments;
        Instant limit = clock.instant().minus(age);
        long total = all.stream().mapToLong(Segment::size).sum();
        int keep = 0;
        while (keep < all.size() - 1
                && (total > bytes || all.get(keep + 1).header.createdAt().isBefore(limit))) {
            total -= all.get(keep).size();
            keep++;
        }
        if (keep == 0) {
            return null;
        }
        SegmentHeader first = all.get(keep).header;
        return new Eviction(first.firstSequence(), first.before().position());
    }

    /** The newest segment that was begun before that. */
    @Override
    public Position headBefore(Duration ago) {
        Instant then = clock.instant().minus(ago);
        Position head = Position.ZERO;
        for (Segment segment : segments) {
            if (segment.header.createdAt().isBefore(then)) {
                head = segment.header.before().position();
            }
        }
        return head;
    }

    @Override
    public long bytes() {
        return segments.stream().mapToLong(Segment::size).sum();
    }

    @Override
    public @Nullable Instant heldFrom(long first) {
        List<Segment> all = segments;
        return all.isEmpty() ? null : all.get(0).header.createdAt();
    }

    @Override
    public void delete(Eviction eviction) {
        List<Segment> all = segments;
        segments = all.stream()
                .filter(segment -> segment.header.firstSequence() >= eviction.firstSequence())
                .toList();
        for (Segment segment : all) {
            if (segment.header.firstSequence() < eviction.firstSequence()) {
                segment.goes();
                delete(segment);
            }
        }
    }

    @Override
    public void close() {
        Segment newest = newest();
        if (newest != null) {
            headroom.release(newest);
        }
        for (Segment segment : segments) {
            segment.goes();
        }
        disk.close();
    }
}
