package dev.changecast.source.postgres;

import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.JdbiException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the slot from outside, whatever the run does: how much WAL the database keeps for it. A slot that nobody reads, or
 * whose reader gets nowhere, fills the database's disk; so it has a budget, and is let go of where that is wanted. One thread.
 */
final class SlotWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SlotWatch.class);

    /** A process that was told to end does so within this. */
    private static final long END_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final double MIB = 1024 * 1024;

    private final PostgresOptions options;
    private final Database database;
    private final Closing closing;
    private boolean warned;
    private long released;

    SlotWatch(PostgresOptions options, Database database, Closing closing) {
        this.options = options;
        this.database = database;
        this.closing = closing;
    }

    /** @param runs whether a run reads, or means to read, the slot */
    SourceReport report(boolean runs) throws InterruptedException {
        Optional<Database.SlotWal> found = database.slotWal();
        List<SourceFigure> figures = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        figures.add(figure(
                "slot_active",
                "Whether somebody reads the slot.",
                found.map(Database.SlotWal::process).orElse(0) == 0 ? 0 : 1));
        figures.add(figure(
                "slot_lost",
                "Whether the slot is missing or can no longer be read.",
                found.map(slot -> slot.lost() == null ? 0 : 1).orElse(1)));
        if (found.isPresent()) {
            Database.SlotWal slot = found.get();
            figures.add(figure("slot_retained_bytes", "WAL that the database keeps for the slot.", slot.retained()));
            figures.add(new SourceFigure(
                    "changecast_source_lag_bytes",
                    "What the database has logged and this server has not confirmed.",
                    slot.unconfirmed()));
            figures.add(
                    figure("slot_budget_bytes", "WAL that the slot may hold back: wal_budget.", options.walBudget()));
            if (slot.safe() != null) {
                figures.add(figure(
                        "slot_safe_bytes",
                        "WAL that can be written until the slot is lost (max_slot_wal_keep_size).",
                        slot.safe()));
            }
            look(slot, problems);
        } else if (runs && !options.create() && !options.temporary()) {
            problems.add(ReplicationSlot.missing(options));
        }
        figures.add(new SourceFigure(
                "changecast_postgres_slot_released_total",
                "How often the slot was given up since it held back too much.",
                released));
        return new SourceReport(figures, problems);
    }

    private static SourceFigure figure(String what, String description, double value) {
        return new SourceFigure("changecast_postgres_" + what, description, value);
    }

    private void look(Database.SlotWal slot, List<String> problems) throws InterruptedException {
        if (slot.lost() != null) {
            problems.add(ReplicationSlot.lost(options, slot.lost()));
        } else if ("unreserved".equals(slot.status())) {
            problems.add("slot " + options.slot() + " is about to be lost: it holds back " + shown(slot.retained())
                    + " of WAL, more than max_slot_wal_keep_size allows; look why this server does not keep up");
        }
        if (slot.retained() <= options.walBudget()) {
            warned = false;
            return;
        }
        String problem = "slot " + options.slot() + " makes the database keep " + shown(slot.retained())
                + " of WAL, more than its budget of " + shown(options.walBudget()) + " (wal_budget); "
                + shown(slot.unconfirmed()) + " are not confirmed yet: see whether this server keeps up, its log can be"
                + " written, and no transaction has been open for long";
        if (options.overBudget() == OverBudget.RELEASE) {
            release(slot, problem);
        } else if (!warned) {
            LOG.warn("{}: {}", options.name(), problem);
        }
        warned = true;
        problems.add(problem);
    }

    /** Ends the run from outside, if it has one, and drops the slot; the next run makes one and tells every client. */
    private void release(Database.SlotWal slot, String problem) throws InterruptedException {
        LOG.warn("{}: the slot is given up, and every client is reset: {}", options.name(), problem);
        long deadline = System.nanoTime() + END_NANOS;
        int process = slot.process();
        while (!closing.isClosed()) {
            database.terminate(process);
            try {
                database.dropSlot();
                released++;
                return;
            } catch (JdbiException e) {
                // In use until the process has ended, or by the next one already.
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
            }
            closing.pause(50);
            process = database.slotWal().map(Database.SlotWal::process).orElse(0);
        }
    }

    private static String shown(long bytes) {
        return bytes < 1024 * MIB ? "%.0f MiB".formatted(bytes / MIB) : "%.1f GiB".formatted(bytes / MIB / 1024);
    }
}
