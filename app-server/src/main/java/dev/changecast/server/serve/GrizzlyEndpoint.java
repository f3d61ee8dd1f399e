package dev.changecast.server.serve;

import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves one endpoint on the port. */
final class GrizzlyEndpoint extends HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(GrizzlyEndpoint.class);
    private static final byte[] NOTHING = {};

    private final DeferredEndpoint endpoint;

    GrizzlyEndpoint(Endpoint endpoint) {
        this(new AtOnce(endpoint));
    }

    GrizzlyEndpoint(DeferredEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void service(Request request, Response response) throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        request.getHeaderNames().forEach(name -> headers.put(name, request.getHeader(name)));
        String method = request.getMethod().getMethodString();
        Function<byte[], dev.changecast.server.http.Request> read = body -> new dev.changecast.server.http.Request(
                method, request.getRequestURI(), request.getQueryString(), headers, body);
        Optional<Reply> refusal = endpoint.refuse(read.apply(NOTHING));
        if (refusal.isPresent()) {
            write(request, response, refusal.get());
        } else if (request.getContentLengthLong() > endpoint.maxBodyBytes()) {
            write(request, response, endpoint.tooLarge());
        } else if (!request.getRequest().isChunked() && request.getContentLengthLong() <= 0) {
            reply(request, response, () -> endpoint.answer(read.apply(NOTHING)));
        } else {
            // No thread waits for a body: a few clients that send theirs slowly would stop all others.
            response.suspend();
            GatheredBody.read(
                    request.getNIOInputStream(),
                    endpoint.maxBodyBytes(),
                    body -> reply(request, response, () -> endpoint.answer(read.apply(body))),
                    () -> reply(request, response, () -> CompletableFuture.completedFuture(endpoint.tooLarge())));
        }
    }

    private void reply(Request request, Response response, Supplier<CompletionStage<Reply>> answer) {
        CompletableFuture<Reply> reply;
        try {
            reply = answer.get().toCompletableFuture();
        } catch (RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Reply> coming = reply;
        if (!coming.isDone() && !response.isSuspended()) {
            response.suspend();
        }
        coming.whenComplete((done, failure) -> {
            try {
                write(request, response, of(coming, request));
            } catch (IOException | RuntimeException e) {
                LOG.debug("{} {}: the client has gone: {}", request.getMethod(), request.getRequestURI(), e.toString());
            } finally {
                if (response.isSuspended()) {
                    response.resume();
                }
            }
        });
    }

    private static Reply of(CompletableFuture<Reply> done, Request request) {
        try {
            return done.join();
        } catch (RuntimeException e) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), e);
            return Reply.text(500, "The server failed to answer; its log says why.\n");
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

    /** An endpoint that has its answer ready. */
    private record AtOnce(Endpoint endpoint) implements DeferredEndpoint {
        @Override
        public Optional<Reply> refuse(dev.changecast.server.http.Request head) {
            return Optional.empty();
        }

        @Override
        public int maxBodyBytes() {
            return dev.changecast.server.http.Request.MAX_BODY_BYTES;
        }

        @Override
        public Reply tooLarge() {
            return Reply.text(413, "At most " + maxBodyBytes() + " bytes are taken.\n");
        }

        @Override
        public CompletionStage<Reply> answer(dev.changecast.server.http.Request request) {
            try {
                return CompletableFuture.completedFuture(endpoint.answer(request));
            } catch (Exception e) {
                return CompletableFuture.failedFuture(e);
            }
        }
    }
}
