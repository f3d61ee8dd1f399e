package dev.changecast.http.grizzly;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Many clients that poll, on one thread and in a process of its own, so that the server's process has its file
 * descriptors, threads and heap for itself. Each opens a session, waits, acknowledges what it got with its next poll, and
 * goes when it is told that the session is over. Prints how many were answered in each round, and how many were not
 * answered as they should have been.
 *
 * <p>Arguments: the port, and how many.
 */
final class PollingClients {
    private static final Pattern SESSION = Pattern.compile("\"session\":\"([^\"]+)\",\"seq\":(\\d+)");
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    private final Selector selector;
    private int answered;
    private int ended;
    private int wrong;

    private PollingClients(Selector selector) {
        this.selector = selector;
    }

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        try (Selector selector = Selector.open()) {
            PollingClients clients = new PollingClients(selector);
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, new StringBuilder());
                poll(channel, "{\"wait_s\":50}");
            }
            clients.run(count);
        }
    }

    private void run(int count) throws IOException {
        while (ended + wrong < count) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                read((SocketChannel) key.channel(), (StringBuilder) key.attachment());
            }
            selector.selectedKeys().clear();
            if (answered == count) {
                System.out.println("answered " + answered);
                answered = 0;
            }
        }
        System.out.println("ended " + ended + " wrong " + wrong);
    }

    private void read(SocketChannel channel, StringBuilder answer) throws IOException {
        int read = channel.read(buffer.clear());
        answer.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
        if (read < 0) {
            wrong++;
            channel.close();
        } else if (isWhole(answer)) {
            String text = answer.toString();
            answer.setLength(0);
            Matcher session = SESSION.matcher(text);
            if (!text.startsWith("HTTP/1.1 200 ") || !session.find()) {
                wrong++;
                channel.close();
            } else if (text.contains("\"close\":{\"code\":4501")) {
                ended++;
                channel.close();
            } else {
                answered++;
                poll(
                        channel,
                        "{\"session\":\"" + session.group(1) + "\",\"ack\":" + session.group(2) + ",\"wait_s\":50}");
            }
        }
    }

    private static boolean isWhole(StringBuilder answer) {
        int head = answer.indexOf("\r\n\r\n");
        Matcher length = LENGTH.matcher(answer);
        return head > 0 && length.find() && answer.length() == head + 4 + Integer.parseInt(length.group(1));
    }

    private static void poll(SocketChannel channel, String body) throws IOException {
        String request = "POST /poll HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
