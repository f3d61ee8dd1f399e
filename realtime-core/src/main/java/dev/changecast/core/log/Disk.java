package dev.changecast.core.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A directory, as far as the log needs one; small, so that tests can let it fail. */
interface Disk extends AutoCloseable {
    /** The names of all files. */
    List<String> names() throws IOException;

    DiskFile open(String name) throws IOException;

    /** A new empty file in place of any of that name. */
    DiskFile create(String name) throws IOException;

    /** Gives a file another name, in place of any that has it. After a crash there is either the old or the new. */
    void rename(String from, String to) throws IOException;

    /** Deletes the file if it is there. */
    void delete(String name) throws IOException;

    /** Makes sure that deletions survive a power cut. */
    void force() throws IOException;

    @Override
    void close();

    /** A file that one thread writes and any number of threads read. */
    interface DiskFile extends AutoCloseable {
        /** Reads some bytes at this offset; -1 at the end. */
        int read(ByteBuffer to, long offset) throws IOException;

        /** Writes some bytes at this offset, at least one. */
        int write(ByteBuffer from, long offset) throws IOException;

        /** Makes sure that what was written survives a power cut. */
        void force() throws IOException;

        void truncate(long size) throws IOException;

        long size() throws IOException;

        @Override
        void close();
    }
}
