package dev.changecast.server.publish;

import dev.changecast.core.Changecast;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.util.concurrent.TimeUnit;

/** {@code GET /ws/stats}: how many are there. Numbers alone, so it asks for no key. */
public final class Stats implements Endpoint {
    private final Changecast changecast;
    private final long started = System.nanoTime();

    public Stats(Changecast changecast) {
        this.changecast = changecast;
    }

    @Override
    public Reply answer(Request request) {
        long uptime = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started);
        return Reply.json(
                200,
                "{\"total_clients\":" + changecast.sessions()
                        + ",\"online_users\":" + changecast.presence().onlineUsers()
                        + ",\"total_rooms\":" + changecast.presence().roomCount()
                        + ",\"uptime\":" + uptime + "}");
    }
}
