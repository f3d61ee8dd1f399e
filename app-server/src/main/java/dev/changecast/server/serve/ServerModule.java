package dev.changecast.server.serve;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.WebComponent;
import dev.changecast.auth.jwt.JwtAuthenticator;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Changecast;
import dev.changecast.http.grizzly.HttpPort;
import dev.changecast.http.grizzly.RenewableCertificate;
import dev.changecast.ingress.redis.RedisIngress;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.Configuration.MetricsAccess;
import dev.changecast.server.config.Configuration.Tls;
import dev.changecast.server.config.Providers;
import dev.changecast.server.dashboard.Dashboard;
import dev.changecast.server.dashboard.DashboardEndpoints;
import dev.changecast.server.dashboard.TailTokens;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Health;
import dev.changecast.server.http.Readiness;
import dev.changecast.server.http.Request;
import dev.changecast.server.http.StaticFiles;
import dev.changecast.server.metrics.Metrics;
import dev.changecast.server.publish.MetricsEndpoint;
import dev.changecast.server.publish.OperatorEndpoints;
import dev.changecast.server.publish.Operators;
import dev.changecast.server.publish.PresenceEndpoints;
import dev.changecast.server.publish.PublishEndpoint;
import dev.changecast.server.publish.RedisMessages;
import dev.changecast.server.publish.RedisStatus;
import dev.changecast.server.publish.SessionEndpoints;
import dev.changecast.server.publish.Stats;
import dev.changecast.tracing.opentelemetry.DeliveryTracing;
import io.opentelemetry.api.GlobalOpenTelemetry;
import jakarta.servlet.Servlet;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** What the server is made of. */
final class ServerModule extends AbstractModule {
    private static final Logger LOG = LoggerFactory.getLogger(ServerModule.class);

    private final Configuration configuration;
    private final Providers providers;
    private final Map<String, Endpoint> endpoints;

    /** @param endpoints what else is served, by path */
    ServerModule(Configuration configuration, Providers providers, Map<String, Endpoint> endpoints) {
        this.configuration = configuration;
        this.providers = providers;
        this.endpoints = endpoints;
    }

    @Override
    protected void configure() {
        binder().requireExplicitBindings();
        bind(Configuration.class).toInstance(configuration);
        bind(Clock.class).toInstance(Clock.systemUTC());
        bind(Health.class).toInstance(new Health());
        bind(Server.class).in(Singleton.class);
    }

    @Provides
    @Singleton
    List<Transport> transports() {
        return providers.createTransports(configuration.transports());
    }

    @Provides
    @Singleton
    Optional<JwtAuthenticator> tokens() {
        return Optional.ofNullable(configuration.auth().jwt()).map(Configuration.Jwt::authenticator);
    }

    private static DeliveryTracing tracing() {
        DeliveryTracing tracing = new DeliveryTracing(GlobalOpenTelemetry.get());
        if (!tracing.isEffective()) {
            LOG.warn(
                    "server.tracing is on, but nothing takes the traces: start the server with OpenTelemetry's Java agent,"
                            + " as with CHANGECAST_JAVA_OPTS=-javaagent:opentelemetry-javaagent.jar");
        }
        return tracing;
    }

    /** Who clients are, those among them that listen for an operator. */
    @Provides
    @Singleton
    TailTokens authenticator(Optional<JwtAuthenticator> tokens) {
        Authenticator others =
                configuration.auth().anonymous() ? Authenticator.anonymous() : nobody -> Optional.empty();
        if (tokens.isPresent()) {
            others = configuration.auth().anonymous() ? tokens.get().orElse(others) : tokens.get();
        }
        return new TailTokens(others);
    }

    @Provides
    @Singleton
    Changecast changecast(List<Transport> transports, Optional<JwtAuthenticator> tokens, TailTokens authenticator) {
        Changecast.Builder builder = Changecast.builder()
                .history(configuration.history())
                .notifications(configuration.notifications())
                .limits(configuration.limits())
                .authenticator(authenticator);
        if (tokens.isPresent()) {
            builder.timeToAuthenticate(configuration.auth().timeLimit());
        }
        configuration.sources().forEach(source -> builder.source(source.name(), source.source()));
        configuration.routes().forEach(builder::route);
        Configuration.Social social = configuration.social();
        social.rooms().forEach(builder::room);
        builder.roomLimits(social.limits()).presence(social.presence());
        if (social.chat() != null) {
            builder.chat(social.chat());
        }
        if (configuration.server().tracing()) {
            builder.deliveryListener(tracing());
        }
        transports.forEach(builder::transport);
        return builder.build();
    }

