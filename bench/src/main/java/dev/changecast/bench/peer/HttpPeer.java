package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.load.HttpOutlet;
import dev.changecast.bench.load.Numbered;
import dev.changecast.bench.load.Outlet;
import java.net.InetSocketAddress;

/**
 * A server that is published to by POST.
 *
 * @param before what its body has around the content, before it
 * @param after and behind it
 */
record HttpPeer(
        ServerProcess process,
        InetSocketAddress address,
        Dialect dialect,
        String publishPath,
        String headers,
        String before,
        String after)
        implements Peer {

    HttpPeer(ServerProcess process, InetSocketAddress address, Dialect dialect, String publishPath) {
        this(process, address, dialect, publishPath, "", "", "");
    }

    @Override
    public Outlet.Factory outlets(int bytes) {
        String body = before + Numbered.content(bytes) + after;
        return () -> new HttpOutlet(address, publishPath, headers, body);
    }

    @Override
    public void close() {
        process.close();
    }
}
