package dev.changecast.server.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.core.publish.MessageParser;
import dev.changecast.core.session.TokenBucket;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import dev.changecast.server.http.StaticFiles;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /api/publish}: messages of servers that have an API key. Answers when they are durable. */
public final class PublishEndpoint implements DeferredEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(PublishEndpoint.class);

    /** How long a publisher waits for the disk. */
    private static final Duration WAIT = Duration.ofSeconds(10);

    /** What a message has besides its content. */
    private static final int AROUND_BYTES = 64 * 1024;

    private final KeyedAccess access;
    private final Function<List<Message>, CompletionStage<List<Receipt>>> publish;
    private final int maxBodyBytes;
    private final Duration wait;
    private final int perSecond;
    private final List<TokenBucket> rates = new ArrayList<>();

    /**
     * @param messageBytes how large a message may be; a request that holds several may be a little larger
     * @param perSecond how many messages one key may publish
     */
    public PublishEndpoint(
            ApiKeys keys,
            int messageBytes,
            int perSecond,
            Function<List<Message>, CompletionStage<List<Receipt>>> publish) {
        this(keys, messageBytes, perSecond, publish, WAIT);
    }

    PublishEndpoint(
            ApiKeys keys,
            int messageBytes,
            int perSecond,
            Function<List<Message>, CompletionStage<List<Receipt>>> publish,
            Duration wait) {
        this.access = new KeyedAccess(keys, "publish");
        this.perSecond = perSecond;
        for (int i = 0; i < keys.size(); i++) {
            rates.add(new TokenBucket(perSecond, perSecond, System.nanoTime()));
        }
        this.publish = publish;
        this.maxBodyBytes = requestBytes(messageBytes);
        this.wait = wait;
    }

    /** How large what holds a message may be, where its content may have so many bytes. */
    public static int requestBytes(int messageBytes) {
        return messageBytes + AROUND_BYTES;
    }

    /** {@code GET /api/openapi.json}: what there is under {@code /api}, for people and for generators of clients. */
    public static Endpoint description() {
        return new StaticFiles(PublishEndpoint.class, "/api/", List.of("openapi.json"));
    }

    @Override
    public Optional<Reply> refuse(Request head) {
        return access.refuse(head, "POST");
    }

    @Override
    public int maxBodyBytes() {
        return maxBodyBytes;
    }

    @Override
    public Reply tooLarge() {
        return ApiError.of(
                413,
                ErrorCode.BAD_MESSAGE,
                "a request has " + maxBodyBytes + " bytes at most; see limits.message_bytes");
    }

    @Override
    public CompletionStage<Reply> answer(Request request) {
        MessageParser.Parsed parsed;
        try {
            // A byte that is no UTF-8 would break the connection of everybody who receives it.
            parsed = MessageParser.parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(request.body()))
                    .toString());
        } catch (CharacterCodingException e) {
            return CompletableFuture.completedFuture(
                    ApiError.of(400, ErrorCode.BAD_MESSAGE, "the body is not UTF-8; send JSON in UTF-8"));
        }
        if (!parsed.problems().isEmpty()) {
            return CompletableFuture.completedFuture(ApiError.of(parsed.problems()));
        }
        int key = access.key(request);
        if (key >= 0 && !rates.get(key).take(parsed.messages().size(), System.nanoTime())) {
            return CompletableFuture.completedFuture(ApiError.of(
                            429,
                            ErrorCode.RATE_LIMITED,
                            "a key may publish " + perSecond + " messages per second, and nothing of this request was"
                                    + " published; try again, or raise limits.publishes_per_second")
                    .with("Retry-After", "1"));
        }
        return publish.apply(parsed.messages())
                .thenApply(receipts -> published(receipts, parsed.several()))
                .toCompletableFuture()
                .orTimeout(wait.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(this::failed);
    }

    private static Reply published(List<Receipt> receipts, boolean several) {
        StringBuilder json = new StringBuilder("{\"offset\":").append(offset(last(receipts)));
        if (several) {
            String comma = ",\"offsets\":[";
            for (Receipt receipt : receipts) {
                json.append(comma).append(offset(receipt));
                comma = ",";
            }
            json.append(']');
        }
        String comma = ",\"repeated\":" + (several ? "[" : "");
        for (int i = 0; i < receipts.size(); i++) {
            if (receipts.get(i).repeated()) {
                json.append(comma).append(several ? Integer.toString(i) : "true");
                comma = ",";
            }
        }
        boolean any = comma.equals(",");
        return Reply.json(200, json.append(any && several ? "]}" : "}").toString());
    }

    /** That of the last message that is kept. */
    private static Receipt last(List<Receipt> receipts) {
        Receipt last = receipts.get(0);
        for (Receipt receipt : receipts) {
            last = receipt.offset() == null ? last : receipt;
        }
        return last;
    }

    private static String offset(Receipt receipt) {
        return receipt.offset() == null ? "null" : '"' + receipt.offset() + '"';
    }

    private Reply failed(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (why instanceof TimeoutException) {
            return busy("the messages are not on the disk after " + wait.toSeconds()
                    + " s; they may still be published: send them again with the same \"id\"");
        }
        if (why instanceof ChangecastException refusal) {
            return refusal.code() == ErrorCode.BUSY
                    ? busy(String.valueOf(refusal.getMessage()))
                    : ApiError.of(400, refusal.code(), String.valueOf(refusal.getMessage()));
        }
        LOG.error("Messages could not be published", why);
        return ApiError.of(500, ErrorCode.INTERNAL, "the server failed; it has logged why");
    }

    private static Reply busy(String message) {
        return ApiError.of(503, ErrorCode.BUSY, message).with("Retry-After", "1");
    }
}