    @Provides
    @Singleton
    Operators operators(Changecast changecast) {
        Configuration.Dashboard dashboard = configuration.dashboard();
        return dashboard.enabled()
                ? new Operators(dashboard.roles(), dashboard.anonymous(), changecast::examine)
                : Operators.NONE;
    }

    @Provides
    @Singleton
    Optional<Dashboard> dashboard(
            Changecast changecast, Clock clock, Readiness readiness, Optional<RedisIngress> redis) {
        if (!configuration.dashboard().enabled()) {
            return Optional.empty();
        }
        Map<String, Supplier<? extends JsonNode>> beside =
                redis.isPresent() ? Map.of("redis_pubsub", () -> RedisStatus.of(redis.get())) : Map.of();
        Request ready = new Request("GET", "/readyz", Map.of(), new byte[0]);
        return Optional.of(new Dashboard(
                changecast,
                configuration.sources().stream().map(Configuration.Source::name).toList(),
                () -> readiness.answer(ready),
                beside,
                clock));
    }

    @Provides
    @Singleton
    Readiness readiness(Changecast changecast, Clock clock, Optional<RedisIngress> redis) {
        Map<String, Supplier<? extends JsonNode>> beside =
                redis.isPresent() ? Map.of("redis_pubsub", () -> RedisStatus.of(redis.get())) : Map.of();
        return new Readiness(
                changecast::sources,
                () -> changecast.statistics().sessions().dispatchSilence(),
                configuration.server().readyWithin(),
                clock,
                beside);
    }

    @Provides
    @Singleton
    Optional<MetricsEndpoint> metrics(Changecast changecast, Readiness readiness, Optional<RedisIngress> redis) {
        MetricsAccess access = configuration.server().metrics();
        return access == MetricsAccess.OFF
                ? Optional.empty()
                : Optional.of(new MetricsEndpoint(
                        () -> new Metrics(changecast::statistics, readiness::isReady, redis),
                        configuration.auth().apiKeys(),
                        access == MetricsAccess.EVERYONE));
    }

    @Provides
    @Singleton
    Drain drain(Changecast changecast) {
        return new Drain(changecast, configuration.server().drain().over());
    }

    @Provides
    @Singleton
    PublishEndpoint publish(Changecast changecast) {
        return new PublishEndpoint(
                configuration.auth().apiKeys(),
                configuration.limits().messageBytes(),
                configuration.portLimits().publishesPerSecond(),
                changecast::publish);
    }

    @Provides
    @Singleton
    Optional<RedisIngress> redis(Changecast changecast) {
        return Optional.ofNullable(configuration.redisPubSub())
                .map(redis -> RedisIngress.from(redis.server())
                        .prefix(redis.prefix())
                        .queueBytes(redis.queueBytes())
                        .messageBytes(PublishEndpoint.requestBytes(
                                configuration.limits().messageBytes()))
                        .to(new RedisMessages(changecast::publish)));
    }

