package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.load.Outlet;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;

/**
 * The least that brings a committed change to sockets: {@code pg_recvlogical}, and a process that writes what it prints
 * to every WebSocket as it is. It knows no filters, keeps nothing and resumes nothing. Arguments: its own port,
 * PostgreSQL's, and the slot.
 */
public final class Relay {
    public static final Contestant CONTESTANT =
            new Contestant("bare relay", "pg_recvlogical to sockets, raw; keeps nothing", Relay::start);

    private static final String SLOT = "relay";
    private static final int CHUNK = 60_000;

    private Relay() {}

    private static Peer start(Path home, Path directory) throws Exception {
        Contestants.onPath("pg_recvlogical");
        Postgres postgres = Postgres.start(
                directory.resolve("postgres"),
                ChangecastPeers.TABLE,
                "CREATE PUBLICATION others FOR TABLE messages",
                "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
        try {
            InetSocketAddress address = ServerProcess.freeAddress();
            ServerProcess process = ServerProcess.start(
                    "relay",
                    directory.resolve("relay"),
                    Map.of(),
                    List.of(
                            Contestants.java().toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Relay.class.getName(),
                            Integer.toString(address.getPort()),
                            Integer.toString(postgres.port())));
            try {
                Changecast.awaitSlot(postgres, SLOT, true);
            } catch (TimeoutException e) {
                process.close();
                throw new IOException(e.getMessage() + "; the relay printed: " + process.printed(), e);
            }
            return new Relaying(postgres, process, address);
        } catch (Exception e) {
            postgres.close();
            throw e;
        }
    }

    /** What reads a slot to standard output, or to a file. */
    public static List<String> receiving(int port, String slot, String file) throws Contestant.MissingException {
        return List.of(
                Contestants.onPath("pg_recvlogical").toString(),
                "-h",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-U",
                Postgres.USER,
                "-d",
                Postgres.DATABASE,
                "-S",
                slot,
                "--start",
                "--no-loop",
                "-F",
                "0",
                "-o",
                "proto_version=1",
                "-o",
                "publication_names=others",
                "-f",
                file);
    }

    public static void main(String[] arguments) throws Exception {
        List<Socket> clients = new CopyOnWriteArrayList<>();
        ServerSocket server =
                new ServerSocket(Integer.parseInt(arguments[0]), 1024, InetAddress.getByName("127.0.0.1"));
        Thread accepting = new Thread(() -> accept(server, clients), "relay-accept");
        accepting.setDaemon(true);
        accepting.start();
        Process receiving = new ProcessBuilder(receiving(Integer.parseInt(arguments[1]), SLOT, "-"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(receiving::destroy, "relay-stop"));
        byte[] frame = new byte[CHUNK + 4];
        InputStream in = receiving.getInputStream();
        for (int read = in.read(frame, 4, CHUNK); read > 0; read = in.read(frame, 4, CHUNK)) {
            frame[0] = (byte) 0x82;
            frame[1] = 126;
            frame[2] = (byte) (read >> 8);
            frame[3] = (byte) read;
            for (Socket client : clients) {
                try {
                    client.getOutputStream().write(frame, 0, read + 4);
                } catch (IOException e) {
                    clients.remove(client);
                }
            }
        }
    }

    private static void accept(ServerSocket server, List<Socket> clients) {
        try {
            while (true) {
                Socket client = server.accept();
                client.setTcpNoDelay(true);
                byte[] request = new byte[4096];
                String head = new String(
                        Arrays.copyOf(request, client.getInputStream().read(request)), StandardCharsets.ISO_8859_1);
                String key = head.replaceAll("(?s).*Sec-WebSocket-Key: ([^\r]+)\r.*", "$1");
                byte[] accept = MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
                client.getOutputStream()
                        .write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                        + "Sec-WebSocket-Accept: "
                                        + Base64.getEncoder().encodeToString(accept) + "\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                clients.add(client);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private record Relaying(Postgres postgres, ServerProcess process, InetSocketAddress address) implements Peer {
        @Override
        public Dialect dialect() {
            return new Dialect() {
                @Override
                public String path() {
                    return "/";
                }

                @Override
                public boolean severalInOneFrame() {
                    return true;
                }
            };
        }

        @Override
        public Outlet.Factory outlets(int bytes) {
            return () -> SqlOutlet.open(postgres, "messages", bytes);
        }

        @Override
        public void close() throws IOException {
            process.close();
            postgres.close();
        }
    }
}
