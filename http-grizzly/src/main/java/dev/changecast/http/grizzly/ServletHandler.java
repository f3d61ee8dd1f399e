package dev.changecast.http.grizzly;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletConfig;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hosts one asynchronous servlet at exactly one path. */
final class ServletHandler extends HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ServletHandler.class);

    private final String path;
    private final Servlet servlet;
    private final Supplier<Executor> workers;
    private final TrustedProxies proxies;

    /** @param workers asked only while the port runs */
    ServletHandler(String path, Servlet servlet, Supplier<Executor> workers, TrustedProxies proxies) {
        this.proxies = proxies;
        this.path = path;
        this.servlet = servlet;
        this.workers = workers;
    }

    @Override
    public void start() {
        try {
            servlet.init(new Config(path));
        } catch (ServletException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION, "the servlet at " + path + " cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void destroy() {
        servlet.destroy();
    }

    @Override
    public void service(Request request, Response response) throws IOException {
        if (!request.getRequestURI().equals(path)) {
            byte[] body =
                    Json.error("not_found", "there is nothing at this address").getBytes(StandardCharsets.UTF_8);
            response.setStatus(404);
            response.setContentType(Json.CONTENT_TYPE);
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
            return;
        }
        HostedExchange exchange = new HostedExchange(request, response, workers.get(), proxies);
        try {
            servlet.service(exchange.request(), exchange.response());
        } catch (ServletException | RuntimeException e) {
            LOG.error("{} {} failed", request.getMethod(), path, e);
            exchange.fail();
        }
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
