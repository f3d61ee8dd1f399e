package dev.changecast.http.grizzly;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.FakeGateway;
import dev.changecast.transport.longpoll.LongPollTransport;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How many threads and how much heap waiting polls take; the number of them is the argument. */
final class WaitingPollsMeasurement {
    private WaitingPollsMeasurement() {}

    public static void main(String[] arguments) throws Exception {
        int polls = arguments.length == 0 ? 10_000 : Integer.parseInt(arguments[0]);
        FakeGateway gateway = new FakeGateway(512 * 1024);
        LongPollTransport transport = new LongPollTransport();
        transport.start(gateway);
        HttpPort port =
                HttpPort.builder().port(0).servlet("/poll", transport.servlet()).build();
        port.start();
        List<SocketChannel> clients = new ArrayList<>();
        List<FakeGateway.Opened> opened = new ArrayList<>();
        byte[] request = ("POST /poll HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"wait_s\":50}")
                .getBytes(StandardCharsets.US_ASCII);
        long before = heap();
        for (int i = 0; i < polls; i++) {
            SocketChannel client = SocketChannel.open(new InetSocketAddress("127.0.0.1", port.port()));
            client.write(ByteBuffer.wrap(request));
            clients.add(client);
            opened.add(gateway.next());
        }
        Eventually.await("all to wait", () -> opened.stream().allMatch(session -> session.signsOfLife() > 0));
        System.out.printf(
                "%d waiting polls: %d threads, %d bytes of heap each%n",
                polls, Thread.activeCount(), (heap() - before) / polls);
        long began = System.nanoTime();
        opened.forEach(session -> session.write("{\"type\":\"change\"}"));
        ByteBuffer answer = ByteBuffer.allocate(4096);
        for (SocketChannel client : clients) {
            client.read(answer.clear());
            client.close();
        }
        System.out.printf(
                "all answered in %d ms%n",
                Duration.ofNanos(System.nanoTime() - began).toMillis());
        port.close();
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
