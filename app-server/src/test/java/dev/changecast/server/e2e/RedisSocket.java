package dev.changecast.server.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Enough of Redis' protocol to publish, as any service does with a client of its own. Thread-safe. */
final class RedisSocket implements AutoCloseable {
    private final Socket socket;
    private final BufferedReader replies;

    RedisSocket(int port, String password) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        send("AUTH", password);
    }

    /** Returns how many subscribers got it. */
    long publish(String channel, String message) throws IOException {
        return Long.parseLong(send("PUBLISH", channel, message).substring(1));
    }

    private synchronized String send(String... parts) throws IOException {
        StringBuilder command = new StringBuilder("*" + parts.length + "\r\n");
        for (String part : parts) {
            command.append('$')
                    .append(part.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(part)
                    .append("\r\n");
        }
        socket.getOutputStream().write(command.toString().getBytes(StandardCharsets.UTF_8));
        String reply = replies.readLine();
        if (reply == null || reply.startsWith("-")) {
            throw new IOException("Redis says " + reply);
        }
        return reply;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
