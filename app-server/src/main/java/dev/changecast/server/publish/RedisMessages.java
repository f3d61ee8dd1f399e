package dev.changecast.server.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.core.publish.MessageParser;
import dev.changecast.ingress.redis.MessageSink;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Publishes here what services publish through Redis. */
public final class RedisMessages implements MessageSink<Message> {
    private final Function<List<Message>, CompletionStage<List<Receipt>>> publish;

    public RedisMessages(Function<List<Message>, CompletionStage<List<Receipt>>> publish) {
        this.publish = publish;
    }

    @Override
    public Message read(String json) {
        MessageParser.Parsed parsed = MessageParser.parse(json);
        if (!parsed.problems().isEmpty()) {
            throw new IllegalArgumentException(parsed.problems().stream()
                    .map(MessageParser.Problem::message)
                    .collect(Collectors.joining("; ")));
        }
        return parsed.messages().get(0);
    }

    @Override
    public CompletionStage<?> publish(List<Message> messages) {
        return publish.apply(messages).handle((receipts, failure) -> {
            if (failure != null) {
                throw told(failure);
            }
            return receipts;
        });
    }

    /** A message over the limit can never be published; whatever else goes wrong passes. */
    private static RuntimeException told(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return why instanceof ChangecastException refusal && refusal.code() == ErrorCode.BAD_MESSAGE
                ? new IllegalArgumentException(refusal.getMessage(), refusal)
                : new CompletionException(why);
    }
}
