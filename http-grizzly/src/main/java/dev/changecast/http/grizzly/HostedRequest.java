package dev.changecast.http.grizzly;

import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.security.Principal;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.jspecify.annotations.Nullable;

/**
 * A request as a servlet sees it. What is told of the request is read at once, what is not kept is not offered. A request
 * that waits has forgotten its headers, so that many can wait.
 */
final class HostedRequest extends HttpServletRequestWrapper {
    private final HostedExchange exchange;
    private final BodyInput input;
    private final String method;
    private final String uri;
    private final @Nullable String query;
    private final String protocol;
    private final String remoteAddress;
    private final boolean secure;
    private final long contentLength;
    private volatile @Nullable Map<String, List<String>> headers;
    private @Nullable Map<String, Object> attributes;

    HostedRequest(HostedExchange exchange, HttpRequestPacket request, BodyInput input, TrustedProxies proxies) {
        super(NotOffered.REQUEST);
        this.exchange = exchange;
        this.input = input;
        this.method = request.getMethod().getMethodString();
        this.uri = request.getRequestURI();
        this.query = request.getQueryString();
        this.protocol = request.getProtocol().getProtocolString();
        this.contentLength = request.getContentLength();
        Map<String, List<String>> named = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        named.putAll(HandshakeReader.headers(request));
        this.headers = named;
        TrustedProxies.Origin origin =
                proxies.origin(request.getRemoteAddress(), name -> named.getOrDefault(name, List.of()));
        this.remoteAddress = origin.address();
        this.secure = origin.secure() == null ? request.isSecure() : origin.secure();
    }

    /** Forgets the headers. */
    void release() {
        headers = null;
    }

    private Map<String, List<String>> headers() {
        Map<String, List<String>> present = headers;
        if (present == null) {
            throw new IllegalStateException(
                    "this port keeps the headers of an asynchronous request only until its body is read; read them before");
        }
        return present;
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
        return protocol;
    }

    @Override
    public String getScheme() {
        return secure ? "https" : "http";
    }

    @Override
    public @Nullable String getHeader(String name) {
        List<String> values = headers().get(name);
        return values == null ? null : values.get(0);
    }

    @Override
    public Enumeration<String> getHeaders(String name) {
        return Collections.enumeration(headers().getOrDefault(name, List.of()));
    }

    @Override
    public Enumeration<String> getHeaderNames() {
        return Collections.enumeration(headers().keySet());
    }

    @Override
    public int getContentLength() {
        return contentLength > Integer.MAX_VALUE ? -1 : (int) contentLength;
    }

    @Override
    public long getContentLengthLong() {
        return contentLength;
    }

    @Override
    public @Nullable String getContentType() {
        return getHeader("Content-Type");
    }

    @Override
    public synchronized @Nullable Object getAttribute(String name) {
        if (name.equals(WebComponent.ABORT_ATTRIBUTE)) {
            return (Runnable) exchange::abort;
        }
        return attributes == null ? null : attributes.get(name);
    }

    @Override
    public synchronized void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            removeAttribute(name);
            return;
        }
        if (attributes == null) {
            attributes = new HashMap<>();
        }
        attributes.put(name, value);
    }

    @Override
    public synchronized void removeAttribute(String name) {
        if (attributes != null) {
            attributes.remove(name);
        }
    }

    @Override
    public DispatcherType getDispatcherType() {
        return DispatcherType.REQUEST;
    }

    @Override
    public ServletInputStream getInputStream() {
        return input;
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
