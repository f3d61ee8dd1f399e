package dev.changecast.server.demo;

import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.util.Optional;
import java.util.Set;

/**
 * Lets only the demo's own page through. Any page in the browser can send requests to loopback, and with a name that
 * resolves to it even read the answers; so the name asked for must be one of ours, and a change must be JSON from our own
 * origin.
 */
final class SameOrigin implements Endpoint {
    private final Set<String> hosts;
    private final Endpoint guarded;

    /** @param hosts what a browser may write in its address bar: host and port */
    SameOrigin(Set<String> hosts, Endpoint guarded) {
        this.hosts = Set.copyOf(hosts);
        this.guarded = guarded;
    }

    @Override
    public Reply answer(Request request) throws Exception {
        String host = request.header("Host").orElse("");
        if (!hosts.contains(host)) {
            return Replies.refused(403, "The demo answers only at " + String.join(" and ", hosts) + ".");
        }
        if (!request.method().equals("GET")) {
            Optional<String> origin = request.header("Origin");
            boolean foreign = origin.isEmpty()
                    || !origin.get().equals("http://" + host)
                    || !request.header("Sec-Fetch-Site").orElse("same-origin").equals("same-origin");
            if (foreign) {
                return Replies.refused(403, "Only the demo's own page may change anything here.");
            }
            String type =
                    request.header("Content-Type").orElse("").split(";", 2)[0].strip();
            if (!type.equalsIgnoreCase("application/json")) {
                return Replies.refused(415, "Send application/json.");
            }
        }
        return guarded.answer(request);
    }
}
