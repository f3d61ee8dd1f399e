package dev.changecast.bench.load;

import dev.changecast.bench.peer.Changecast;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Long-polling clients, each subscribed and with a poll that the server has not answered yet. */
public final class WaitingPolls implements Closeable {
    private static final Pattern ANSWER = Pattern.compile("\"session\":\"([^\"]+)\",\"seq\":(\\d+)");

    /** The server takes a moment to gather its first answers. */
    private static final int OPENING_AT_ONCE = 64;

    private final List<SocketChannel> channels = new ArrayList<>();

    private WaitingPolls() {}

    /** Opens sessions, then has all of them wait. */
    public static WaitingPolls open(Changecast server, int count) throws IOException, InterruptedException {
        WaitingPolls polls = new WaitingPolls();
        AtomicInteger name = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(
                OPENING_AT_ONCE, task -> new Thread(task, "bench-poll-" + name.incrementAndGet()));
        try {
            List<Callable<String>> openings = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                SocketChannel channel = SocketChannel.open();
                polls.channels.add(channel);
                channel.bind(LocalAddress.next());
                openings.add(() -> {
                    channel.connect(server.address());
                    return opened(channel, server.address());
                });
            }
            List<Future<String>> waits = threads.invokeAll(openings);
            for (int i = 0; i < count; i++) {
                send(polls.channels.get(i), server.address(), waits.get(i).get());
            }
            return polls;
        } catch (ExecutionException e) {
            polls.close();
            throw new IOException(e.getCause());
        } catch (IOException | InterruptedException e) {
            polls.close();
            throw e;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Opens a session; returns the poll that will wait. */
    private static String opened(SocketChannel channel, InetSocketAddress server) throws IOException {
        String body =
                "{\"commands\":[{\"type\":\"subscribe\",\"collection\":\"messages\",\"snapshot\":false}],\"wait_s\":2}";
        send(channel, server, body);
        String answer = answer(channel);
        while (!answer.contains("\"ready\"")) {
            send(channel, server, poll(answer, 2));
            answer = answer(channel);
        }
        return poll(answer, 25);
    }

    private static String poll(String answer, int waitSeconds) throws IOException {
        Matcher found = ANSWER.matcher(answer);
        if (!found.find()) {
            throw new IOException("a poll was answered " + answer);
        }
        return "{\"session\":\"" + found.group(1) + "\",\"ack\":" + found.group(2) + ",\"wait_s\":" + waitSeconds + "}";
    }

    private static void send(SocketChannel channel, InetSocketAddress server, String body) throws IOException {
        channel.write(ByteBuffer.wrap(("POST /poll HTTP/1.1\r\nHost: " + server.getHostString() + ":"
                        + server.getPort() + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                        + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII)));
    }

    /** Answers are short, have a length, and end with their JSON. */
    private static String answer(SocketChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
        StringBuilder answer = new StringBuilder();
        while (!isWhole(answer)) {
            buffer.clear();
            if (channel.read(buffer) < 0) {
                throw new IOException("the server closed a poll's connection");
            }
            answer.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8));
        }
        return answer.toString();
    }

    private static boolean isWhole(StringBuilder answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        Matcher length = Pattern.compile("(?i)content-length: *(\\d+)").matcher(answer);
        return length.find()
                ? answer.length() >= end + 4 + Integer.parseInt(length.group(1))
                : answer.indexOf("\r\n0\r\n\r\n") > 0;
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }
}
