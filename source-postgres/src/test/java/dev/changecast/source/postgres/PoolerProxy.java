package dev.changecast.source.postgres;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Looks like a pooler: the number of the process that it tells its clients is none of the database's. One in transaction
 * mode brings no notifications either, since the connection that listens is not the client's between transactions.
 */
final class PoolerProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final boolean notifies;

    PoolerProxy(int target, boolean notifies) throws IOException {
        this.notifies = notifies;
        start("pooler-accept", () -> {
            while (true) {
                Socket client = server.accept();
                Socket database = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.addAll(List.of(client, database));
                start("pooler-up", () -> client.getInputStream().transferTo(database.getOutputStream()));
                start("pooler-down", () -> answers(database, client));
            }
        });
    }

    int port() {
        return server.getLocalPort();
    }

    private void answers(Socket database, Socket client) throws IOException {
        DataInputStream in = new DataInputStream(database.getInputStream());
        OutputStream out = client.getOutputStream();
        // The driver first asks for encryption, which is answered by one letter.
        int kind = in.read();
        if (kind == 'N') {
            out.write(kind);
            kind = in.read();
        }
        for (; kind >= 0; kind = in.read()) {
            int length = in.readInt();
            byte[] content = in.readNBytes(length - 4);
            if (kind == 'K') {
                content[3] ^= 1;
            }
            if (kind != 'A' || notifies) {
                out.write(new byte[] {
                    (byte) kind, (byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length
                });
                out.write(content);
            }
        }
        client.close();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException closed) {
                        // The end of a connection.
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