    @Provides
    @Singleton
    HttpPort port(
            Changecast changecast,
            List<Transport> transports,
            Health health,
            Readiness readiness,
            Drain drain,
            Optional<MetricsEndpoint> metrics,
            PublishEndpoint publish,
            Operators operators,
            Optional<Dashboard> dashboard,
            TailTokens tailTokens) {
        ApiKeys keys = configuration.auth().apiKeys();
        HttpPort.Builder port = HttpPort.builder()
                .host(configuration.server().host())
                .port(configuration.server().port())
                .sharePort(configuration.server().sharesPort())
                .compression(configuration.server().compression())
                .trustedProxies(configuration.server().trustedProxies())
                .waitingConnections(
                        configuration.portLimits().waitingConnections(),
                        configuration.limits().connectionsPerAddress())
                .maxMessageBytes(changecast.gateway().maxMessageBytes())
                .gate(changecast.gateway()::admit)
                .handler("/healthz", new GrizzlyEndpoint(health))
                .handler("/readyz", new GrizzlyEndpoint(drain.before(readiness)))
                .servlet("/api/publish", new EndpointServlet(publish))
                .servlet("/api/revoke", new EndpointServlet(SessionEndpoints.revoke(keys, changecast)))
                .servlet(
                        "/api/disconnect",
                        new EndpointServlet(SessionEndpoints.disconnect(keys, operators, changecast)))
                .servlet("/api/sessions", new EndpointServlet(SessionEndpoints.sessions(keys, operators, changecast)))
                .servlet("/api/drain", new EndpointServlet(OperatorEndpoints.drain(keys, drain::begin)))
                .servlet("/api/log-level", new EndpointServlet(OperatorEndpoints.logLevel(keys)))
                .handler("/api/openapi.json", new GrizzlyEndpoint(PublishEndpoint.description()))
                .servlet("/api/presence", new EndpointServlet(PresenceEndpoints.presence(keys, operators, changecast)))
                .servlet("/api/rooms", new EndpointServlet(PresenceEndpoints.rooms(keys, operators, changecast)))
                .handler("/ws/stats", new GrizzlyEndpoint(new Stats(changecast)))
                .handler("/client.js", new GrizzlyEndpoint(StaticFiles.client()));
        dashboard.ifPresent(
                board -> operate(port, board, new DashboardEndpoints(keys, operators, changecast), tailTokens));
        metrics.ifPresent(endpoint -> port.handler("/metrics", new GrizzlyEndpoint(endpoint)));
        endpoints.forEach((path, endpoint) -> port.handler(path, new GrizzlyEndpoint(endpoint)));
        transports.stream()
                .flatMap(transport -> transport.components().stream())
                .forEach(part -> host(port, part));
        allowHosts(port);
        Tls tls = configuration.server().tls();
        if (tls != null && tls.keystore() != null) {
            port.tls(RenewableCertificate.ofPkcs12(tls.keystore(), tls.password()));
        } else if (tls != null) {
            port.tls(RenewableCertificate.ofPem(
                    Objects.requireNonNull(tls.certificate()), Objects.requireNonNull(tls.key())));
        }
        try {
            return port.build();
        } catch (IllegalArgumentException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION, "transports: " + e.getMessage() + "; choose another path", e);
        }
    }

    private void operate(HttpPort.Builder port, Dashboard dashboard, DashboardEndpoints endpoints, TailTokens tokens) {
        port.handler("/dashboard", new GrizzlyEndpoint(DashboardEndpoints.toPage()))
                .handler("/dashboard/*", new GrizzlyEndpoint(DashboardEndpoints.page()))
                .servlet("/api/statistics", new EndpointServlet(endpoints.statistics(dashboard)))
                .servlet("/api/session", new EndpointServlet(endpoints.session()))
                .servlet("/api/explain", new EndpointServlet(endpoints.explain()))
                .servlet(
                        "/api/tail",
                        new EndpointServlet(
                                endpoints.tail(tokens, configuration.auth().anonymous())));
    }

    /** A server for this machine alone is asked by loopback's names; another one by any, unless some are listed. */
    private void allowHosts(HttpPort.Builder port) {
        String host = configuration.server().host();
        InetSocketAddress address = new InetSocketAddress(host, 0);
        boolean loopback = !address.isUnresolved() && address.getAddress().isLoopbackAddress();
        Set<String> names = new HashSet<>(configuration.server().allowedHosts());
        if (loopback || !names.isEmpty()) {
            names.add(host.contains(":") ? "[" + host + "]" : host);
            port.allowedHosts(names);
        }
    }

    private static void host(HttpPort.Builder port, WebComponent part) {
        try {
            place(port, part);
        } catch (IllegalArgumentException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION, "transports: " + e.getMessage() + "; choose another path", e);
        }
    }

    private static void place(HttpPort.Builder port, WebComponent part) {
        if (part.component() instanceof ServerEndpointConfig endpoint) {
            port.endpoint(part.path(), endpoint);
        } else if (part.component() instanceof Servlet servlet) {
            port.servlet(part.path(), servlet);
        } else if (part.component() instanceof HttpHandler handler) {
            port.handler(part.path(), handler);
        } else {
            throw new IllegalStateException(
                    "the port cannot host a " + part.component().getClass().getName() + " at " + part.path());
        }
    }
}
