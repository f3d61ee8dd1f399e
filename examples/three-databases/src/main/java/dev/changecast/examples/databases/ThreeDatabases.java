package dev.changecast.examples.databases;

import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * Three databases, the networks to them, and the page. {@code examples/three-databases/start} runs it beside the server.
 *
 * <p>Arguments: the page's port, the address of Changecast, a directory for data, and the ports at which Changecast finds
 * PostgreSQL, Redis and MongoDB.
 */
public final class ThreeDatabases {
    private ThreeDatabases() {}

    public static void main(String[] arguments) {
        List<String> given = arguments.length == 0
                ? List.of("8000", "http://127.0.0.1:8080", ".changecast/three-databases", "54331", "54332", "54333")
                : List.of(arguments);
        if (given.size() != 6) {
            System.err.println("six arguments, or none: port, Changecast, directory, and three ports");
            System.exit(2);
        }
        int port = Integer.parseInt(given.get(0));
        URI changecast = URI.create(given.get(1));
        Path directory = Path.of(given.get(2)).toAbsolutePath();
        try {
            List<Database> databases = List.of(
                    postgres(directory.resolve("postgres"), Integer.parseInt(given.get(3))),
                    redis(directory.resolve("redis"), Integer.parseInt(given.get(4))),
                    mongo(Integer.parseInt(given.get(5))));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(databases), "stop-databases"));
            new ControlPage(port, changecast, databases).start();
            for (Database database : databases) {
                database.open();
                System.out.println(
                        database.missing() == null
                                ? "The database of " + database.name() + " runs."
                                : "The database of " + database.name() + " cannot be had: " + database.missing());
            }
            System.out.println("Open http://127.0.0.1:" + port + "/");
        } catch (IOException e) {
            System.err.println("It cannot start: " + e.getMessage());
            System.exit(5);
        }
    }

    private static Database postgres(Path directory, int networkPort) throws IOException {
        int port = freePort();
        return new Database("shop", new PostgresStore(directory, port), network(port, networkPort));
    }

    private static Database redis(Path directory, int networkPort) throws IOException {
        int port = freePort();
        return new Database("scans", new RedisStore(directory, port), network(port, networkPort));
    }

    private static Database mongo(int networkPort) throws IOException {
        int port = freePort();
        return new Database("fleet", new MongoStore(port, networkPort), network(port, networkPort));
    }

    private static FaultProxy network(int port, int networkPort) throws IOException {
        try {
            return FaultProxy.to(port, networkPort);
        } catch (IOException e) {
            throw new IOException("port " + networkPort + " is in use, stop what uses it", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void close(List<Database> databases) {
        for (Database database : databases) {
            try {
                database.close();
            } catch (Exception e) {
                System.err.println("The database of " + database.name() + " did not end properly: " + e.getMessage());
            }
        }
    }
}
