package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.Row;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The database, queue or directory that changes come from, as {@link SourceContract} needs it: it can be written to, be
 * read by sources, and suffer faults. Each test has a new one, empty. The relation that is written to has whole numbers for
 * a key and a text; how they lie in its columns only {@link #commit} and {@link #read} know.
 *
 * <p>A method that belongs to a {@link Capability} which is not declared is not called but to see that it throws
 * {@link UnsupportedOperationException}.
 */
public interface Origin {
    /** How its sources replay. */
    Replay replay();

    Set<Capability> capabilities();

    /**
     * A new source of this origin. All are configured alike, under the same name, slot or group: as one process after
     * another would be. One that has nothing to give says progress several times within {@link #patience}.
     */
    ChangeSource source();

    /** A source like {@link #source}, of an origin that is not there: where nobody listens, or nothing is. */
    ChangeSource absent();

    /** The relation that is written to, as {@link Relation#qualifiedName}. */
    String relation();

    /**
     * Commits these writes before it returns: as one transaction with {@link Capability#TRANSACTIONS}, otherwise as one
     * after the other. May be called by several threads at a time.
     *
     * @throws UnsupportedOperationException for a kind of write that is not among the capabilities
     */
    void commit(List<Write> writes) throws Exception;

    /** What is in a row of the relation: columns {@code id} and {@code text}, unless this says otherwise. */
    default Item read(Relation relation, Row row) {
        int id = relation.indexOf("id");
        int text = relation.indexOf("text");
        if (id < 0 || text < 0) {
            throw new AssertionError("override read(): there are no columns id and text in " + relation);
        }
        return new Item(Long.parseLong(Objects.requireNonNull(row.text(id), "the id is null")), row.text(text));
    }

    /** Makes these writes in a transaction and takes them back, with {@link Capability#ROLLBACKS}. */
    default void rollBack(List<Write> writes) throws Exception {
        throw new UnsupportedOperationException("rolling back");
    }

    /**
     * Ends the connection of the run that is under way, as a network or a restart of the origin would, with
     * {@link Capability#BREAKS}. The next one can be made at once.
     */
    default void breakConnection() throws Exception {
        throw new UnsupportedOperationException("breaking the connection");
    }

    /**
     * A source whose origin is at this port of 127.0.0.1, where somebody takes connections and never says a word; with
     * {@link Capability#WAITS_FOR_A_PEER}.
     */
    default ChangeSource silent(int port) {
        throw new UnsupportedOperationException("waiting for a peer");
    }

    /**
     * Forgets what was committed since a source was last there, so that it cannot be given any more: a slot is dropped, a
     * stream trimmed. Nobody captures at the time. With {@link Capability#LOSES_HISTORY}.
     */
    default void loseHistory() throws Exception {
        throw new UnsupportedOperationException("losing history");
    }

    /**
     * Puts another origin, empty, in the place of this one: another database behind the same address. Nobody captures at
     * the time. With {@link Capability#REPLACES_HISTORY}.
     */
    default void replaceHistory() throws Exception {
        throw new UnsupportedOperationException("replacing history");
    }

    /**
     * A source with several mistakes in its configuration at once, and for each a word that its check has to say; none
     * where only one thing can be wrong.
     */
    default Mistaken mistaken() {
        return Mistaken.NONE;
    }

    /** Texts that no message and no {@code toString} of its sources may contain: the passwords of {@link #absent} at least. */
    default List<String> secrets() {
        return List.of();
    }

    /**
     * For {@link Replay#REDELIVERY}: how many transactions were given to a source and are still kept, since they were not
     * acknowledged.
     */
    default int unconfirmed() throws Exception {
        throw new UnsupportedOperationException("counting what is not confirmed");
    }

    /** Whether a thread of this name belongs to the origin or to a driver for good, and not to a source. */
    default boolean isOwnThread(String name) {
        return false;
    }

    /** How long is waited for anything that must happen. */
    default Duration patience() {
        return Duration.ofSeconds(20);
    }

    /** How long the engine has no room in the test of that: longer than the origin waits for a sign of life. */
    default Duration withoutRoom() {
        return Duration.ofSeconds(2);
    }

    /** Takes it away, with all that was made for it; all sources are closed. */
    void close() throws Exception;

    /**
     * Sources that are configured wrongly in more than one way.
     *
     * @param sources none, or one
     * @param words what its check has to name
     */
    record Mistaken(List<ChangeSource> sources, List<String> words) {
        /** There is no such source. */
        public static final Mistaken NONE = new Mistaken(List.of(), List.of());

        public Mistaken {
            sources = List.copyOf(sources);
            words = List.copyOf(words);
        }

        public static Mistaken of(ChangeSource source, String... words) {
            return new Mistaken(List.of(source), List.of(words));
        }
    }
}
