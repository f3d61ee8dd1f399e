package dev.changecast.source.mongo;

import com.mongodb.event.ConnectionCheckedInEvent;
import com.mongodb.event.ConnectionCheckedOutEvent;
import com.mongodb.event.ConnectionClosedEvent;
import com.mongodb.event.ConnectionCreatedEvent;
import com.mongodb.event.ConnectionPoolListener;
import dev.changecast.api.source.SourceFigure;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the driver's connections. Any thread. */
final class ConnectionCount implements ConnectionPoolListener {
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger active = new AtomicInteger();

    @Override
    public void connectionCreated(ConnectionCreatedEvent event) {
        open.incrementAndGet();
    }

    @Override
    public void connectionClosed(ConnectionClosedEvent event) {
        open.decrementAndGet();
    }

    @Override
    public void connectionCheckedOut(ConnectionCheckedOutEvent event) {
        active.incrementAndGet();
    }

    @Override
    public void connectionCheckedIn(ConnectionCheckedInEvent event) {
        active.decrementAndGet();
    }

    List<SourceFigure> figures() {
        int inUse = active.get();
        return List.of(figure("active", inUse), figure("idle", Math.max(0, open.get() - inUse)));
    }

    private static SourceFigure figure(String state, int count) {
        return new SourceFigure(
                "changecast_mongo_connections", "Connections to MongoDB, by state.", Map.of("state", state), count);
    }
}
