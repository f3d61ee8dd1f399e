package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** The scripted database as an origin. */
class InMemoryOrigin implements Origin {
    static final Relation ITEMS =
            RelationBuilder.table("items").key("id").text("text").build();

    static final String SECRET = "hidden from all";

    final InMemorySource database = new InMemorySource(ITEMS);
    private final AtomicInteger epochs = new AtomicInteger(1);

    InMemoryOrigin() {
        database.progressEvery(Duration.ofMillis(20));
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.complementOf(EnumSet.of(
                Capability.MESSAGES, Capability.KEEPS_UNREAD, Capability.RECOGNISES_GIVEN, Capability.KNOWS_ITS_END));
    }

    @Override
    public ChangeSource source() {
        return database.another();
    }

    @Override
    public ChangeSource absent() {
        InMemorySource absent = new InMemorySource();
        absent.unreachable("nobody is there");
        return absent;
    }

    @Override
    public String relation() {
        return ITEMS.qualifiedName();
    }

    @Override
    public void commit(List<Write> writes) {
        database.commit(transaction -> writes.forEach(write -> write(transaction, write)));
    }

    private static void write(InMemoryTransaction transaction, Write write) {
        switch (write.kind()) {
            case INSERT -> transaction.insert(ITEMS, write.key(), Objects.requireNonNull(write.text()));
            case UPDATE -> transaction.update(ITEMS, write.key(), Objects.requireNonNull(write.text()));
            case MOVE -> transaction.updateKey(ITEMS, write.key(), write.to(), Objects.requireNonNull(write.text()));
            case DELETE -> transaction.delete(ITEMS, write.key());
            case TRUNCATE -> transaction.truncate(ITEMS);
            case MESSAGE -> throw new UnsupportedOperationException("messages");
        }
    }

    /** Its database never knows of what is rolled back. */
    @Override
    public void rollBack(List<Write> writes) {}

    @Override
    public ChangeSource silent(int port) {
        return new PeerSource(port);
    }

    @Override
    public Mistaken mistaken() {
        return Mistaken.of(
                new Delegates.Source(absent()) {
                    @Override
                    public CheckResult check() {
                        return new CheckResult(List.of("no name is given", "no place is given"), List.of());
                    }
                },
                "name",
                "place");
    }

    @Override
    public List<String> secrets() {
        return List.of(SECRET);
    }

    @Override
    public void breakConnection() {
        database.interrupt();
    }

    @Override
    public void loseHistory() {
        database.loseHistory(ResetReason.SLOT_LOST);
    }

    @Override
    public void replaceHistory() {
        database.changeEpoch("e" + epochs.incrementAndGet());
    }

    @Override
    public void close() {
        database.close();
    }
}
