package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A change of a row that routes push. */
final class PushedRow extends PushedChange {
    private final PushPlan plan;
    private final Operation operation;
    private final @Nullable Row row;
    private final boolean present;
    private final ChangeEncoder.Transaction transaction;

    /** @param present whether the row is as it is now, and not as it was */
    PushedRow(
            PushPlan plan,
            List<PushPlan.Destination> to,
            Operation operation,
            @Nullable Row row,
            boolean present,
            ChangeEncoder.Transaction transaction,
            long major,
            long minor) {
        super(to, new Position(major, minor + 1));
        this.plan = plan;
        this.operation = operation;
        this.row = row;
        this.present = present;
        this.transaction = transaction;
    }

    /** Whether the row is one that somebody may see. Where there is none, it cannot be told, and nobody may. */
    @Override
    public boolean isFor(PushReader reader) {
        return !plan.isRuled() || row != null && reader.rows(plan).test(row);
    }

    @Override
    Payload write(PushPlan.Destination to) {
        ChangeEncoder encoder = plan.encoder();
        synchronized (encoder) {
            return encoder.pushed(operation, to, row, present, transaction, position());
        }
    }
}
