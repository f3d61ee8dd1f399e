package dev.changecast.server.serve;

import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves an endpoint that has its answers ready, such as a page, on the port. */
final class GrizzlyEndpoint extends HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(GrizzlyEndpoint.class);
    private static final byte[] NOTHING = {};

    private final Endpoint endpoint;

    GrizzlyEndpoint(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void service(Request request, Response response) throws IOException {
        int most = dev.changecast.server.http.Request.MAX_BODY_BYTES;
        if (request.getContentLengthLong() > most) {
            write(request, response, tooLarge());
        } else if (!request.getRequest().isChunked() && request.getContentLengthLong() <= 0) {
            write(request, response, answer(request, NOTHING));
        } else {
            // No thread waits for a body: a few clients that send theirs slowly would stop all others.
            response.suspend();
            GatheredBody.read(
                    request.getNIOInputStream(),
                    most,
                    body -> resume(request, response, answer(request, body)),
                    () -> resume(request, response, tooLarge()));
        }
    }

    private static Reply tooLarge() {
        return Reply.text(413, "At most " + dev.changecast.server.http.Request.MAX_BODY_BYTES + " bytes are taken.\n");
    }

    private Reply answer(Request request, byte[] body) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.getHeaderNames().forEach(name -> headers.put(name, request.getHeader(name)));
        try {
            return endpoint.answer(new dev.changecast.server.http.Request(
                    request.getMethod().getMethodString(),
                    request.getRequestURI(),
                    request.getQueryString(),
                    headers,
                    body));
        } catch (Exception e) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
            return Reply.text(500, "The server failed to answer; its log says why.\n");
        }
    }

    private static void resume(Request request, Response response, Reply reply) {
        try {
            write(request, response, reply);
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} {}: the client has gone: {}", request.getMethod(), request.getRequestURI(), e.toString());
        } finally {
            response.resume();
        }
    }

    private static void write(Request request, Response response, Reply reply) throws IOException {
        response.setStatus(reply.status());
        reply.headers().forEach(response::setHeader);
        response.setContentType(reply.contentType());
        response.setContentLength(reply.body().length);
        if (!request.getMethod().getMethodString().equals("HEAD")) {
            response.getOutputStream().write(reply.body());
        }
    }
}
