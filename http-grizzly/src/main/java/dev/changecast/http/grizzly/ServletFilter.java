package dev.changecast.http.grizzly;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hosts asynchronous servlets, each at exactly one path. Stands before Grizzly's own server, whose request, response and
 * buffers would cost each request that waits several kilobytes; here nothing of Grizzly's but the connection is left when
 * a request has been read.
 */
final class ServletFilter extends BaseFilter {
    private static final Logger LOG = LoggerFactory.getLogger(ServletFilter.class);

    private final Map<String, Servlet> servlets;
    private final SlowRequestFilter slowRequests;
    private final Supplier<Executor> workers;
    private final Duration idleTimeout;
    private final Guard guard;
    private final TrustedProxies proxies;

    /** @param workers asked only while the port runs */
    ServletFilter(
            Map<String, Servlet> servlets,
            SlowRequestFilter slowRequests,
            Supplier<Executor> workers,
            Duration idleTimeout,
            Guard guard,
            TrustedProxies proxies) {
        this.servlets = Map.copyOf(servlets);
        this.slowRequests = slowRequests;
        this.workers = workers;
        this.idleTimeout = idleTimeout;
        this.guard = guard;
        this.proxies = proxies;
    }

    /** Makes the servlets ready. */
    void start() {
        servlets.forEach((path, servlet) -> {
            try {
                servlet.init(new Config(path));
            } catch (ServletException e) {
                throw new ChangecastException(
                        ErrorCode.BAD_CONFIGURATION,
                        "the servlet at " + path + " cannot be used: " + e.getMessage(),
                        e);
            }
        });
    }

    void stop() {
        servlets.values().forEach(Servlet::destroy);
    }

    /**
     * A request that comes while another one of its connection is served waits for the answer to that, and nothing more is
     * read from the connection.
     */
    @Override
    public NextAction handleRead(FilterChainContext context) {
        HttpContent content = context.getMessage();
        Connection<?> socket = context.getConnection();
        HttpRequestPacket packet = (HttpRequestPacket) content.getHttpHeader();
        HostedExchange current = HostedExchange.on(socket);
        if (current != null && !current.isOf(packet)) {
            slowRequests.arrived(socket);
            if (current.holdBack(context)) {
                return context.getSuspendAction();
            }
            current = null;
        }
        Servlet servlet = current == null ? servlets.get(packet.getRequestURI()) : null;
        if (current == null && servlet == null) {
            return context.getInvokeAction();
        }
        if (content.isLast()) {
            slowRequests.arrived(socket);
        }
        HostedExchange exchange =
                current == null ? new HostedExchange(socket, packet, workers.get(), idleTimeout, proxies) : current;
        exchange.receive(content);
        if (servlet == null) {
            exchange.read();
        } else {
            serve(servlet, exchange);
            exchange.served();
        }
        return exchange.takesMore(context) ? context.getStopAction() : context.getSuspendAction();
    }

    private void serve(Servlet servlet, HostedExchange exchange) {
        HostedResponse response = exchange.response();
        String host = exchange.request().getHeader("Host");
        boolean secure = exchange.request().isSecure();
        guard.addTo(response::setHeader, host, secure);
        Optional<String> refusal = guard.refusal(host);
        try {
            if (refusal.isPresent()) {
                refuse(response, refusal.get());
            } else {
                servlet.service(exchange.request(), response);
            }
        } catch (ServletException | IOException | RuntimeException e) {
            LOG.error(
                    "{} {} failed",
                    exchange.request().getMethod(),
                    exchange.request().getRequestURI(),
                    e);
            exchange.fail(() -> guard.addTo(response::setHeader, host, secure));
            return;
        }
        if (!exchange.isStarted()) {
            exchange.complete();
        }
    }

    private static void refuse(HostedResponse response, String why) throws IOException {
        response.setStatus(Guard.MISDIRECTED);
        response.setHeader("Connection", "close");
        response.setContentType(Json.CONTENT_TYPE);
        response.getOutputStream().write(why.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public NextAction handleClose(FilterChainContext context) {
        HostedExchange current = HostedExchange.on(context.getConnection());
        if (current != null) {
            current.gone();
        }
        return context.getInvokeAction();
    }

    /** A configuration that says nothing. */
    private record Config(String path) implements ServletConfig {
        @Override
        public String getServletName() {
            return path;
        }

        @Override
        public ServletContext getServletContext() {
            return NotOffered.CONTEXT;
        }

        @Override
        public @Nullable String getInitParameter(String name) {
            return null;
        }

        @Override
        public Enumeration<String> getInitParameterNames() {
            return Collections.emptyEnumeration();
        }
    }
}
