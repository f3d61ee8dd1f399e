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

/** Serves one {@link Endpoint} on the port. */
final class GrizzlyEndpoint extends HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(GrizzlyEndpoint.class);

    private final Endpoint endpoint;

    GrizzlyEndpoint(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void service(Request request, Response response) throws IOException {
        Reply reply = answer(request);
        response.setStatus(reply.status());
        reply.headers().forEach(response::setHeader);
        response.setContentType(reply.contentType());
        response.setContentLength(reply.body().length);
        if (!request.getMethod().getMethodString().equals("HEAD")) {
            response.getOutputStream().write(reply.body());
        }
    }

    private Reply answer(Request request) throws IOException {
        byte[] body = request.getInputStream().readNBytes(dev.changecast.server.http.Request.MAX_BODY_BYTES + 1);
        if (body.length > dev.changecast.server.http.Request.MAX_BODY_BYTES) {
            return Reply.text(
                    413, "At most " + dev.changecast.server.http.Request.MAX_BODY_BYTES + " bytes are taken.\n");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        request.getHeaderNames().forEach(name -> headers.put(name, request.getHeader(name)));
        try {
            return endpoint.answer(new dev.changecast.server.http.Request(
                    request.getMethod().getMethodString(), request.getRequestURI(), headers, body));
        } catch (Exception e) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
            return Reply.text(500, "The server failed to answer; its log says why.\n");
        }
    }
}
