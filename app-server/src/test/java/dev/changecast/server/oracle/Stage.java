package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.net.URI;

/** What an oracle's run happens on: a database, a server, and proxies between both and between server and clients. */
interface Stage extends AutoCloseable {
    /** For the tests' writers: settings that let sessions fall behind and the log be read from disk. */
    String SETTINGS = """
            history: { directory: history, memory: 1MiB }
            limits: { heartbeat: 1s, connections_per_address: 1000, snapshot_rows: 1000000, queue_bytes: 64KiB }
            """;

    /** The name of the server's source. */
    String source();

    ServerProcess server();

    /** Between server and database. Writers go past it. */
    FaultProxy database();

    /** Between server and clients. */
    FaultProxy clients();

    /** Ends the connections that the server has to the database, in the way that is the database's own. */
    void endConnections() throws Exception;

    /** The database goes down, and comes back with its data. Writers notice. */
    void restartDatabase() throws Exception;

    @Override
    void close() throws IOException;

    /** Where clients connect, by way of the proxy. */
    default URI address() {
        return URI.create("ws://127.0.0.1:" + clients().port() + "/ws");
    }

    /** Where clients poll, by way of the proxy. */
    default URI polls() {
        return URI.create("http://127.0.0.1:" + clients().port() + "/poll");
    }
}
