package dev.changecast.server.serve;

import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.GenericServlet;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint as a servlet: no thread waits for a request's body, or a few clients that send theirs slowly would stop all
 * others, nor for the answer.
 */
final class EndpointServlet extends GenericServlet {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointServlet.class);
    private static final long serialVersionUID = 1;
    private static final byte[] NOTHING = {};

    private final transient DeferredEndpoint endpoint;

    EndpointServlet(DeferredEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public void service(ServletRequest servletRequest, ServletResponse servletResponse) throws IOException {
        HttpServletRequest asked = (HttpServletRequest) servletRequest;
        HttpServletResponse response = (HttpServletResponse) servletResponse;
        Map<String, String> headers = new LinkedHashMap<>();
        Collections.list(asked.getHeaderNames()).forEach(name -> headers.put(name, asked.getHeader(name)));
        Request head = new Request(asked.getMethod(), asked.getRequestURI(), asked.getQueryString(), headers, NOTHING);
        Optional<Reply> refusal = endpoint.refuse(head);
        if (refusal.isPresent()) {
            write(response, refusal.get());
        } else if (asked.getContentLengthLong() > endpoint.maxBodyBytes()) {
            write(response, endpoint.tooLarge());
        } else {
            AsyncContext exchange = asked.startAsync();
            exchange.setTimeout(0);
            ServletInputStream input = asked.getInputStream();
            input.setReadListener(new Body(head, input, exchange));
        }
    }

    /** Gathers a request's body as it arrives, up to a bound, and has it answered. */
    private final class Body implements ReadListener {
        private final Request head;
        private final ServletInputStream input;
        private final AsyncContext exchange;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final byte[] part = new byte[8192];
        private boolean tooLarge;

        Body(Request head, ServletInputStream input, AsyncContext exchange) {
            this.head = head;
            this.input = input;
            this.exchange = exchange;
        }

        @Override
        public void onDataAvailable() throws IOException {
            while (!tooLarge && input.isReady() && !input.isFinished()) {
                int count = input.read(part);
                if (count < 0) {
                    return;
                }
                bytes.write(part, 0, count);
                if (bytes.size() > endpoint.maxBodyBytes()) {
                    tooLarge = true;
                    answer(exchange, head, () -> CompletableFuture.completedFuture(endpoint.tooLarge()));
                }
            }
        }

        @Override
        public void onAllDataRead() {
            if (!tooLarge) {
                Request whole =
                        new Request(head.method(), head.path(), head.query(), head.headers(), bytes.toByteArray());
                answer(exchange, head, () -> endpoint.answer(whole));
            }
        }

        @Override
        public void onError(Throwable failure) {
            LOG.debug("{} did not arrive: {}", head, failure.toString());
            if (!tooLarge) {
                exchange.complete();
            }
        }
    }

    private static void answer(AsyncContext exchange, Request request, Supplier<CompletionStage<Reply>> answer) {
        CompletableFuture<Reply> coming;
        try {
            coming = answer.get().toCompletableFuture();
        } catch (RuntimeException e) {
            coming = CompletableFuture.failedFuture(e);
        }
        coming.whenComplete((reply, failure) -> {
            if (failure != null) {
                LOG.error("{} failed", request, failure);
            }
            try {
                write(
                        (HttpServletResponse) exchange.getResponse(),
                        failure == null ? reply : Reply.text(500, "The server failed to answer; its log says why.\n"));
            } catch (IOException | RuntimeException e) {
                LOG.debug("{}: the client has gone: {}", request, e.toString());
            } finally {
                exchange.complete();
            }
        });
    }

    private static void write(HttpServletResponse response, Reply reply) throws IOException {
        response.setStatus(reply.status());
        reply.headers().forEach(response::setHeader);
        response.setContentType(reply.contentType());
        response.setContentLength(reply.body().length);
        response.getOutputStream().write(reply.body());
    }
}
