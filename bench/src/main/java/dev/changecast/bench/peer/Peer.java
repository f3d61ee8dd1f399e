package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.load.Outlet;
import java.io.IOException;
import java.net.InetSocketAddress;

/** A running server that sends to all its subscribers what is published. */
public interface Peer extends AutoCloseable {
    InetSocketAddress address();

    Dialect dialect();

    /** @param bytes how large the published messages are */
    Outlet.Factory outlets(int bytes);

    /** The process that is measured. */
    ServerProcess process();

    /** Stops the server, and whatever was started for it. */
    @Override
    void close() throws IOException;
}
