package dev.changecast.bench.load;

import java.io.IOException;

/** One connection of a publisher. For one thread. */
public interface Outlet extends AutoCloseable {
    /** Publishes the message with this number, and returns when the server has said that it has it. */
    void send(int number) throws Exception;

    @Override
    void close() throws IOException;

    /** Opens connections. */
    @FunctionalInterface
    interface Factory {
        Outlet open() throws Exception;
    }
}
