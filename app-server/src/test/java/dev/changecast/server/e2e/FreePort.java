package dev.changecast.server.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for what has to come back under the same one. They lie below those that the system gives to outgoing connections,
 * of which the tests make thousands: one of them could take the port before it is listened on, or while its owner restarts.
 */
public final class FreePort {
    private static final int FIRST = 20_000;
    private static final int LAST = 32_000;
    private static final int TRIES = 100;

    private FreePort() {}

    public static int get() {
        IOException taken = new IOException();
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                taken = e;
            }
        }
        throw new AssertionError("no free port between " + FIRST + " and " + LAST, taken);
    }
}
