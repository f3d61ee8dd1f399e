package dev.changecast.http.grizzly;

import java.util.Map;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.grizzly.http.util.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the handler of a request by its path: the one of exactly this path, or else the one with the longest path that
 * is above it. Grizzly's own choice would let a page answer for the path above it where nothing else is there.
 */
final class Pages extends HttpHandler {
    private static final String BELOW = "/*";

    private final Map<String, HttpHandler> handlers;

    /** @param handlers by path; one that ends with {@code /*}, or is {@code /}, is for all below it */
    Pages(Map<String, HttpHandler> handlers) {
        this.handlers = Map.copyOf(handlers);
    }

    @Override
    public void start() {
        handlers.values().forEach(HttpHandler::start);
    }

    @Override
    public void destroy() {
        handlers.values().forEach(HttpHandler::destroy);
    }

    @Override
    public void service(Request request, Response response) throws Exception {
        HttpHandler handler = find(request.getRequestURI());
        if (handler == null) {
            response.sendError(HttpStatus.NOT_FOUND_404.getStatusCode());
        } else {
            handler.service(request, response);
        }
    }

    private @Nullable HttpHandler find(String path) {
        HttpHandler found = handlers.get(path);
        for (int end = path.length(); found == null && end >= 0; end = path.lastIndexOf('/', end - 1)) {
            found = handlers.get(path.substring(0, end) + BELOW);
        }
        return found == null ? handlers.get("/") : found;
    }
}
