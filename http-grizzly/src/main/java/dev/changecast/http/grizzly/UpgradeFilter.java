package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Refusal;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.FilterChainEvent;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpEvents.IncomingHttpUpgradeEvent;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.HttpResponsePacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;
import org.glassfish.tyrus.core.RequestContext;
import org.glassfish.tyrus.core.TyrusUpgradeResponse;
import org.glassfish.tyrus.spi.UpgradeResponse;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeStatus;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the HTTP handlers and makes WebSockets of the requests that want to be and may be. It takes the place of
 * Tyrus's own filter, which answers a query it cannot parse with 101 and silence, loses a frame that arrives together
 * with the handshake, and splits headers at commas.
 */
final class UpgradeFilter extends BaseFilter {
    /** The request attribute under which {@link EndpointHandler} finds why a request was not upgraded. */
    static final String REJECTION = "dev.changecast.rejection";

    private static final int SWITCHING_PROTOCOLS = 101;

    private final Set<String> paths;
    private final EndpointContainer container;
    private final Function<Handshake, Optional<Refusal>> gate;
    private final SlowRequestFilter slowRequests;
    private final OpenConnections connections;
    private final FrameFilter frames;
    private final boolean compression;
    private final @Nullable AllowedHosts hosts;
    private final TrustedProxies proxies;

    /** @param hosts null when any name will do */
    UpgradeFilter(
            Set<String> paths,
            EndpointContainer container,
            Function<Handshake, Optional<Refusal>> gate,
            SlowRequestFilter slowRequests,
            OpenConnections connections,
            FrameFilter frames,
            boolean compression,
            @Nullable AllowedHosts hosts,
            TrustedProxies proxies) {
        this.paths = paths;
        this.hosts = hosts;
        this.proxies = proxies;
        this.container = container;
        this.gate = gate;
        this.slowRequests = slowRequests;
        this.connections = connections;
        this.frames = frames;
        this.compression = compression;
    }

    /**
     * Called when the headers of a request with {@code Upgrade} have arrived. What asks for anything but a WebSocket (many
     * clients ask for HTTP/2 with their first request) goes on as if it had not asked, as RFC 9110 allows: else Grizzly
     * would take its body for the new protocol, and answer without headers.
     */
    @Override
    public NextAction handleEvent(FilterChainContext context, FilterChainEvent event) {
        if (event instanceof IncomingHttpUpgradeEvent upgrade
                && upgrade.getHttpHeader() instanceof HttpRequestPacket request
                && !isForUs(request)) {
            request.getUpgradeDC().recycle();
            request.setIgnoreContentModifiers(false);
        }
        return context.getInvokeAction();
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        HttpContent content = context.getMessage();
        TCPNIOConnection socket = (TCPNIOConnection) context.getConnection();
        UpgradedConnection upgraded = UpgradedConnection.of(socket);
        if (upgraded != null) {
            receive(upgraded, content);
            return context.getStopAction();
        }
        if (content.isLast()) {
            slowRequests.arrived(socket);
        }
        HttpRequestPacket request = (HttpRequestPacket) content.getHttpHeader();
        if (!isForUs(request) || request.getAttribute(REJECTION) != null) {
            return context.getInvokeAction();
        }
        Optional<Rejection> rejection = shakeHands(context, content, request, socket);
        rejection.ifPresent(found -> request.setAttribute(REJECTION, found));
        return rejection.isPresent() ? context.getInvokeAction() : context.getStopAction();
    }

    private boolean isForUs(HttpRequestPacket request) {
        return paths.contains(request.getRequestURI())
                && request.getMethod() == Method.GET
                && request.getProtocol() == Protocol.HTTP_1_1
                && "websocket".equalsIgnoreCase(request.getUpgrade());
    }

    private Optional<Rejection> shakeHands(
            FilterChainContext context, HttpContent content, HttpRequestPacket request, TCPNIOConnection socket) {
        String host = request.getHeader("Host");
        if (hosts != null && host != null && hosts.refusal(host).isPresent()) {
            // The guard before the handlers says why.
            return Optional.of(Rejection.badRequest("this server does not answer as this host"));
        }
        Optional<Handshake> handshake = HandshakeReader.read(request, proxies);
        if (handshake.isEmpty()) {
            return Optional.of(
                    Rejection.badRequest("the query holds characters that a URL may not hold; encode them as %XX"));
        }
        Optional<Refusal> refusal = gate.apply(handshake.get());
        if (refusal.isPresent()) {
            return refusal.map(Rejection::of);
        }
        Optional<String> deflate = compression
                ? DeflateOffer.answer(handshake.get().headers().getOrDefault(DeflateOffer.HEADER, List.of()))
                : Optional.empty();
        UpgradedConnection connection = connections.create(socket, request.isSecure(), deflate.isPresent());
        UpgradeResponse response = new TyrusUpgradeResponse();
        UpgradeInfo upgrade = container.upgrade(
                requestContext(request, handshake.get()), response, handshake.get(), connection.writer());
        if (upgrade.getStatus() != UpgradeStatus.SUCCESS || response.getStatus() != SWITCHING_PROTOCOLS) {
            return Optional.of(rejection(response));
        }
        IdleTimeoutFilter.setCustomTimeout(socket, -1, TimeUnit.MILLISECONDS);
        slowRequests.arrived(socket);
        deflate.ifPresent(answer -> response.getHeaders().put(DeflateOffer.HEADER, List.of(answer)));
        writeResponse(context, request, response);
        connections.open(connection, upgrade);
        receive(connection, content);
        if (!request.isSecure()) {
            frames.takeOver(socket);
        }
        return Optional.empty();
    }

    private static RequestContext requestContext(HttpRequestPacket request, Handshake handshake) {
        RequestContext context = RequestContext.Builder.create()
                .requestURI(URI.create(handshake.path()))
                .queryString(request.getQueryString())
                .parameterMap(parameters(handshake))
                .secure(request.isSecure())
                .remoteAddr(handshake.remoteAddress())
                .serverAddr(request.getLocalAddress())
                .serverPort(request.getLocalPort())
                .tyrusProperties(Map.of())
                .build();
        context.getHeaders().putAll(handshake.headers());
        return context;
    }

    private static Map<String, String[]> parameters(Handshake handshake) {
        Map<String, String[]> parameters = new HashMap<>();
        handshake.query().forEach((name, values) -> parameters.put(name, values.toArray(String[]::new)));
        return parameters;
    }

    private static Rejection rejection(UpgradeResponse response) {
        List<String> versions = response.getHeaders().get("Sec-WebSocket-Version");
        return versions == null
                ? Rejection.badRequest(
                        "the WebSocket handshake is not complete; it needs the headers Host, Connection: "
                                + "Upgrade, Sec-WebSocket-Key and Sec-WebSocket-Version: 13")
                : Rejection.notAWebSocket();
    }

    private static void writeResponse(FilterChainContext context, HttpRequestPacket request, UpgradeResponse response) {
        HttpResponsePacket packet = request.getResponse();
        packet.setProtocol(Protocol.HTTP_1_1);
        packet.setStatus(SWITCHING_PROTOCOLS);
        packet.setReasonPhrase("Switching Protocols");
        response.getHeaders().forEach((name, values) -> packet.setHeader(name, String.join(", ", values)));
        context.write(HttpContent.builder(packet).build());
    }

    private static void receive(UpgradedConnection connection, HttpContent content) {
        Buffer buffer = content.getContent();
        connection.received(buffer);
        content.recycle();
        buffer.tryDispose();
    }
}
