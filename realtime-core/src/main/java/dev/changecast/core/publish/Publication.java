package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Message;
import dev.changecast.core.protocol.JsonBytes;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A published message on its way to those it is for. It is written once for each address that somebody here has, and
 * these bytes are shared by all of them; for an address that nobody has, never. Thread-safe.
 */
public final class Publication {
    private final Row row;
    private final Position position;
    private final @Nullable String epoch;
    private final Instant at;
    private final String[] to;
    private final @Nullable String mark;
    private final @Nullable String sender;
    private final boolean waits;
    private final @Nullable Payload[] payloads;
    private byte @Nullable [] head;
    private byte @Nullable [] rest;

    private Publication(Row row, Position position, @Nullable String epoch, Instant at) {
        this.row = row;
        this.position = position;
        this.epoch = epoch;
        this.at = at;
        String addresses = Objects.requireNonNull(row.text(MessageRow.TO));
        this.to = addresses.indexOf(MessageRow.BETWEEN_ADDRESSES) < 0
                ? new String[] {addresses}
                : addresses.split(String.valueOf(MessageRow.BETWEEN_ADDRESSES));
        this.payloads = new Payload[to.length];
        String said = MessageRow.text(row, MessageRow.SENDER);
        int line = said == null ? 0 : said.indexOf('\n');
        this.mark = said == null || line == 0 ? null : said.substring(0, line);
        this.sender = said == null ? null : said.substring(line + 1);
        this.waits = epoch != null && WaitingNotifications.isKind(row);
    }

    /** One that the log holds: a change of the relation of messages. */
    public static Publication logged(Row row, Position position, String epoch, Instant at) {
        return new Publication(row, position, epoch, at);
    }

    /** One that no log holds; its position names it, and is no place to resume from. */
    static Publication ephemeral(Message message, Position position, Instant at) {
        return new Publication(new MessageRow(message), position, null, at);
    }

    /** When it was published. */
    public Instant at() {
        return at;
    }

    /** How many addresses it is for. */
    public int addresses() {
        return to.length;
    }

    /** One of the addresses, as it stands on the wire. */
    public String address(int index) {
        return to[index];
    }

    /** What the session has that has sent it and is not to get it back; null when all get it. */
    public @Nullable String mark() {
        return mark;
    }

    /** Whether it waits until it was sent to somebody with this address. */
    public boolean waitsFor(String address) {
        if (waits) {
            for (String each : to) {
                if (each.equals(address)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The message as those get it who have this address and none before it. */
    public synchronized Payload payload(int index) {
        Payload payload = payloads[index];
        if (payload == null) {
            if (head == null || rest == null) {
                head = head();
                rest = rest();
            }
            // The other addresses are nobody's business.
            payload = new JsonBytes(head.length + rest.length + to[index].length() + 16)
                    .raw(head)
                    .string(to[index])
                    .raw(rest)
                    .toPayload();
            payloads[index] = payload;
        }
        return payload;
    }

    private byte[] head() {
        JsonBytes json = new JsonBytes(64).raw("{\"type\":");
        row.write(MessageRow.TYPE, json);
        return json.raw(",\"channel\":").toBytes();
    }

    private byte[] rest() {
        JsonBytes json = new JsonBytes().raw(",\"id\":");
        if (row.isNull(MessageRow.ID)) {
            json.raw('"').raw(position.toString()).raw('"');
        } else {
            row.write(MessageRow.ID, json);
        }
        if (sender != null) {
            json.raw(',').raw(sender);
        }
        String priority = MessageRow.text(row, MessageRow.PRIORITY);
        if (priority != null) {
            json.raw(",\"priority\":").string(priority);
        }
        json.raw(",\"content\":");
        row.write(MessageRow.CONTENT, json);
        json.raw(",\"timestamp\":\"").raw(Messages.timestamp(at));
        json.raw("\",\"source\":\"").raw(LiveSource.NAME);
        return epoch == null
                ? json.raw("\",\"ephemeral\":true}").toBytes()
                : json.raw("\",\"offset\":\"")
                        .raw(new Offset(epoch, position).toString())
                        .raw("\"}")
                        .toBytes();
    }
}
