package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A change on its way to those whom routes push it to. It is written once for each address that somebody here has, and
 * these bytes are shared by all of them; for an address that nobody has, never. Thread-safe.
 */
public final class PushedChange {
    private final PushPlan plan;
    private final List<String> addresses;
    private final Operation operation;
    private final @Nullable Row row;
    private final boolean present;
    private final ChangeEncoder.Transaction transaction;
    private final Position position;
    private final @Nullable Payload[] payloads;

    /** @param present whether the row is as it is now, and not as it was */
    PushedChange(
            PushPlan plan,
            List<String> addresses,
            Operation operation,
            @Nullable Row row,
            boolean present,
            ChangeEncoder.Transaction transaction,
            long major,
            long minor) {
        this.plan = plan;
        this.addresses = addresses;
        this.operation = operation;
        this.row = row;
        this.present = present;
        this.transaction = transaction;
        this.position = new Position(major, minor + 1);
        this.payloads = new Payload[addresses.size()];
    }

    /** Where it stands, as clients know it. */
    public Position position() {
        return position;
    }

    public int addresses() {
        return addresses.size();
    }

    /** One of the addresses, as it stands on the wire. */
    public String address(int index) {
        return addresses.get(index);
    }

    /** The first of its addresses that is one of these; -1 when there is none. */
    public int firstOf(Set<String> own) {
        for (int i = 0; i < addresses.size(); i++) {
            if (own.contains(addresses.get(i))) {
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
                payload = encoder.pushed(operation, addresses.get(index), row, present, transaction, position);
            }
            payloads[index] = payload;
        }
        return payload;
    }
}
