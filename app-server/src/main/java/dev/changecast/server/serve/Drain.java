package dev.changecast.server.serve;

import dev.changecast.core.Changecast;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * The way out: first the server says that it is not ready, so that nobody is sent to it any more; then its clients are told,
 * one after the other, to come back elsewhere. Thread-safe.
 */
final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final Changecast changecast;
    private final Duration usually;
    private final AtomicInteger number = new AtomicInteger();
    private volatile boolean announced;

    // Guarded by this.
    private @Nullable Duration under;

    /** @param usually over what time clients are told when nobody says another one */
    Drain(Changecast changecast, Duration usually) {
        this.changecast = changecast;
        this.usually = usually;
    }

    /** From now on the server is not ready. Clients still come in: whoever sends them learns of it only by and by. */
    void announce() {
        announced = true;
    }

    /**
     * Lets clients go from now on, without waiting for it. Again, it can only become quicker.
     *
     * @param over from when the first is told until when the last is; null for the usual time
     * @return how many sessions are left
     */
    synchronized int begin(@Nullable Duration over) {
        Duration time = over == null ? usually : over;
        if (under == null || over != null && time.compareTo(under) < 0) {
            under = time;
            announce();
            Thread thread = new Thread(() -> run(time), "changecast-drain-" + number.getAndIncrement());
            thread.setDaemon(true);
            thread.start();
        }
        return changecast.sessions();
    }

    /** Lets clients go, and returns when they are gone. */
    void finish() {
        announce();
        run(usually);
    }

    private void run(Duration over) {
        int sessions = changecast.sessions();
        if (sessions > 0) {
            LOG.info("draining: {} sessions are told to come back, over {} s", sessions, over.toMillis() / 1000.0);
        }
        changecast.drain(over);
    }

    /** The readiness of a server that may be on its way out. */
    Endpoint before(Endpoint readiness) {
        return request -> announced
                ? Reply.json(
                        503,
                        JSON.createObjectNode()
                                .put("ready", false)
                                .put("draining", true)
                                .put("reason", "the server is going")
                                .put("sessions", changecast.sessions())
                                .toString())
                : readiness.answer(request);
    }
}
