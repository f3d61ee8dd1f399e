package dev.changecast.ingress.redis;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The channels that messages come by.
 *
 * @param prefix how all of their names begin
 */
record Channels(String prefix) {
    private static final String BROADCAST = "broadcast";

    /** Kinds of channels whose names go on with that of a person, role or room. */
    private static final List<Kind> KINDS = List.of(
            new Kind("user:", "user:", null),
            new Kind("notification:", "user:", "notification"),
            new Kind("role:", "role:", null),
            new Kind("room:", "room:", null));

    private record Kind(
            String channel, String address, @Nullable String type) {}

    /**
     * Whom the messages of a channel are for.
     *
     * @param address as it stands on the wire
     * @param name the address without its kind
     * @param type that of messages which name none; null where they have to
     */
    record Destination(
            String address, String name, @Nullable String type) {}

    Channels {
        if (!prefix.matches("[A-Za-z0-9_.:/-]{0,64}")) {
            throw new IllegalArgumentException(
                    "the channels' prefix is at most 64 letters, digits and _ . : / -, such as websocket:");
        }
    }

    /** What to subscribe to. */
    List<String> patterns() {
        return Stream.concat(Stream.of(BROADCAST), KINDS.stream().map(kind -> kind.channel + "*"))
                .map(name -> prefix + name)
                .toList();
    }

    /** @throws IllegalArgumentException when it is none of these channels */
    Destination destination(byte[] channel) {
        String name = text(channel);
        String rest = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
        if (rest.equals(BROADCAST)) {
            return new Destination(BROADCAST, BROADCAST, BROADCAST);
        }
        for (Kind kind : KINDS) {
            if (rest.startsWith(kind.channel)) {
                String whom = rest.substring(kind.channel.length());
                return new Destination(kind.address + whom, whom, kind.type);
            }
        }
        throw new IllegalArgumentException("the channel is none of " + String.join(", ", patterns()));
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the channel's name is not UTF-8");
        }
    }

    @Override
    public String toString() {
        return String.join(", ", patterns());
    }
}
