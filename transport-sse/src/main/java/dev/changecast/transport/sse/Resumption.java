package dev.changecast.transport.sse;

import dev.changecast.transport.servlet.Problem;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * From where a client could go on, told to it as the id of events, which {@code EventSource} sends back when it
 * reconnects. An id stands for all collections of the request at once, so there is none until each of them is ready, and
 * a reset takes it back: then the client begins again as it began. Within a transaction there is none either; the one
 * before it stays valid. Used by one thread at a time.
 */
final class Resumption {
    private final int subscriptions;
    private final Map<String, String> channels = new HashMap<>();
    private final Set<String> ready = new HashSet<>();
    private final Map<String, String> offsets = new TreeMap<>();
    private boolean failed;

    /** @param subscriptions how many commands, with the ids 1, 2 and so on, the session was opened with */
    Resumption(int subscriptions) {
        this.subscriptions = subscriptions;
    }

    /** The id that belongs to this event; empty to take back the one before, null for none. */
    @Nullable
    String idOf(EventForm form) {
        switch (form.type()) {
            case "subscribed" -> answered(form);
            case "error" -> failed = failed || form.id() != null;
            case "ready" -> {
                if (form.channel() != null) {
                    ready.add(form.channel());
                }
            }
            case "reset" -> {
                ready.remove(String.valueOf(form.channel()));
                return "";
            }
            default -> {}
        }
        offsets.putAll(form.offsets());
        return form.offsets().isEmpty() || !isWhole() ? null : json();
    }

    private void answered(EventForm form) {
        if (form.id() != null && form.channel() != null) {
            channels.put(form.id(), form.channel());
        }
    }

    private boolean isWhole() {
        return !failed && channels.size() == subscriptions && ready.containsAll(channels.values());
    }

    private String json() {
        StringBuilder json = new StringBuilder("{");
        offsets.forEach((source, offset) -> json.append(json.length() > 1 ? "," : "")
                .append(Problem.quoted(source))
                .append(':')
                .append(Problem.quoted(offset)));
        return json.append('}').toString();
    }
}
