package dev.changecast.bench.load;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where clients connect from. One address has some thirty thousand ports, one that was closed cannot be bound again for a
 * minute, and with half of them taken Linux searches long for a free one, which would be measured, too. All of 127.0.0.0/8
 * is this machine.
 */
final class LocalAddress {
    private static final int PORTS_PER_ADDRESS = 5_000;
    private static final int ADDRESSES = 200;
    private static final AtomicInteger GIVEN = new AtomicInteger();

    private LocalAddress() {}

    /** A free port of an address that has some. */
    static InetSocketAddress next() {
        int address = GIVEN.getAndIncrement() / PORTS_PER_ADDRESS % ADDRESSES;
        return new InetSocketAddress("127.0.0." + (1 + address), 0);
    }
}
