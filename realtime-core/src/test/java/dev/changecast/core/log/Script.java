package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a source has to give, the same each time it is asked: transactions of all sizes, and progress between them. */
final class Script {
    static final List<Relation> RELATIONS = List.of(
            Samples.relation("a"),
            Samples.relation("b"),
            Samples.relation("c"),
            Samples.relation("d"),
            Samples.relation("e"));

    private static final String FILLING = "äöü 0123456789".repeat(5000);

    private final List<Item> items = new ArrayList<>();

    Script(Random random, int length) {
        long major = 10;
        for (int i = 0; i < length; i++) {
            major += 1 + random.nextInt(3);
            List<Entry> entries = new ArrayList<>();
            int kind = random.nextInt(100);
            int changes = kind < 5 ? 0 : kind < 85 ? 1 + random.nextInt(5) : kind < 97 ? random.nextInt(1500) : 40;
            int size = kind < 97 ? 40 : FILLING.length();
            Relation usual = RELATIONS.get(random.nextInt(RELATIONS.size()));
            long minor = 0;
            for (int change = 0; change < changes; change++) {
                minor += 2 + 2 * random.nextInt(2);
                Relation relation = random.nextInt(4) > 0 ? usual : RELATIONS.get(random.nextInt(RELATIONS.size()));
                entries.add(Entry.of(new Position(major, minor), relation, size - random.nextInt(size / 2)));
            }
            items.add(new Item(major, entries, Samples.at(major, minor + 1), kind < 3));
        }
    }

    List<Item> items() {
        return items;
    }

    /** The first that is not complete at this position. */
    int firstAfter(Position position) {
        int index = 0;
        while (index < items.size() && !items.get(index).end().position().isAfter(position)) {
            index++;
        }
        return index;
    }

    /** What a reader of these relations must have seen between two positions, the first of which is a checkpoint. */
    List<String> expected(Position after, Position to, Interest interest) {
        List<String> expected = new ArrayList<>();
        for (Item item : items) {
            boolean any = false;
            for (Entry entry : item.entries()) {
                if (entry.position().isAfter(after)
                        && !entry.position().isAfter(to)
                        && interest.wants(entry.relation())) {
                    expected.add(entry.text());
                    any = true;
                }
            }
            if (any && !item.end().position().isAfter(to)) {
                expected.add("commit " + item.end().position());
            }
        }
        return expected;
    }

    /** A transaction, or a progress. */
    record Item(long major, List<Entry> entries, Checkpoint end, boolean isProgress) {
        /** Gives the first of its changes, or all and the commit. */
        void give(FeedLog log, int changes, Random random) {
            if (isProgress) {
                log.progress(end);
                return;
            }
            log.begin("tx" + major, new Position(major, 0), Samples.TIME);
            for (Entry entry : entries.subList(0, Math.min(changes, entries.size()))) {
                if (random.nextInt(200) == 0) {
                    log.fence("f");
                }
                log.change(entry.position().minor(), entry.relation(), Operation.INSERT, entry.row(), null);
            }
            if (changes > entries.size()) {
                log.commit(end);
            }
        }
    }

    /** A change; {@code text} is what one who reads it makes of it. */
    record Entry(Position position, Relation relation, Row row, String text) {
        static Entry of(Position position, Relation relation, int size) {
            String value = FILLING.substring(0, size);
            String text = position + " " + relation.name() + " " + value.hashCode();
            return new Entry(position, relation, Row.of(position.minor(), value, null), text);
        }
    }
}
