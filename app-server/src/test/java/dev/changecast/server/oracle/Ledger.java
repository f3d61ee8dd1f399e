package dev.changecast.server.oracle;

import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/**
 * A stage whose collection {@code row} has rows that tell how often they were written: {@code n} grows by one with each
 * change of a row, so that one that is missing or comes twice is seen at once. Each writer has rows of its own.
 */
interface Ledger extends Stage {
    String COLLECTION = "row";

    /** The column that is the key. */
    String key();

    /**
     * Whether rows can be read and old ones are known, so that clients may come at any time and filter on any column; and
     * whether there are transactions. Otherwise clients come before anything is written, and filter on the key.
     */
    boolean isDatabase();

    /** For one writer. */
    Session connect();

    /** All rows of a collection as they are now, as clients should have them, by key. */
    Map<String, ObjectNode> rows(String collection);

    /** What one writer writes with. Everything throws some {@link RuntimeException} when the database is away. */
    interface Session extends AutoCloseable {
        /** A row that is not there; {@code n} is 1. */
        void insert(String key, String kind);

        /** A row that is there. */
        void update(String key, int n, String kind);

        void delete(String key);

        /** Something that nobody can read as a change of this row; nothing where that cannot be written. */
        default void poison(String key) {}

        /** In one transaction, which leaves the sum of all accounts as it is. */
        default void transfer(int from, int to, int amount) {
            throw new UnsupportedOperationException("it has no transactions");
        }

        @Override
        void close();
    }
}
