package dev.changecast.api.transport;

import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The request that wants to become a session.
 *
 * @param transport the name of the transport it came by
 * @param path the request's path
 * @param remoteAddress the client's address, without port
 * @param headers looked up without regard to case
 * @param query decoded query parameters
 * @param principal who the container says it is; null when it says nothing
 */
public record Handshake(
        String transport,
        String path,
        String remoteAddress,
        Map<String, List<String>> headers,
        Map<String, List<String>> query,
        @Nullable Principal principal) {

    /**
     * The name of the session's user property in which a host that knows the request better than the standard API of a
     * container tells it, with the client's address, to a WebSocket transport.
     */
    public static final String PROPERTY = "dev.changecast.handshake";

    public Handshake {
        Map<String, List<String>> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = anyCase;
        query = Map.copyOf(query);
    }

    /** The first value of a header. */
    public Optional<String> header(String name) {
        return first(headers.get(name));
    }

    /** The first value of a query parameter. */
    public Optional<String> parameter(String name) {
        return first(query.get(name));
    }

    private static Optional<String> first(@Nullable List<String> values) {
        return values == null || values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }

    /** Without headers and query: they hold tokens. */
    @Override
    public String toString() {
        return transport + " " + path + " from " + remoteAddress;
    }
}
