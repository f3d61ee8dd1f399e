package dev.changecast.ingress.redis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Where a Redis is, and how to log in there. Immutable; shows no password. */
public final class RedisServer {
    private static final String FORM = "write redis://host:6379, or rediss://host:6379 with TLS";
    private static final int DEFAULT_PORT = 6379;
    private static final int TIMEOUT_MILLIS = 5000;

    private final String host;
    private final int port;
    private final boolean tls;
    private final @Nullable String user;
    private final @Nullable String password;
    private final @Nullable SSLSocketFactory sockets;

    private RedisServer(
            String host,
            int port,
            boolean tls,
            @Nullable String user,
            @Nullable String password,
            @Nullable SSLSocketFactory sockets) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.user = user;
        this.password = password;
        this.sockets = sockets;
    }

    /**
     * The server of an address like {@code redis://user:password@host:6379}. The number of a database may follow, and
     * makes no difference: Pub/Sub is the same in all of them.
     *
     * @throws IllegalArgumentException when it is none, without the address, which may hold a password
     */
    public static RedisServer of(String url) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("this is no address: " + FORM);
        }
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            throw new IllegalArgumentException("this is no address of a Redis: " + FORM);
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("this address names no host: " + FORM);
        }
        if (uri.getQuery() != null
                || uri.getFragment() != null
                || !String.valueOf(uri.getPath()).matches("/?\\d*")) {
            throw new IllegalArgumentException("this address holds more than a host, a port and a login: " + FORM);
        }
        String login = uri.getUserInfo();
        int colon = login == null ? -1 : login.indexOf(':');
        return new RedisServer(
                uri.getHost().replaceAll("[\\[\\]]", ""),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                uri.getScheme().equals("rediss"),
                login == null ? null : orNull(colon < 0 ? login : login.substring(0, colon)),
                login == null || colon < 0 ? null : orNull(login.substring(colon + 1)),
                null);
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** Whether the address itself held a user or a password. */
    public boolean hasLogin() {
        return user != null || password != null;
    }

    /**
     * With this login instead of that of the address.
     *
     * @param user null for Redis' default user
     * @param password null where none is needed
     */
    public RedisServer login(@Nullable String user, @Nullable String password) {
        return new RedisServer(host, port, tls, user, password, sockets);
    }

    /** With this TLS instead of the JVM's; its certificate has to name the host in any case. */
    public RedisServer tls(SSLSocketFactory sockets) {
        return new RedisServer(host, port, true, user, password, sockets);
    }

    /** Why it cannot be used, found out by asking it; empty when it can. Blocks for some seconds at most. */
    public Optional<String> check() {
        try (Jedis jedis = connect()) {
            jedis.ping();
            return Optional.empty();
        } catch (JedisException e) {
            return Optional.of("cannot use Redis at " + this + ": " + reason(e));
        }
    }

    /** @throws JedisException when it cannot be reached, or does not let us in */
    Jedis connect() {
        return new Jedis(
                this::open,
                DefaultJedisClientConfig.builder()
                        .socketTimeoutMillis(TIMEOUT_MILLIS)
                        .clientName("changecast")
                        .user(user)
                        .password(password)
                        .build());
    }

    private Socket open() {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(host, port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return tls ? encrypted(socket) : socket;
        } catch (IOException e) {
            try {
                socket.close();
            } catch (IOException closing) {
                e.addSuppressed(closing);
            }
            throw new JedisConnectionException("cannot connect to " + this, e);
        }
    }

    private Socket encrypted(Socket plain) throws IOException {
        SSLSocketFactory factory = sockets == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : sockets;
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
        // Without this any certificate that is trusted would do, for whatever host it was made.
        SSLParameters names = socket.getSSLParameters();
        names.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(names);
        socket.startHandshake();
        return socket;
    }

    /** What lies behind an exception of jedis, which says little itself. */
    static String reason(Throwable failure) {
        Throwable told = failure;
        while (told.getCause() != null && told.getCause() != told) {
            told = told.getCause();
        }
        return told.getMessage() == null ? told.getClass().getSimpleName() : told.getMessage();
    }

    /** Without the login. */
    @Override
    public String toString() {
        return (tls ? "rediss://" : "redis://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
