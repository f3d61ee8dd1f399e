package dev.changecast.http.grizzly;

import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What every request meets first: only those for our own names pass, and every answer says what browsers may do. */
final class Guard {
    static final int MISDIRECTED = 421;

    /** Of this name alone, for a year: what else has it is not ours to decide. */
    private static final String STRICT_TRANSPORT = "max-age=31536000";

    private final @Nullable AllowedHosts hosts;

    /** @param hosts null when any name will do */
    Guard(@Nullable AllowedHosts hosts) {
        this.hosts = hosts;
    }

    /** Headers for the answer, whichever it will be. */
    void addTo(BiConsumer<String, String> headers, @Nullable String host, boolean secure) {
        headers.accept("X-Content-Type-Options", "nosniff");
        if (host != null && secure && !AllowedHosts.isLocal(host)) {
            headers.accept("Strict-Transport-Security", STRICT_TRANSPORT);
        }
    }

    /** Why a request for this host is refused, as the body of the answer; empty when it is not. */
    Optional<String> refusal(@Nullable String host) {
        return host == null || hosts == null
                ? Optional.empty()
                : hosts.refusal(host).map(why -> Json.error("misdirected_request", why));
    }
}
