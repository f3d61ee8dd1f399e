package dev.changecast.core.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Address;
import dev.changecast.core.protocol.MessageTypes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** What a message must be like, so that no publisher can break the stream of those who receive it. */
public final class MessageCheck {
    static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(64)
                    .maxNumberLength(1000)
                    .maxNameLength(1000)
                    .build())
            .build();

    private static final Pattern TYPE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.:-]{0,99}");
    private static final int MOST_ADDRESSES = 1000;
    private static final int MOST_ID_CHARACTERS = 128;
    private static final Duration LEAST_TTL = Duration.ofSeconds(1);
    private static final Duration LONGEST_TTL = Duration.ofDays(365);

    /** What somebody says in a room. */
    private static final String ROOM_MESSAGE = "room_message";

    private MessageCheck() {}

    /**
     * Throws {@link ErrorCode#BAD_MESSAGE} with everything that is wrong.
     *
     * @param said whether it tells who has said it
     */
    public static void check(
            List<Address> to, String type, String content, @Nullable String id, @Nullable Duration ttl, boolean said) {
        List<String> problems = new ArrayList<>();
        if (to.isEmpty() || to.size() > MOST_ADDRESSES) {
            problems.add("a message is for 1 to " + MOST_ADDRESSES + " addresses, not " + to.size());
        }
        to.forEach(address -> problem(problems, () -> Address.parse(address.text())));
        if (MessageTypes.isOurs(type) && !(said && type.equals(ROOM_MESSAGE))) {
            problems.add("'" + type + "' is reserved: names of this protocol are reserved, but for notification,"
                    + " broadcast, data_update and chat; choose another type");
        } else if (!TYPE.matcher(type).matches()) {
            problems.add("'" + shown(type) + "' is no type: at most 100 letters, digits and _ . : -, beginning with a"
                    + " letter or _");
        }
        if (id != null && (id.isEmpty() || id.length() > MOST_ID_CHARACTERS || hasControl(id))) {
            problems.add("an \"id\" has 1 to " + MOST_ID_CHARACTERS + " characters and no control characters, not '"
                    + shown(id) + "'");
        }
        if (ttl != null && (ttl.compareTo(LEAST_TTL) < 0 || ttl.compareTo(LONGEST_TTL) > 0)) {
            problems.add("a message waits for 1 second to 365 days, not " + ttl.toMillis() / 1000.0 + " seconds");
        }
        problem(problems, () -> requireJson(content));
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_MESSAGE, String.join("; ", problems));
        }
    }

    private static void problem(List<String> problems, Runnable check) {
        try {
            check.run();
        } catch (ChangecastException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
    }

    private static void requireJson(String content) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), content)) {
            if (parser.nextToken() == null) {
                throw bad("the content is empty; it is JSON, like {\"title\":\"Hello\"}");
            }
            parser.skipChildren();
            // A string or number is read to its end only when it is asked for.
            parser.finishToken();
            if (parser.nextToken() != null) {
                throw bad("the content is more than one JSON value");
            }
        } catch (JacksonException e) {
            throw bad("the content is not JSON: " + e.getOriginalMessage());
        }
    }

    static ChangecastException bad(String message) {
        return new ChangecastException(ErrorCode.BAD_MESSAGE, message);
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    static String shown(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }
}
