package dev.changecast.server.http;

/** {@code /healthz}: the process is alive, whatever its databases do. For supervisors that restart a hung process. */
public final class Health implements Endpoint {
    @Override
    public Reply answer(Request request) {
        return Reply.json(200, "{\"alive\":true}");
    }
}
