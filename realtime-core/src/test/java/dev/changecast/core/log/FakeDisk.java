package dev.changecast.core.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk that can be full, write short, and fail to force; and that knows what would be left after a power cut. As on
 * Linux, what a failed force did not write is forgotten, and the next force reports success.
 */
final class FakeDisk implements Disk {
    private static final int PAGE = 512;

    private final Map<String, Content> files = new TreeMap<>();
    private long capacity = Long.MAX_VALUE;
    private int longestWrite = Integer.MAX_VALUE;
    private int failingForces;
    private int failedForces;

    synchronized void capacity(long bytes) {
        capacity = bytes;
    }

    synchronized void longestWrite(int bytes) {
        longestWrite = bytes;
    }

    synchronized void failForces(int count) {
        failingForces = count;
    }

    synchronized int failedForces() {
        return failedForces;
    }

    synchronized byte[] content(String name) {
        Content content = files.get(name);
        return Arrays.copyOf(content.bytes, content.size);
    }

    synchronized void put(String name, byte[] bytes) {
        Content content = new Content();
        content.bytes = bytes.clone();
        content.size = bytes.length;
        content.durable = bytes.clone();
        content.durableSize = bytes.length;
        files.put(name, content);
    }

    /** What is there after a power cut: what was forced, and of the rest any pages. */
    synchronized FakeDisk afterPowerCut(Random random) {
        FakeDisk left = new FakeDisk();
        files.forEach((name, content) -> left.put(name, content.afterPowerCut(random)));
        return left;
    }

    synchronized long used() {
        return files.values().stream().mapToLong(content -> content.size).sum();
    }

    @Override
    public synchronized List<String> names() {
        return new ArrayList<>(files.keySet());
    }

    @Override
    public synchronized DiskFile open(String name) throws IOException {
        Content content = files.get(name);
        if (content == null) {
            throw new IOException("there is no " + name);
        }
        return new File(content);
    }

    @Override
    public synchronized DiskFile create(String name) {
        Content content = new Content();
        files.put(name, content);
        return new File(content);
    }

    @Override
    public synchronized void rename(String from, String to) throws IOException {
        Content content = files.remove(from);
        if (content == null) {
            throw new IOException("there is no " + from);
        }
        files.put(to, content);
    }

    @Override
    public synchronized void delete(String name) {
        files.remove(name);
    }

    @Override
    public void force() {}

    @Override
    public void close() {}

    private static final class Content {
        private byte[] bytes = new byte[1024];
        private int size;
        private byte[] durable = new byte[0];
        private int durableSize;
        private final BitSet dirty = new BitSet();

        private void force() {
            if (durable.length < size) {
                durable = Arrays.copyOf(durable, bytes.length);
            }
            durableSize = size;
            for (int at = dirty.nextSetBit(0); at >= 0 && at < size; ) {
                int end = Math.min(size, dirty.nextClearBit(at));
                System.arraycopy(bytes, at, durable, at, end - at);
                at = dirty.nextSetBit(end);
            }
            dirty.clear();
        }

        private byte[] afterPowerCut(Random random) {
            int length = random.nextBoolean() ? durableSize : Math.max(durableSize, random.nextInt(size + 1));
            byte[] left = Arrays.copyOf(Arrays.copyOf(durable, durableSize), length);
            for (int page = 0; page < length; page += PAGE) {
                if (random.nextBoolean()) {
                    for (int at = dirty.nextSetBit(page); at >= 0 && at < Math.min(length, page + PAGE); ) {
                        left[at] = bytes[at];
                        at = dirty.nextSetBit(at + 1);
                    }
                }
            }
            return left;
        }
    }

    private final class File implements DiskFile {
        private final Content content;
        private boolean closed;

        File(Content content) {
            this.content = content;
        }

        @Override
        public int read(ByteBuffer to, long offset) throws IOException {
            synchronized (FakeDisk.this) {
                requireOpen();
                if (offset >= content.size) {
                    return -1;
                }
                int length = Math.min(to.remaining(), content.size - (int) offset);
                to.put(content.bytes, (int) offset, length);
                return length;
            }
        }

        @Override
        public int write(ByteBuffer from, long offset) throws IOException {
            synchronized (FakeDisk.this) {
                requireOpen();
                long free = Math.max(0, capacity - used()) + Math.max(0, content.size - offset);
                int length = (int) Math.min(free, Math.min(longestWrite, from.remaining()));
                if (length == 0) {
                    throw new IOException("No space left on device");
                }
                int end = (int) offset + length;
                if (end > content.bytes.length) {
                    content.bytes = Arrays.copyOf(content.bytes, Math.max(end, 2 * content.bytes.length));
                }
                from.get(content.bytes, (int) offset, length);
                content.size = Math.max(content.size, end);
                content.dirty.set((int) offset, end);
                return length;
            }
        }

        @Override
        public void force() throws IOException {
            synchronized (FakeDisk.this) {
                requireOpen();
                if (failingForces > 0) {
                    failingForces--;
                    failedForces++;
                    content.dirty.clear();
                    throw new IOException("Input/output error");
                }
                content.force();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            synchronized (FakeDisk.this) {
                requireOpen();
                content.size = (int) Math.min(size, content.size);
                content.dirty.clear(content.size, Integer.MAX_VALUE);
                Arrays.fill(content.bytes, content.size, content.bytes.length, (byte) 0);
            }
        }

        @Override
        public long size() {
            synchronized (FakeDisk.this) {
                return content.size;
            }
        }

        @Override
        public void close() {
            synchronized (FakeDisk.this) {
                closed = true;
            }
        }

        private void requireOpen() throws IOException {
            if (closed) {
                throw new IOException("closed");
            }
        }
    }
}
