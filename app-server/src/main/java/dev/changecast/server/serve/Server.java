package dev.changecast.server.serve;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.ProvisionException;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.transport.Transport;
import dev.changecast.auth.jwt.JwtAuthenticator;
import dev.changecast.core.Changecast;
import dev.changecast.core.Route;
import dev.changecast.http.grizzly.HttpPort;
import dev.changecast.ingress.redis.RedisIngress;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Providers;
import dev.changecast.server.dashboard.Dashboard;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Readiness;
import dev.changecast.server.http.Request;
import dev.changecast.server.publish.MetricsEndpoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running server: engine and port, started and stopped in the order in which nothing is lost. */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final long LOOK_MILLIS = 20;

    private final Configuration configuration;
    private final Changecast changecast;
    private final List<Transport> transports;
    private final HttpPort port;
    private final Optional<JwtAuthenticator> tokens;
    private final Optional<RedisIngress> redis;
    private final Readiness readiness;
    private final Drain drain;
    private final Optional<Dashboard> dashboard;
    private final Optional<MetricsEndpoint> metrics;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean listening;

    @Inject
    Server(
            Configuration configuration,
            Changecast changecast,
            List<Transport> transports,
            HttpPort port,
            Optional<JwtAuthenticator> tokens,
            Optional<RedisIngress> redis,
            Readiness readiness,
            Drain drain,
            Optional<Dashboard> dashboard,
            Optional<MetricsEndpoint> metrics) {
        this.metrics = metrics;
        this.configuration = configuration;
        this.changecast = changecast;
        this.transports = transports;
        this.port = port;
        this.tokens = tokens;
        this.redis = redis;
        this.readiness = readiness;
        this.drain = drain;
        this.dashboard = dashboard;
    }

    /**
     * Assembles a server. Opens nothing yet.
     *
     * @param endpoints what it serves besides the transports and its health, by path
     * @throws ChangecastException when the parts refuse the configuration
     */
    public static Server of(Configuration configuration, Providers providers, Map<String, Endpoint> endpoints) {
        try {
            return Guice.createInjector(new ServerModule(configuration, providers, endpoints))
                    .getInstance(Server.class);
        } catch (ProvisionException | CreationException e) {
            if (e.getCause() instanceof ChangecastException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    /**
     * Begins to capture and to listen. Databases that cannot be reached are tried again and again.
     *
     * @throws ChangecastException when the history cannot be opened or the port cannot be had; nothing runs then
     */
    public void start() {
        try {
            tokens.ifPresent(JwtAuthenticator::prepare);
            changecast.start();
            if (configuration.server().sharesPort()) {
                awaitReady();
            }
            dashboard.ifPresent(Dashboard::start);
            port.start();
            listening = true;
            redis.ifPresent(RedisIngress::start);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Another server still has the clients of this port: they shall not come here before there is something to be had. But a
     * database that is away must not keep the operator from asking why.
     */
    private void awaitReady() {
        long deadline = System.nanoTime() + configuration.server().readyWithin().toNanos();
        Request question = new Request("GET", "/readyz", Map.of(), new byte[0]);
        try {
            while (!closed.get() && readiness.answer(question).status() != 200) {
                if (System.nanoTime() - deadline > 0) {
                    LOG.warn("listening though not ready yet: /readyz says why");
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The port, also when any free one was asked for. */
    public int port() {
        return port.port();
    }

    /** The paths that it serves over HTTP. */
    Set<String> paths() {
        return port.paths();
    }

    /** Where people point a browser. */
    public String url() {
        String host = configuration.server().host();
        String named = host.contains(":") ? "[" + host + "]" : host;
        return (configuration.server().tls() == null ? "http" : "https") + "://" + named + ":" + port();
    }

    /** Tells in the log what runs, and how long the start took. */
    public void introduce(Duration took) {
        LOG.info(
                "serving {} as {} says, {}, started in {} s",
                url(),
                configuration.name(),
                transports.stream()
                        .flatMap(transport ->
                                transport.components().stream().map(part -> transport.name() + " at " + part.path()))
                        .collect(Collectors.joining(", ")),
                seconds(took));
        configuration
                .sources()
                .forEach(source -> LOG.info(
                        "source {} shows {}",
                        source,
                        configuration.routes().stream()
                                .filter(route -> route.from().startsWith(source.name() + "/"))
                                .map(Server::described)
                                .collect(Collectors.joining(", "))));
        if (configuration.history().directory() == null) {
            LOG.info("history is in memory: after a restart every client starts over");
        }
    }

    /**
     * Says that it is not ready, takes no new connections, tells clients to come back, stops capture, closes the log, frees
     * the port. Idempotent.
     */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            drain.announce();
            if (listening) {
                awaitNotice();
            }
            port.stopAccepting();
            redis.ifPresent(RedisIngress::close);
            dashboard.ifPresent(Dashboard::close);
            drain.finish();
            changecast.close();
            port.close();
            metrics.ifPresent(MetricsEndpoint::close);
        }
    }

    /** Whoever sends clients here learns from /readyz, sooner or later, to send them elsewhere. */
    private void awaitNotice() {
        Duration delay = configuration.server().drain().delay();
        if (!delay.isZero()) {
            LOG.info("not ready from now on, going in {} s", delay.toMillis() / 1000.0);
            try {
                TimeUnit.NANOSECONDS.sleep(delay.toNanos());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String described(Route route) {
        String table = route.from().substring(route.from().indexOf('/') + 1);
        return route.collection() == null ? table : table + " as " + route.collection();
    }

    static String seconds(Duration duration) {
        return "%.2f".formatted(duration.toMillis() / 1000.0);
    }
}
