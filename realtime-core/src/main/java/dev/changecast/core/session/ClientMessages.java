package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Address;
import dev.changecast.core.Identity;
import dev.changecast.core.Message;
import dev.changecast.core.Message.Sender;
import dev.changecast.core.Receipt;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.room.RoomName;
import dev.changecast.core.room.RoomRules;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client says to others: published messages like those of servers, with who said it, in the same log. Owned by the
 * session's dispatcher.
 */
final class ClientMessages {
    private static final Logger log = LoggerFactory.getLogger(ClientMessages.class);
    private static final Pattern MESSAGE_ID = Pattern.compile("[A-Za-z0-9_.:-]{1,64}");

    /** What the ids begin with that clients choose, so that none is taken for that of a server's message. */
    private static final String OF_CLIENTS = "client/";

    private final ClientSession session;
    private final SessionIdentity who;
    private final Social social;
    private @Nullable String mark;

    ClientMessages(ClientSession session, SessionIdentity who, Social social) {
        this.session = session;
        this.who = who;
        this.social = social;
    }

    /** What a user is called: the claim {@code name}, which OpenID Connect has for it; null without one. */
    static @Nullable String nameOf(Identity identity) {
        return identity.claims().get("name");
    }

    /** What those messages carry that this session is not to get back; null when there was none yet. */
    @Nullable
    String mark() {
        return mark;
    }

    private String ownMark() {
        String present = mark;
        if (present == null) {
            present = Long.toHexString(ThreadLocalRandom.current().nextLong());
            mark = present;
        }
        return present;
    }

    /** What is kept comes back to the sender too, in its place among the others; what is not, does not. */
    void send(Command.RoomMessage command) {
        RoomName.check(command.room());
        if (!social.settings().rooms().maySend(who.identity(), command.room())) {
            throw new ChangecastException(ErrorCode.FORBIDDEN, "you may not send to the room '" + command.room() + "'");
        }
        publish(
                command,
                new Message(
                        List.of(Address.room(command.room())),
                        command.type(),
                        command.content(),
                        id(command.messageId()),
                        command.ephemeral(),
                        null,
                        null,
                        sender(command.ephemeral())));
    }

    /** It goes to the sender's other sessions, too. */
    void send(Command.Chat command) {
        Identity identity = who.identity();
        String user = identity.user();
        if (user == null || !RoomRules.allow(social.settings().chat(), identity)) {
            throw new ChangecastException(
                    ErrorCode.FORBIDDEN,
                    user == null
                            ? "only a user can write to others; this session is nobody's in particular"
                            : "you may not write to other users");
        }
        publish(
                command,
                new Message(
                        List.of(Address.user(command.to()), Address.user(user)),
                        command.type(),
                        command.content(),
                        id(command.messageId()),
                        command.ephemeral(),
                        null,
                        null,
                        sender(true)));
    }

    private Sender sender(boolean toOthers) {
        Identity identity = who.identity();
        return new Sender(identity.user(), nameOf(identity), toOthers ? ownMark() : null);
    }

    /** A client's id counts among those of its user; without a user, of its session. */
    private @Nullable String id(@Nullable String chosen) {
        if (chosen == null) {
            return null;
        }
        if (!MESSAGE_ID.matcher(chosen).matches()) {
            throw new ChangecastException(
                    ErrorCode.BAD_MESSAGE, "a \"message_id\" has 1 to 64 letters, digits and _ . : -");
        }
        String user = who.identity().user();
        return OF_CLIENTS + (user == null ? ownMark() : user) + "/" + chosen;
    }

    private void publish(Command.Social command, Message message) {
        social.publish(message)
                .whenComplete((receipts, failure) -> session.dispatcher()
                        .execute(() -> session.answered(command.type(), command, () -> {
                            if (failure != null) {
                                throw why(failure);
                            }
                            published(command, message, receipts.get(0));
                        })));
    }

    private void published(Command.Social command, Message message, Receipt receipt) {
        String offset = receipt.offset();
        String id = message.id();
        if (id == null && offset != null) {
            // The server's own choice: the place in the log.
            id = offset.substring(offset.lastIndexOf('.') + 1);
        }
        session.push(id == null ? Messages.ok(command.id()) : Messages.sent(command.id(), id, offset));
    }

    private static RuntimeException why(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        log.debug("What a client said was not published: {}", why.getMessage());
        return why instanceof RuntimeException exception
                ? exception
                : new ChangecastException(ErrorCode.INTERNAL, "the server failed; it has logged why", why);
    }
}
