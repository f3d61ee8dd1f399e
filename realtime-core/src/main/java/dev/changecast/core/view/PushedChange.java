package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Push.Priority;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change on its way to those whom routes push it to. It is written once for each address that somebody here has, and
 * these bytes are shared by all of them; for an address that nobody has, never. Thread-safe.
 */
public final class PushedChange {
    private final PushPlan plan;
    private final List<PushPlan.Destination> to;
    private final Operation operation;
    private final @Nullable Row row;
    private final boolean present;
    private final ChangeEncoder.Transaction transaction;
    private final Position position;
    private final @Nullable Payload[] payloads;

    /** @param present whether the row is as it is now, and not as it was */
    PushedChange(
            PushPlan plan,
            List<PushPlan.Destination> to,
            Operation operation,
            @Nullable Row row,
            boolean present,
            ChangeEncoder.Transaction transaction,
            long major,
            long minor) {
        this.plan = plan;
        this.to = to;
        this.operation = operation;
        this.row = row;
        this.present = present;
        this.transaction = transaction;
        this.position = new Position(major, minor + 1);
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

    /** Whether the row is one that somebody may see. Where there is none, it cannot be told, and nobody may. */
    public boolean isFor(PushReader reader) {
        return !plan.isRuled() || row != null && reader.rows(plan).test(row);
    }

    /** The message for those who have this address and none before it. */
    public synchronized Payload payload(int index) {
        Payload payload = payloads[index];
        if (payload == null) {
            ChangeEncoder encoder = plan.encoder();
            synchronized (encoder) {
                // The other addresses are nobody's business.
                payload = encoder.pushed(operation, to.get(index), row, present, transaction, position);
            }
            payloads[index] = payload;
        }
        return payload;
    }
}
