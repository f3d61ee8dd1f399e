package dev.changecast.http.grizzly;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Refusal;
import jakarta.servlet.Servlet;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.HttpServerFilter;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.glassfish.grizzly.ssl.SSLEngineConfigurator;
import org.glassfish.grizzly.strategies.WorkerThreadIOStrategy;
import org.glassfish.grizzly.threadpool.ThreadPoolConfig;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one port of the bundled server: WebSocket endpoints and HTTP handlers side by side, on Grizzly and Tyrus. A
 * handler is a Grizzly {@link HttpHandler}, called on a worker thread; it may {@code suspend} its response and resume it
 * from any thread.
 */
public final class HttpPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

    private final Builder settings;
    private final HttpServer server = new HttpServer();
    private final NetworkListener listener;
    private final ScheduledExecutorService clock;
    private final EndpointContainer container;
    private final OpenConnections connections;
    private final ServletFilter servlets;
    private final AtomicBoolean closed = new AtomicBoolean();

    private HttpPort(Builder settings) {
        this.settings = settings;
        clock = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "changecast-http-clock");
            thread.setDaemon(true);
            return thread;
        });
        Bounds bounds = settings.bounds();
        connections = new OpenConnections(bounds, clock);
        container = new EndpointContainer(settings.endpoints);
        listener = new NetworkListener("changecast", settings.host, settings.port);
        configureNetwork(listener.getTransport());
        configureHttp(bounds);
        WaitingSockets waiting =
                new WaitingSockets(settings.waitingConnections, settings.waitingPerAddress, settings.proxies);
        SlowRequestFilter slowRequests = new SlowRequestFilter(bounds, waiting, clock);
        AllowedHosts hosts = settings.hosts();
        Guard guard = new Guard(hosts);
        servlets = new ServletFilter(
                settings.servlets,
                slowRequests,
                listener.getTransport()::getWorkerThreadPool,
                bounds.idleTimeout(),
                guard,
                settings.proxies);
        listener.registerAddOn((port, chain) -> {
            IdleTimeoutFilter idle = (IdleTimeoutFilter) chain.get(chain.indexOfType(IdleTimeoutFilter.class));
            UpgradeFilter upgrade = new UpgradeFilter(
                    settings.endpoints.keySet(),
                    container,
                    settings.gate,
                    slowRequests,
                    connections,
                    new FrameFilter(idle),
                    settings.compression,
                    hosts,
                    settings.proxies);
            chain.add(chain.indexOfType(HttpServerFilter.class), servlets);
            chain.add(chain.indexOfType(HttpServerFilter.class), upgrade);
            chain.add(1, slowRequests);
        });
        server.addListener(listener);
        Map<String, HttpHandler> handlers = new LinkedHashMap<>(settings.handlers);
        settings.endpoints.keySet().forEach(path -> handlers.put(path, new EndpointHandler()));
        server.getServerConfiguration()
                .addHttpHandler(new GuardedHandler(new Pages(handlers), guard, settings.proxies), "/");
    }

    public static Builder builder() {
        return new Builder();
    }

    private void configureNetwork(TCPNIOTransport network) {
        // Endpoints and handlers on worker threads: on a selector's thread one of them could stop all connections.
        network.setIOStrategy(WorkerThreadIOStrategy.getInstance());
        network.setWorkerThreadPoolConfig(ThreadPoolConfig.defaultConfig()
                .setPoolName("changecast-http-worker")
                .setCorePoolSize(settings.workerThreads)
                .setMaxPoolSize(settings.workerThreads)
                .setQueueLimit(-1));
        network.setKernelThreadPoolConfig(ThreadPoolConfig.defaultConfig().setPoolName("changecast-http-selector"));
        network.setSelectorRunnersCount(settings.selectorThreads);
        network.setTcpNoDelay(true);
        network.setReuseAddress(true);
        if (settings.sharePort) {
            network.setSelectorProvider(new SharedPortProvider());
        }
        // As long as the system allows: all clients come at once after a restart, and who finds no room tries again
        // after a second.
        network.setServerConnectionBackLog(65_535);
    }

    private void configureHttp(Bounds bounds) {
        listener.getKeepAlive().setMaxRequestsCount(-1);
        listener.getKeepAlive()
                .setIdleTimeoutInSeconds((int) Math.max(1, bounds.idleTimeout().toSeconds()));
        listener.setMaxHttpHeaderSize(bounds.maxHeaderBytes());
        listener.getFileCache().setEnabled(false);
        listener.setDefaultErrorPageGenerator(new JsonErrorPages());
        SSLContext tls = settings.tls;
        if (tls != null) {
            listener.setSecure(true);
            listener.setSSLEngineConfig(new SSLEngineConfigurator(tls, false, false, false)
                    .setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"}));
        }
    }

    /**
     * Listens.
     *
     * @throws ChangecastException when that is impossible, as when the port is in use
     */
    public void start() {
        try {
            if (new InetSocketAddress(settings.host, settings.port).isUnresolved()) {
                throw new UnknownHostException("there is no host of this name. Use 127.0.0.1 for local clients only or "
                        + "0.0.0.0 for all addresses of this machine");
            }
            servlets.start();
            server.start();
            RenewableCertificate certificate = settings.certificate;
            if (certificate != null) {
                long check = settings.certificateCheck.toNanos();
                clock.scheduleWithFixedDelay(certificate::look, check, check, TimeUnit.NANOSECONDS);
            }
        } catch (ChangecastException e) {
            close();
            throw e;
        } catch (UnsupportedOperationException e) {
            close();
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION, "this system cannot share a port between processes", e);
        } catch (IOException e) {
            close();
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "cannot listen on " + settings.host + ":" + settings.port + ": " + reason(e),
                    e);
        }
        LOG.info("listening on {}://{}:{}", settings.tls == null ? "http" : "https", settings.host, port());
    }

    private static String reason(IOException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("in use")) {
            return "the port is in use. Stop the program that listens on it, or use another port (0 takes any that is "
                    + "free)";
        }
        if (message.contains("assign")) {
            return "this machine has no such address. Use 127.0.0.1 for local clients only or 0.0.0.0 for all"
                    + " addresses of this machine";
        }
        if (message.contains("denied")) {
            return "the system does not permit it. Ports below 1024 need a privilege; use another port";
        }
        return message;
    }

    /** The port that clients use, also when any free one was asked for. */
    public int port() {
        return listener.getPort();
    }

    /** The paths that have a handler or a servlet. */
    public Set<String> paths() {
        Set<String> paths = new HashSet<>(settings.handlers.keySet());
        paths.addAll(settings.servlets.keySet());
        return Set.copyOf(paths);
    }

    /** How many WebSockets are open, counting those that are just being closed. */
    public int webSockets() {
        return connections.size();
    }

    /** Takes no new connections from now on; those that are there go on. Idempotent. */
    public void stopAccepting() {
        listener.getTransport().unbindAll();
    }

    /**
     * Stops accepting at once, then closes WebSockets as going away, waits for their clients to answer, though not for
     * longer than the close time-out, and ends everything else. Idempotent.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        stopAccepting();
        connections.close(new CloseReason(CloseCodes.GOING_AWAY, "the server is going"));
        try {
            connections.awaitNone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        server.shutdownNow();
        servlets.stop();
        container.stop();
        clock.shutdownNow();
    }

    OpenConnections connections() {
        return connections;
    }

    NetworkListener listener() {
        return listener;
    }

    /** Collects what a port is made of. */
    public static final class Builder {
        private final Map<String, ServerEndpointConfig> endpoints = new LinkedHashMap<>();
        private final Map<String, HttpHandler> handlers = new LinkedHashMap<>();
        private final Map<String, Servlet> servlets = new LinkedHashMap<>();
        private String host = "127.0.0.1";
        private int port = 8080;
        private Function<Handshake, Optional<Refusal>> gate = handshake -> Optional.empty();
        private @Nullable SSLContext tls;
        private @Nullable RenewableCertificate certificate;
        private Duration certificateCheck = Duration.ofSeconds(10);
        private int workerThreads = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
        private int selectorThreads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        private boolean sharePort;
        private boolean compression = true;
        private TrustedProxies proxies = TrustedProxies.NONE;
        private @Nullable Set<String> allowedHosts;
        private int waitingConnections = 20_000;
        private int waitingPerAddress = 20_000;
        private int maxMessageBytes = 512 * 1024;
        private int maxHeaderBytes = 16 * 1024;
        private Duration requestTimeout = Duration.ofSeconds(15);
        private Duration idleTimeout = Duration.ofSeconds(60);
        private Duration closeTimeout = Duration.ofSeconds(3);

        private Builder() {}

        /** The address to listen on; 127.0.0.1 when not called, 0.0.0.0 for all of this machine. */
        public Builder host(String host) {
            this.host = requireNonNull(host, "host is null");
            return this;
        }

        /** The port to listen on; 8080 when not called, 0 for any that is free. */
        public Builder port(int port) {
            if (port < 0 || port > 65535) {
                throw new IllegalArgumentException("a port is a number from 0 to 65535, not " + port);
            }
            this.port = port;
            return this;
        }

        /**
         * Whether other processes of the same user may listen on this port at the same time (SO_REUSEPORT), each of which
         * gets a part of the new connections: one can then take over from another without a moment in which nobody
         * listens. Every one of them has to say so.
         */
        public Builder sharePort(boolean sharePort) {
            this.sharePort = sharePort;
            return this;
        }

        /** Serves WebSockets on exactly this path. */
        public Builder endpoint(String path, ServerEndpointConfig endpoint) {
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("a path begins with /, not: " + path);
            }
            if (endpoints.putIfAbsent(path, endpoint) != null) {
                throw new IllegalArgumentException("there are two WebSocket endpoints on " + path);
            }
            return this;
        }

        /**
         * Serves HTTP.
         *
         * @param path one path ({@code /healthz}), or all below one ({@code /api/*}, or {@code /}); the longest that fits is
         *     chosen
         */
        public Builder handler(String path, HttpHandler handler) {
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("a path begins with /, not: " + path);
            }
            if (handlers.putIfAbsent(path, handler) != null) {
                throw new IllegalArgumentException("there are two handlers on " + path);
            }
            return this;
        }

        /**
         * Serves a servlet on exactly this path: one that is asynchronous, reads and writes without blocking, and asks
         * for no session, no filter and no dispatch.
         */
        public Builder servlet(String path, Servlet servlet) {
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException("a path begins with /, not: " + path);
            }
            if (servlets.putIfAbsent(path, servlet) != null) {
                throw new IllegalArgumentException("there are two servlets on " + path);
            }
            return this;
        }

        /**
         * Asked before each WebSocket handshake, on a worker thread; must not block. What it refuses is answered as plain
         * HTTP.
         */
        public Builder gate(Function<Handshake, Optional<Refusal>> gate) {
            this.gate = requireNonNull(gate, "gate is null");
            return this;
        }

        /** Speaks TLS 1.2 and 1.3 with this certificate, and nothing else; see {@link Certificates}. */
        public Builder tls(SSLContext tls) {
            this.tls = requireNonNull(tls, "tls is null");
            this.certificate = null;
            return this;
        }

        /**
         * Speaks TLS 1.2 and 1.3 with what these files hold, and looks every ten seconds whether they were renewed; see
         * {@link #certificateCheck}.
         */
        public Builder tls(RenewableCertificate certificate) {
            this.certificate = requireNonNull(certificate, "certificate is null");
            this.tls = certificate.context();
            return this;
        }

        /** How often files of a certificate are looked at. They are read at the second look after they changed. */
        public Builder certificateCheck(Duration certificateCheck) {
            this.certificateCheck = positive(certificateCheck, "time between looks at the certificate");
            return this;
        }

        /** How many threads run endpoints and handlers; twice the processors, and at least 4, when not called. */
        public Builder workerThreads(int workerThreads) {
            this.workerThreads = positive(workerThreads, "worker threads");
            return this;
        }

        /** How many threads watch sockets; half the processors when not called. */
        public Builder selectorThreads(int selectorThreads) {
            this.selectorThreads = positive(selectorThreads, "selector threads");
            return this;
        }

        /**
         * Whether WebSockets compress messages of more than 1 KiB for clients that take that (permessage-deflate); they
         * do when not called.
         */
        public Builder compression(boolean compression) {
            this.compression = compression;
            return this;
        }

        /** The proxies that are believed who a request comes from; none when not called. */
        public Builder trustedProxies(TrustedProxies proxies) {
            this.proxies = requireNonNull(proxies, "proxies is null");
            return this;
        }

        /**
         * Answers only requests whose {@code Host} is one of these names, or loopback's, and others with 421: a page
         * whose name was made to resolve to this server is kept out. On a host that is not loopback, addresses will do
         * too. When not called, any name will do.
         */
        public Builder allowedHosts(Set<String> names) {
            this.allowedHosts = Set.copyOf(names);
            return this;
        }

        /**
         * How many connections may be open whose request has not arrived; 20000, of one
         * address too, when not called.
         * Over all, a further one ends the oldest; of one address, it is ended itself.
         */
        public Builder waitingConnections(int all, int perAddress) {
            this.waitingConnections = positive(all, "waiting connections");
            this.waitingPerAddress = positive(perAddress, "waiting connections of an address");
            return this;
        }

        /** The largest message from a client, in bytes; 512 KiB when not called. A larger one closes with 1009. */
        public Builder maxMessageBytes(int maxMessageBytes) {
            this.maxMessageBytes = positive(maxMessageBytes, "bytes of a message");
            return this;
        }

        /** The most that request line and headers may have, in bytes; 16 KiB when not called. */
        public Builder maxHeaderBytes(int maxHeaderBytes) {
            this.maxHeaderBytes = positive(maxHeaderBytes, "bytes of headers");
            return this;
        }

        /** How long a whole request may take to arrive; 15 s when not called. */
        public Builder requestTimeout(Duration requestTimeout) {
            this.requestTimeout = positive(requestTimeout, "request time-out");
            return this;
        }

        /** How long a connection may wait for its next request, in whole seconds; 60 s when not called. */
        public Builder idleTimeout(Duration idleTimeout) {
            this.idleTimeout = positive(idleTimeout, "idle time-out");
            return this;
        }

        /** How long a client may take to answer a close frame before it is cut off; 3 s when not called. */
        public Builder closeTimeout(Duration closeTimeout) {
            this.closeTimeout = positive(closeTimeout, "close time-out");
            return this;
        }

        public HttpPort build() {
            for (String path : servlets.keySet()) {
                if (handlers.containsKey(path) || endpoints.containsKey(path)) {
                    throw new IllegalArgumentException("there are a servlet and something else on " + path);
                }
            }
            for (String path : endpoints.keySet()) {
                if (handlers.containsKey(path)) {
                    throw new IllegalArgumentException("there are a WebSocket endpoint and a handler on " + path);
                }
            }
            return new HttpPort(this);
        }

        private @Nullable AllowedHosts hosts() {
            if (allowedHosts == null) {
                return null;
            }
            InetSocketAddress address = new InetSocketAddress(host, port);
            boolean loopback = !address.isUnresolved() && address.getAddress().isLoopbackAddress();
            return new AllowedHosts(loopback, allowedHosts);
        }

        private Bounds bounds() {
            return new Bounds(maxMessageBytes, maxHeaderBytes, requestTimeout, idleTimeout, closeTimeout);
        }

        private static int positive(int value, String what) {
            if (value <= 0) {
                throw new IllegalArgumentException("the number of " + what + " must be above 0, not " + value);
            }
            return value;
        }

        private static Duration positive(Duration value, String what) {
            if (value.isZero() || value.isNegative()) {
                throw new IllegalArgumentException("the " + what + " must be above 0, not " + value);
            }
            return value;
        }
    }
}
