package dev.changecast.http.grizzly;

import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;

/** A request as a servlet sees it. What is told of the request is read at once, what is not kept is not offered. */
final class HostedRequest extends HttpServletRequestWrapper {
    private final HostedExchange exchange;
    private final Request request;
    private final String method;
    private final String uri;
    private final @Nullable String query;
    private final String remoteAddress;
    private final boolean secure;
    private final Map<String, Object> attributes = new HashMap<>();
    private @Nullable BodyInput input;

    HostedRequest(HostedExchange exchange, Request request, TrustedProxies proxies) {
        super(NotOffered.REQUEST);
        this.exchange = exchange;
        this.request = request;
        this.method = request.getMethod().getMethodString();
        this.uri = request.getRequestURI();
        this.query = request.getQueryString();
        TrustedProxies.Origin origin = proxies.origin(request.getRemoteAddr(), HostedRequest.values(request));
        this.remoteAddress = origin.address();
        this.secure = origin.secure() == null ? request.isSecure() : origin.secure();
        attributes.put(WebComponent.ABORT_ATTRIBUTE, (Runnable) exchange::abort);
    }

    static Function<String, List<String>> values(Request request) {
        return name -> {
            List<String> values = new ArrayList<>();
            request.getHeaders(name).forEach(values::add);
            return values;
        };
    }

    @Override
    public String getMethod() {
        return method;
    }

    @Override
    public String getRequestURI() {
        return uri;
    }

    @Override
    public String getContextPath() {
        return "";
    }

    @Override
    public String getServletPath() {
        return uri;
    }

    @Override
    public @Nullable String getPathInfo() {
        return null;
    }

    @Override
    public @Nullable String getQueryString() {
        return query;
    }

    @Override
    public String getRemoteAddr() {
        return remoteAddress;
    }

    @Override
    public @Nullable Principal getUserPrincipal() {
        return null;
    }

    @Override
    public boolean isSecure() {
        return secure;
    }

    @Override
    public String getProtocol() {
        return request.getProtocol().getProtocolString();
    }

    @Override
    public String getScheme() {
        return secure ? "https" : "http";
    }

    @Override
    public @Nullable String getHeader(String name) {
        return request.getHeader(name);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return Collections.enumeration(values(request).apply(name));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        List<String> names = new ArrayList<>();
        request.getHeaderNames().forEach(names::add);
        return Collections.enumeration(names);
    }

    @Override
    public int getContentLength() {
        return request.getContentLength();
    }

    @Override
    public long getContentLengthLong() {
        return request.getContentLengthLong();
    }

    @Override
    public @Nullable String getContentType() {
        return request.getContentType();
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attributes.get(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            attributes.remove(name);
        } else {
            attributes.put(name, value);
        }
    }

    @Override
    public void removeAttribute(String name) {
        attributes.remove(name);
    }

    @Override
    public DispatcherType getDispatcherType() {
        return DispatcherType.REQUEST;
    }

    @Override
    public ServletInputStream getInputStream() {
        BodyInput present = input;
        if (present == null) {
            present = new BodyInput(request.getRequest(), request.getNIOInputStream());
            input = present;
        }
        return present;
    }

    @Override
    public boolean isAsyncSupported() {
        return true;
    }

    @Override
    public boolean isAsyncStarted() {
        return exchange.isStarted();
    }

    @Override
    public AsyncContext startAsync() {
        return exchange.start();
    }

    @Override
    public AsyncContext startAsync(ServletRequest with, ServletResponse and) {
        return exchange.start();
    }

    @Override
    public AsyncContext getAsyncContext() {
        if (!exchange.isStarted()) {
            throw new IllegalStateException("the request is not asynchronous");
        }
        return exchange;
    }
}
