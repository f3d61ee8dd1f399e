package dev.changecast.server.serve;

import com.google.inject.CreationException;
import com.google.inject.Guice;
import com.google.inject.Inject;
import com.google.inject.ProvisionException;
import dev.changecast.api.ChangecastException;
import dev.changecast.auth.jwt.JwtAuthenticator;
import dev.changecast.core.Changecast;
import dev.changecast.core.Route;
import dev.changecast.http.grizzly.HttpPort;
import dev.changecast.ingress.redis.RedisIngress;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Providers;
import dev.changecast.server.dashboard.Dashboard;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.publish.MetricsEndpoint;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running server: engine and port, started and stopped in the order in which nothing is lost. */
public final class Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);

    private final Configuration configuration;
    private final Changecast changecast;
    private final HttpPort port;
    private final Optional<JwtAuthenticator> tokens;
    private final Optional<RedisIngress> redis;
    private final Optional<Dashboard> dashboard;
    private final Optional<MetricsEndpoint> metrics;
    private final AtomicBoolean closed = new AtomicBoolean();

    @Inject
    Server(
            Configuration configuration,
            Changecast changecast,
            HttpPort port,
            Optional<JwtAuthenticator> tokens,
            Optional<RedisIngress> redis,
            Optional<Dashboard> dashboard,
            Optional<MetricsEndpoint> metrics) {
        this.metrics = metrics;
        this.configuration = configuration;
        this.changecast = changecast;
        this.port = port;
        this.tokens = tokens;
        this.redis = redis;
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
            dashboard.ifPresent(Dashboard::start);
            port.start();
            redis.ifPresent(RedisIngress::start);
        } catch (RuntimeException e) {
            close();
            throw e;
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
                "serving {} as {} says, WebSocket at /ws, long polling at /poll, events at /events, started in {} s",
                url(),
                configuration.name(),
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

    /** Takes no new connections, tells clients to come back, stops capture, closes the log, frees the port. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            port.stopAccepting();
            redis.ifPresent(RedisIngress::close);
            dashboard.ifPresent(Dashboard::close);
            changecast.close();
            port.close();
            metrics.ifPresent(MetricsEndpoint::close);
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
