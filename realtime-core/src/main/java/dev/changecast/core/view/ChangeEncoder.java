package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Push.Priority;
import dev.changecast.core.protocol.JsonBytes;
import dev.changecast.core.protocol.Messages;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the messages of one view over one shape. Everything that does not depend on the change is made into bytes
 * beforehand. Used by one thread at a time.
 */
public final class ChangeEncoder {
    private static final byte[] COMMIT = ",\"commit\":true}".getBytes(StandardCharsets.UTF_8);

    /** What all changes of a transaction share. */
    public static final class Transaction {
        private final String origin;
        private final String tail;
        private final String epoch;
        private final Instant committedAt;

        public Transaction(String source, String epoch, @Nullable String tx, Instant committedAt) {
            JsonBytes json = new JsonBytes();
            json.raw(",\"timestamp\":\"").raw(Messages.timestamp(committedAt));
            json.raw("\",\"source\":").string(source);
            json.raw(",\"tx\":").string(tx);
            this.origin = json.toString();
            json.raw(",\"offset\":\"").raw(epoch).raw('.');
            this.tail = json.toString();
            this.epoch = epoch;
            this.committedAt = committedAt;
        }

        public Instant committedAt() {
            return committedAt;
        }

        public String epoch() {
            return epoch;
        }

        /** When and where it was, as members of an object behind others. */
        String origin() {
            return origin;
        }
    }

    private final ViewBinding binding;
    private final Relation relation;
    private final Map<Operation, byte[]> heads = new EnumMap<>(Operation.class);
    private final byte[][] names;
    private final int[] key;
    private final JsonBytes json = new JsonBytes();

    public ChangeEncoder(ViewBinding binding) {
        this.binding = binding;
        this.relation = binding.relation();
        for (Operation operation : Operation.values()) {
            JsonBytes head = new JsonBytes().raw("{\"type\":");
            head.string(binding.view().exposure().events().get(operation));
            head.raw(",\"channel\":").string(binding.view().channel());
            head.raw(",\"action\":").string(operation.wireName());
            head.raw(",\"collection\":").string(binding.view().exposure().collection());
            heads.put(operation, head.toBytes());
        }
        this.names = new byte[relation.columns().size()][];
        for (int i = 0; i < names.length; i++) {
            names[i] = new JsonBytes()
                    .string(relation.columns().get(i).name())
                    .raw(':')
                    .toBytes();
        }
        this.key = binding.visibleKey().stream().mapToInt(relation::indexOf).toArray();
    }

    /**
     * The messages of a change; the last carries the commit mark when {@code commits}.
     *
     * @param minor the change's place in its transaction; the first half of a key change has this place, everything else
     *     the one after it
     */
    public List<Payload> encode(
            Outcome outcome,
            @Nullable Row after,
            @Nullable Row before,
            Transaction transaction,
            long major,
            long minor,
            boolean commits) {
        return switch (outcome) {
            case NONE -> List.of();
            case KEY_CHANGE ->
                List.of(
                        message(Operation.DELETE, null, before, transaction, major, minor, false),
                        message(Operation.INSERT, after, null, transaction, major, minor + 1, commits));
            case INSERT -> List.of(message(Operation.INSERT, after, null, transaction, major, minor + 1, commits));
            case UPDATE -> List.of(message(Operation.UPDATE, after, before, transaction, major, minor + 1, commits));
            case DELETE -> List.of(message(Operation.DELETE, null, before, transaction, major, minor + 1, commits));
            case TRUNCATE -> List.of(message(Operation.TRUNCATE, null, null, transaction, major, minor + 1, commits));
        };
    }

    private Payload message(
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            Transaction transaction,
            long major,
            long minor,
            boolean commits) {
        json.clear().raw(Objects.requireNonNull(heads.get(operation)));
        Row row = after != null ? after : before;
        if (row != null) {
            writeData(row, after != null);
        }
        if (operation == Operation.UPDATE
                && before != null
                && binding.view().exposure().old()) {
            json.raw(",\"old\":");
            writeRow(before);
        }
        json.raw(transaction.tail).decimal(major).raw('-').decimal(minor).raw('"');
        if (commits) {
            json.raw(COMMIT);
        } else {
            json.raw('}');
        }
        return json.toPayload();
    }

    private void writeData(Row row, boolean present) {
        writeKey(row);
        json.raw(",\"data\":");
        writeRow(row);
        if (present) {
            writeUnchanged(row);
        }
    }

    /** The message of a change that nobody subscribed to, with an address in the place of the channel. */
    Payload pushed(
            Operation operation,
            PushPlan.Destination to,
            @Nullable Row row,
            boolean present,
            Transaction transaction,
            Position position) {
        Exposure exposure = binding.view().exposure();
        json.clear().raw("{\"type\":").string(exposure.events().get(operation));
        json.raw(",\"channel\":").string(to.address());
        if (to.priority() != Priority.NORMAL) {
            json.raw(",\"priority\":").string(to.priority().name().toLowerCase(Locale.ROOT));
        }
        json.raw(",\"action\":").string(operation.wireName());
        json.raw(",\"collection\":").string(exposure.collection());
        if (row != null) {
            writeData(row, present);
        }
        json.raw(transaction.tail).decimal(position.major()).raw('-').decimal(position.minor());
        return json.raw("\"}").toPayload();
    }

    public ViewBinding binding() {
        return binding;
    }

    /** Whether a message made here carries the commit mark. */
    public static boolean hasCommit(Payload message) {
        byte[] json = message.json();
        return json.length > COMMIT.length
                && Arrays.equals(json, json.length - COMMIT.length, json.length, COMMIT, 0, COMMIT.length);
    }

    /** A message that carried a commit mark, without it: for a session that gets a further change of the transaction. */
    public static Payload withoutCommit(Payload message) {
        byte[] bytes = Arrays.copyOf(message.json(), message.size() - COMMIT.length + 1);
        bytes[bytes.length - 1] = '}';
        return Payload.of(bytes);
    }

    /** A row as it stands in a snapshot's {@code rows}. */
    public void snapshotRow(Row row, JsonBytes into) {
        writeRow(row, into);
    }

    private void writeKey(Row row) {
        json.raw(",\"key\":");
        if (key.length == 0) {
            json.nil();
            return;
        }
        char separator = '{';
        for (int index : key) {
            json.raw(separator).raw(names[index]);
            if (row.isAbsent(index)) {
                json.nil();
            } else {
                row.write(index, json);
            }
            separator = ',';
        }
        json.raw('}');
    }

    private void writeRow(Row row) {
        writeRow(row, json);
    }

    private void writeRow(Row row, JsonBytes into) {
        char separator = '{';
        for (int index : binding.columns()) {
            if (!row.isAbsent(index)) {
                into.raw(separator).raw(names[index]);
                row.write(index, into);
                separator = ',';
            }
        }
        into.raw(separator == '{' ? "{}" : "}");
    }

    private void writeUnchanged(Row row) {
        List<byte[]> unchanged = new ArrayList<>(0);
        for (int index : binding.columns()) {
            if (row.isAbsent(index)) {
                unchanged.add(names[index]);
            }
        }
        if (!unchanged.isEmpty()) {
            json.raw(",\"unchanged\":");
            char separator = '[';
            for (byte[] name : unchanged) {
                // The name is followed by its colon, which a list does not want.
                json.raw(separator).raw(name).truncate(json.length() - 1);
                separator = ',';
            }
            json.raw(']');
        }
    }
}
