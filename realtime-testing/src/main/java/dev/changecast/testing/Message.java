package dev.changecast.testing;

import java.lang.ref.SoftReference;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message of the protocol as a client got it. Immutable. */
public final class Message {
    private final String json;

    /** Taken apart anew when memory was short: tests keep hundreds of thousands of messages. */
    private volatile SoftReference<Map<?, ?>> parsed;

    /** Throws {@link IllegalArgumentException} when the text is not one JSON object. */
    public Message(String json) {
        this.json = json;
        this.parsed = new SoftReference<>(parse(json));
    }

    private static Map<?, ?> parse(String json) {
        if (JsonReader.read(json) instanceof Map<?, ?> object) {
            return object;
        }
        throw new IllegalArgumentException("not a JSON object: " + json);
    }

    private Map<?, ?> fields() {
        Map<?, ?> present = parsed.get();
        if (present == null) {
            present = parse(json);
            parsed = new SoftReference<>(present);
        }
        return present;
    }

    /** As it came. */
    public String json() {
        return json;
    }

    /** The {@code type}; empty when there is none. */
    public String type() {
        String type = text("type");
        return type == null ? "" : type;
    }

    public boolean is(String type) {
        return type.equals(type());
    }

    /** Whether it tells of a change, whatever its type. */
    public boolean isChange() {
        return fields().containsKey("action");
    }

    /** The names of its fields, in order. */
    public List<String> names() {
        return fields().keySet().stream().map(Object::toString).toList();
    }

    public boolean has(String path) {
        int dot = path.lastIndexOf('.');
        Object holder = dot < 0 ? fields() : get(path.substring(0, dot));
        return holder instanceof Map<?, ?> map && map.containsKey(path.substring(dot + 1));
    }

    /**
     * A value within the message: {@code data.id}, {@code rows.0.name}. Objects are maps, arrays lists, numbers {@link
     * BigDecimal}s.
     *
     * @return null when it is null or not there; see {@link #has}
     */
    public @Nullable Object get(String path) {
        Object value = fields();
        for (String name : path.split("\\.")) {
            if (value instanceof Map<?, ?> map) {
                value = map.get(name);
            } else if (value instanceof List<?> list) {
                int index = Integer.parseInt(name);
                value = index < list.size() ? list.get(index) : null;
            } else {
                return null;
            }
        }
        return value;
    }

    /** A value as text: a string's characters, anything else as Java prints it; null when it is null or not there. */
    public @Nullable String text(String path) {
        Object value = get(path);
        return value == null ? null : value.toString();
    }

    /** A value that is a number; throws when it is none. */
    public long number(String path) {
        if (get(path) instanceof BigDecimal number) {
            return number.longValueExact();
        }
        throw new IllegalArgumentException("no number '" + path + "' in " + json);
    }

    /** A list; empty when there is none. */
    public List<?> list(String path) {
        return get(path) instanceof List<?> list ? list : List.of();
    }

    @Override
    public String toString() {
        return json;
    }
}
