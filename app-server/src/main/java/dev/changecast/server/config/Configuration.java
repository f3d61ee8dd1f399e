package dev.changecast.server.config;

import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.auth.jwt.JwtAuthenticator;
import dev.changecast.core.History;
import dev.changecast.core.Limits;
import dev.changecast.core.Notifications;
import dev.changecast.core.PresenceSettings;
import dev.changecast.core.Room;
import dev.changecast.core.RoomLimits;
import dev.changecast.core.Route;
import dev.changecast.core.Route.Readers;
import dev.changecast.http.grizzly.TrustedProxies;
import dev.changecast.ingress.redis.RedisServer;
import dev.changecast.server.log.LogSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything the server needs to know, checked.
 *
 * @param name the file it was read from, or what else to call it
 * @param transports the settings of each, by its type
 * @param sources in the order in which they are written
 * @param redisPubSub whence messages come besides the HTTP API; null for nowhere
 */
public record Configuration(
        String name,
        Server server,
        LogSettings log,
        Map<String, SettingValues> transports,
        Auth auth,
        Limits limits,
        PortLimits portLimits,
        History history,
        Notifications notifications,
        List<Source> sources,
        List<Route> routes,
        Social social,
        @Nullable RedisPubSub redisPubSub,
        Dashboard dashboard) {

    public Configuration {
        transports = Map.copyOf(transports);
        sources = List.copyOf(sources);
        routes = List.copyOf(routes);
    }

    /**
     * The port.
     *
     * @param port 0 for any that is free
     * @param readyWithin how old a source's last delivered sign of life may be before {@code /readyz} says no
     * @param compression whether WebSockets compress large messages for clients that take that
     * @param allowedHosts names besides loopback's by which it may be asked
     * @param trustedProxies who is believed whom a request comes from
     * @param sharesPort whether other processes may listen on the port, too
     * @param metrics who may read {@code /metrics}
     * @param tracing whether transactions make traces
     */
    public record Server(
            String host,
            int port,
            Duration readyWithin,
            boolean compression,
            @Nullable Tls tls,
            Set<String> allowedHosts,
            TrustedProxies trustedProxies,
            boolean sharesPort,
            Drain drain,
            MetricsAccess metrics,
            boolean tracing) {
        public Server {
            allowedHosts = Set.copyOf(allowedHosts);
        }

        /** Asked by loopback's names or any, with no proxy before it. */
        public Server(String host, int port, Duration readyWithin, boolean compression, @Nullable Tls tls) {
            this(
                    host,
                    port,
                    readyWithin,
                    compression,
                    tls,
                    Set.of(),
                    TrustedProxies.NONE,
                    false,
                    Drain.AT_ONCE,
                    MetricsAccess.KEY,
                    false);
        }
    }

    /** Who may read metrics. */
    public enum MetricsAccess {
        /** Who has an API key. */
        KEY,
        EVERYONE,
        /** Nobody: there are none. */
        OFF
    }

    /**
     * How a server ends.
     *
     * @param delay how long it goes on while it says already that it is not ready
     * @param over from when the first client is told until when the last is
     */
    public record Drain(Duration delay, Duration over) {
        public static final Drain AT_ONCE = new Drain(Duration.ZERO, Duration.ofSeconds(1));
    }

    /**
     * What the port takes on, besides what the engine does.
     *
     * @param waitingConnections how many connections may be open whose request has not arrived
     * @param publishesPerSecond how many messages one API key may publish
     */
    public record PortLimits(int waitingConnections, int publishesPerSecond) {}

    /**
     * What people may do with each other.
     *
     * @param chat which users may write to others; null for none
     */
    public record Social(
            List<Room> rooms,
            RoomLimits limits,
            PresenceSettings presence,
            @Nullable Readers chat) {
        public Social {
            rooms = List.copyOf(rooms);
        }
    }

    /**
     * The page for operators. Who has an API key may use it always.
     *
     * @param roles which roles of tokens may use it too, and what rows are shown to who has a key
     * @param anonymous whether everybody may look
     */
    public record Dashboard(boolean enabled, Set<String> roles, boolean anonymous) {
        public Dashboard {
            roles = Set.copyOf(roles);
        }
    }

    /**
     * Who may connect, and use the HTTP API.
     *
     * @param anonymous whether who shows no token may connect, without a user
     * @param jwt which tokens are good; null when none are taken
     * @param apiKeys who may use the HTTP API
     * @param timeLimit how long a client may take to send a token as a message
     */
    public record Auth(boolean anonymous, @Nullable Jwt jwt, ApiKeys apiKeys, Duration timeLimit) {}

    /** Which tokens are good: the settings of a {@link JwtAuthenticator}, of which one kind of key is there. */
    public record Jwt(
            @Nullable String secret,
            @Nullable Path publicKey,
            @Nullable URI keySet,
            Duration keySetCache,
            @Nullable String issuer,
            @Nullable String audience,
            Duration leeway,
            String userClaim,
            String rolesClaim) {
        private static final Duration PAUSE = Duration.ofSeconds(30);

        /** @throws IllegalArgumentException with what is wrong, without the secret */
        public JwtAuthenticator authenticator() {
            JwtAuthenticator.Builder builder = JwtAuthenticator.builder()
                    .keySetTimes(keySetCache, keySetCache.compareTo(PAUSE) < 0 ? keySetCache : PAUSE)
                    .leeway(leeway)
                    .userClaim(userClaim)
                    .rolesClaim(rolesClaim);
            if (secret != null) {
                builder.secret(secret);
            }
            if (publicKey != null) {
                builder.publicKey(publicKey);
            }
            if (keySet != null) {
                builder.keySet(keySet);
            }
            if (issuer != null) {
                builder.issuer(issuer);
            }
            if (audience != null) {
                builder.audience(audience);
            }
            return builder.build();
        }

        /** Without the secret. */
        @Override
        public String toString() {
            return "tokens by " + (secret != null ? "a secret" : publicKey != null ? publicKey : keySet);
        }
    }

    /**
     * Encryption: a certificate chain and its key in PEM files, or both in one keystore.
     *
     * @param password of the keystore; empty where it needs none
     */
    public record Tls(
            @Nullable Path certificate,
            @Nullable Path key,
            @Nullable Path keystore,
            String password) {
        /** Without the password. */
        @Override
        public String toString() {
            return keystore != null ? "keystore " + keystore : "certificate " + certificate + ", key " + key;
        }
    }

    /**
     * The Redis whose channels messages are taken from.
     *
     * @param prefix how the channels' names begin
     * @param queueBytes how much may wait for the log
     */
    public record RedisPubSub(RedisServer server, String prefix, long queueBytes) {}

    /** A source, made but not started. */
    public record Source(String name, String type, ChangeSource source) {
        /** Without the source, which knows a password. */
        @Override
        public String toString() {
            return name + " (" + type + ")";
        }
    }
}
