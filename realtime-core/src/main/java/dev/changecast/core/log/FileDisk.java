package dev.changecast.core.log;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A directory of the file system, locked as long as this is open. */
final class FileDisk implements Disk {
    private static final String LOCK = "lock";

    private final Path directory;
    private final FileChannel lockChannel;

    /** Makes the directory if need be, and takes its lock. */
    FileDisk(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        lockChannel = FileChannel.open(directory.resolve(LOCK), CREATE, WRITE);
        FileLock lock = tryLock(lockChannel);
        if (lock == null) {
            lockChannel.close();
            throw new IOException("it is in use by another engine; stop that one or choose another directory");
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return new ArrayList<>(
                    files.map(file -> file.getFileName().toString()).toList());
        }
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new ChannelFile(directory.resolve(name), FileChannel.open(directory.resolve(name), WRITE));
    }

    @Override
    public DiskFile create(String name) throws IOException {
        Path path = directory.resolve(name);
        return new ChannelFile(path, FileChannel.open(path, CREATE, WRITE, TRUNCATE_EXISTING));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        Files.move(directory.resolve(from), directory.resolve(to), StandardCopyOption.ATOMIC_MOVE);
        force();
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void force() throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(directory, READ);
        } catch (IOException e) {
            return; // a platform where directories are no files (Windows) keeps names without being asked
        }
        try (channel) {
            channel.force(true);
        }
    }

    @Override
    public void close() {
        closeQuietly(lockChannel);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // what had to be on disk was forced before; nothing depends on this
            }
        }
    }

    /**
     * Reads through a channel of its own: the interruption of a thread that reads closes the channel it reads from, and
     * that thread may be anybody's. Such a channel is opened again.
     */
    private static final class ChannelFile implements DiskFile {
        private final Path path;
        private final FileChannel writing;
        private volatile @Nullable FileChannel reading;
        private boolean closed;

        ChannelFile(Path path, FileChannel writing) {
            this.path = path;
            this.writing = writing;
        }

        @Override
        public int read(ByteBuffer to, long offset) throws IOException {
            boolean interrupted = false;
            try {
                while (true) {
                    interrupted |= Thread.interrupted();
                    int position = to.position();
                    try {
                        return reading().read(to, offset);
                    } catch (ClosedChannelException e) {
                        to.position(position); // an interruption, of this thread or another reader, or close(): see
                        // reading()
                    }
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        private FileChannel reading() throws IOException {
            FileChannel channel = reading;
            return channel != null && channel.isOpen() ? channel : reopen();
        }

        private synchronized FileChannel reopen() throws IOException {
            if (closed) {
                throw new IOException(path + " is closed");
            }
            FileChannel channel = reading;
            if (channel == null || !channel.isOpen()) {
                channel = FileChannel.open(path, READ);
                reading = channel;
            }
            return channel;
        }

        @Override
        public int write(ByteBuffer from, long offset) throws IOException {
            return writing.write(from, offset);
        }

        @Override
        public void force() throws IOException {
            writing.force(false);
        }

        @Override
        public void truncate(long size) throws IOException {
            writing.truncate(size);
        }

        @Override
        public long size() throws IOException {
            return writing.size();
        }

        @Override
        public synchronized void close() {
            closed = true;
            closeQuietly(reading);
            closeQuietly(writing);
        }
    }
}
