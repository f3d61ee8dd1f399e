package dev.changecast.api.transport;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One protocol message, encoded once and shared by every session that receives it. Immutable, but for a place where
 * transports keep their own forms of the bytes (a WebSocket frame with its header), so that these too are made once.
 */
public final class Payload {
    private final byte[] json;
    private volatile @Nullable Framed framed;

    private Payload(byte[] json) {
        this.json = json;
    }

    /** @param json UTF-8; not copied, so it must not be changed afterwards */
    public static Payload of(byte[] json) {
        return new Payload(requireNonNull(json, "json is null"));
    }

    public static Payload of(String json) {
        return new Payload(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The message in UTF-8; not a copy, so it must not be changed. */
    public byte[] json() {
        return json;
    }

    /** The size of the message in bytes. */
    public int size() {
        return json.length;
    }

    /** The transport's own form of this message, made by {@code framing} the first time. */
    public <T> T framed(Framing<T> framing) {
        Framed first = framed;
        for (Framed present = first; present != null; present = present.next) {
            if (present.framing == framing) {
                return framing.type().cast(present.form);
            }
        }
        T form = framing.frame(json);
        // When two threads meet here, one form is made twice and one of the two kept: both are right.
        framed = new Framed(framing, requireNonNull(form), first);
        return form;
    }

    @Override
    public String toString() {
        return new String(json, StandardCharsets.UTF_8);
    }

    /** Makes a transport's own form of a message; recognised by identity, so keep one instance. */
    public interface Framing<T> {
        Class<T> type();

        /** @param json must not be changed */
        T frame(byte[] json);
    }

    /** A list, since there are as many forms as transports at most. */
    private record Framed(
            Framing<?> framing, Object form, @Nullable Framed next) {}
}
