package dev.changecast.core.publish;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.api.source.ValueWriter;
import dev.changecast.core.Address;
import dev.changecast.core.Message;
import dev.changecast.core.protocol.JsonBytes;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A message as a row of the relation that the log holds. */
final class MessageRow implements Row {
    static final int TO = 0;
    static final int TYPE = 1;
    static final int ID = 2;
    static final int CONTENT = 3;
    static final int PRIORITY = 4;
    static final int TTL = 5;

    /** Who said it, and as which session. */
    static final int SENDER = 6;

    /** No address holds a control character. */
    static final char BETWEEN_ADDRESSES = '\n';

    static final Relation RELATION = new Relation(
            "",
            "message",
            List.of(
                    new Column("to", "text", ValueType.TEXT),
                    new Column("type", "text", ValueType.TEXT),
                    new Column("id", "text", ValueType.TEXT),
                    new Column("content", "json", ValueType.JSON),
                    new Column("priority", "text", ValueType.TEXT),
                    new Column("ttl_s", "text", ValueType.TEXT),
                    new Column("sender", "text", ValueType.TEXT)),
            List.of(),
            OldRow.FULL,
            null);

    private final String to;
    private final Message message;

    MessageRow(Message message) {
        this.message = message;
        this.to = message.to().size() == 1
                ? message.to().get(0).text()
                : message.to().stream()
                        .map(Address::text)
                        .collect(Collectors.joining(String.valueOf(BETWEEN_ADDRESSES)));
    }

    @Override
    public int size() {
        return RELATION.columns().size();
    }

    @Override
    public void write(int column, ValueWriter into) {
        switch (column) {
            case TO -> into.text(to);
            case TYPE -> into.text(message.type());
            case CONTENT -> into.literal(message.content());
            case PRIORITY ->
                text(message.priority() == null ? null : message.priority().wireName(), into);
            case TTL ->
                text(message.ttl() == null ? null : Long.toString(message.ttl().toSeconds()), into);
            case SENDER -> text(sender(message), into);
            default -> text(message.id(), into);
        }
    }

    private static void text(@Nullable String value, ValueWriter into) {
        if (value == null) {
            into.nil();
        } else {
            into.text(value);
        }
    }

    /** A value of a message; null when it has none, or is of before there was such a column. */
    static @Nullable String text(Row message, int column) {
        return column < message.size() ? message.text(column) : null;
    }

    /** The mark of the session that is not to get it back, if any, a line break, and what is told, as fields of JSON. */
    private static @Nullable String sender(Message message) {
        Message.Sender sender = message.sender();
        if (sender == null) {
            return null;
        }
        JsonBytes json = new JsonBytes(128)
                .raw(sender.mark() == null ? "" : sender.mark())
                .raw('\n')
                .raw("\"from\":")
                .string(sender.user())
                .raw(",\"from_name\":")
                .string(sender.name());
        String first = message.to().get(0).text();
        String name = first.substring(first.indexOf(':') + 1);
        if (message.type().equals("room_message")) {
            json.raw(",\"room\":").string(name);
        } else if (message.type().equals("chat")) {
            json.raw(",\"to\":").string(name);
        }
        return json.toString();
    }
}
