package dev.changecast.core.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The filters that an index keeps in one place, each taken out as quickly as it was put in. */
final class Postings<V> {
    private final List<Posting<V>> postings = new ArrayList<>(1);

    boolean isEmpty() {
        return postings.isEmpty();
    }

    Posting<V> add(IndexedFilter<V> filter) {
        Posting<V> posting = new Posting<>(filter, postings.size());
        postings.add(posting);
        return posting;
    }

    void remove(Posting<V> posting) {
        Posting<V> last = postings.remove(postings.size() - 1);
        if (last != posting) {
            postings.set(posting.position, last);
            last.position = posting.position;
        }
    }

    /** Tells of those that match the row and were not met in this round. */
    void matching(RowKeys row, long round, Consumer<? super V> found) {
        for (int i = 0; i < postings.size(); i++) {
            postings.get(i).filter.match(row, round, found);
        }
    }

    /** One filter in one place. */
    static final class Posting<V> {
        private final IndexedFilter<V> filter;
        private int position;

        private Posting(IndexedFilter<V> filter, int position) {
            this.filter = filter;
            this.position = position;
        }
    }

    /** A filter and what it belongs to, in however many places. */
    static final class IndexedFilter<V> {
        private final V value;
        private final @Nullable Condition condition;
        private long lastRound;

        /** @param condition what is left to ask when a row came by one of the places; null for nothing */
        IndexedFilter(V value, @Nullable Condition condition) {
            this.value = value;
            this.condition = condition;
        }

        private void match(RowKeys row, long round, Consumer<? super V> found) {
            if (lastRound == round) {
                return;
            }
            lastRound = round;
            if (condition == null || condition.decide(row) == Decision.MATCH) {
                found.accept(value);
            }
        }
    }
}
