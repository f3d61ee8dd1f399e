package dev.changecast.core.view;

import dev.changecast.api.source.Position;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Message;
import dev.changecast.core.Priority;
import dev.changecast.core.Push;
import dev.changecast.core.protocol.JsonBytes;
import dev.changecast.core.publish.MessageParser;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A message that somebody wrote into a database's log. It is like one that was published, but is part of a transaction,
 * whose commit mark follows; so it has no offset of its own to resume from.
 */
final class PushedMessage extends PushedChange {
    private final Message message;
    private final String source;
    private final ChangeEncoder.Transaction transaction;

    private PushedMessage(Message message, String source, ChangeEncoder.Transaction transaction, Position position) {
        super(destinations(message), position);
        this.message = message;
        this.source = source;
        this.transaction = transaction;
    }

    /** What a message may wait for on its way is what a pushed change of that priority may. */
    private static List<PushPlan.Destination> destinations(Message message) {
        Priority said = message.priority();
        Push.Priority priority = switch (said == null ? Priority.NORMAL : said) {
            case HIGH -> Push.Priority.HIGH;
            case NORMAL -> Push.Priority.NORMAL;
            case LOW -> Push.Priority.LOW;
        };
        return message.to().stream()
                .map(address -> new PushPlan.Destination(address.text(), priority))
                .toList();
    }

    /**
     * Reads a message as publishers write it.
     *
     * @param malformed told what is wrong when it is none, and therefore for nobody
     */
    static @Nullable PushedMessage of(
            String text,
            String source,
            ChangeEncoder.Transaction transaction,
            Position position,
            Consumer<String> malformed) {
        MessageParser.Parsed parsed = MessageParser.parse(text);
        if (!parsed.problems().isEmpty()) {
            malformed.accept(parsed.problems().get(0).message());
            return null;
        }
        if (parsed.several() || parsed.messages().get(0).ephemeral()) {
            malformed.accept(
                    parsed.several()
                            ? "it is an array; write each message by itself"
                            : "what is in a database's log is kept, so it cannot be \"ephemeral\"");
            return null;
        }
        return new PushedMessage(parsed.messages().get(0), source, transaction, position);
    }

    /** Who may write messages is not asked which rows somebody sees. */
    @Override
    public boolean isFor(PushReader reader) {
        return true;
    }

    @Override
    Payload write(PushPlan.Destination to) {
        JsonBytes json = new JsonBytes();
        json.raw("{\"type\":").string(message.type());
        json.raw(",\"channel\":").string(to.address());
        json.raw(",\"id\":").string(message.id() == null ? source + ":" + position() : message.id());
        if (message.priority() != null) {
            json.raw(",\"priority\":").string(message.priority().wireName());
        }
        json.raw(",\"content\":");
        json.literal(message.content());
        return json.raw(transaction.origin()).raw('}').toPayload();
    }
}
