package dev.changecast.core.view;

import dev.changecast.api.source.Position;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Push.Priority;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change on its way to those whom routes push it to. It is written once for each address that somebody here has, and
 * these bytes are shared by all of them; for an address that nobody has, never. Thread-safe.
 */
public abstract class PushedChange {
    private final List<PushPlan.Destination> to;
    private final Position position;
    private final @Nullable Payload[] payloads;

    PushedChange(List<PushPlan.Destination> to, Position position) {
        this.to = to;
        this.position = position;
        this.payloads = new Payload[to.size()];
    }

    /** Where it stands, as clients know it. */
    public Position position() {
        return position;
    }

    public int addresses() {
        return to.size();
    }

    /** One of the addresses, as it stands on the wire. */
    public String address(int index) {
        return to.get(index).address();
    }

    /** What it may wait for on its way to those who have this address and none before it. */
    public Priority priority(int index) {
        return to.get(index).priority();
    }

    /** The first of its addresses that is one of these; -1 when there is none. */
    public int firstOf(Set<String> own) {
        for (int i = 0; i < to.size(); i++) {
            if (own.contains(to.get(i).address())) {
                return i;
            }
        }
        return -1;
    }

    /** Whether somebody may see it. */
    public abstract boolean isFor(PushReader reader);

    /** The message for those who have this address and none before it. */
    public synchronized Payload payload(int index) {
        Payload payload = payloads[index];
        if (payload == null) {
            // The other addresses are nobody's business.
            payload = write(to.get(index));
            payloads[index] = payload;
        }
        return payload;
    }

    abstract Payload write(PushPlan.Destination to);
}
