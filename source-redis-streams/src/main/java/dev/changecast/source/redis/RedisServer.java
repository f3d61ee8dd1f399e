package dev.changecast.source.redis;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * Where a Redis is, and how to log in there. Shows no password.
 *
 * @param addresses to be tried one after the other until one is the primary, or a node of the cluster
 * @param sockets what to trust; null for what the JVM does
 */
record RedisServer(
        List<HostAndPort> addresses,
        boolean tls,
        @Nullable String user,
        @Nullable String password,
        int database,
        @Nullable SSLSocketFactory sockets) {
    private static final String FORM = "write redis://host:6379, or rediss://host:6379 with TLS";
    private static final int DEFAULT_PORT = 6379;

    RedisServer {
        addresses = List.copyOf(addresses);
    }

    /** @throws IllegalArgumentException when it is none, without the address, which may hold a password */
    static RedisServer of(String url) {
        URI uri;
        try {
            uri = new URI(url.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("url is no address: " + FORM);
        }
        if (!"redis".equals(uri.getScheme()) && !"rediss".equals(uri.getScheme())) {
            throw new IllegalArgumentException("url is no address of a Redis: " + FORM);
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("url names no host: " + FORM);
        }
        String path = String.valueOf(uri.getPath());
        if (uri.getQuery() != null || uri.getFragment() != null || !path.matches("/?\\d{0,4}")) {
            throw new IllegalArgumentException(
                    "url holds more than a host, a port, a login and the number of a database: " + FORM);
        }
        String login = uri.getUserInfo();
        int colon = login == null ? -1 : login.indexOf(':');
        String database = path.replace("/", "");
        return new RedisServer(
                List.of(new HostAndPort(
                        uri.getHost().replaceAll("[\\[\\]]", ""), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort())),
                uri.getScheme().equals("rediss"),
                login == null ? null : orNull(colon < 0 ? login : login.substring(0, colon)),
                login == null || colon < 0 ? null : orNull(login.substring(colon + 1)),
                database.isEmpty() ? 0 : Integer.parseInt(database),
                null);
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    boolean hasLogin() {
        return user != null || password != null;
    }

    RedisServer login(@Nullable String name, @Nullable String secret) {
        return new RedisServer(addresses, tls, name, secret, database, sockets);
    }

    RedisServer tls(SSLSocketFactory trusting) {
        return new RedisServer(addresses, true, user, password, database, trusting);
    }

    /**
     * With these addresses after its own.
     *
     * @param more {@code host} or {@code host:port}
     * @throws IllegalArgumentException when one is neither
     */
    RedisServer and(List<String> more) {
        List<HostAndPort> all = new ArrayList<>(addresses);
        for (String address : more) {
            try {
                URI uri = new URI("redis://" + address.strip());
                if (uri.getHost() == null
                        || uri.getUserInfo() != null
                        || !uri.getPath().isEmpty()) {
                    throw new URISyntaxException(address, "no host");
                }
                all.add(new HostAndPort(
                        uri.getHost().replaceAll("[\\[\\]]", ""), uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort()));
            } catch (URISyntaxException e) {
                throw new IllegalArgumentException("nodes lists host:port, such as [redis-2:6379]");
            }
        }
        return new RedisServer(all, tls, user, password, database, sockets);
    }

    /** How an address is told. */
    String shown(HostAndPort address) {
        String host = address.getHost();
        return (tls ? "rediss://" : "redis://") + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + address.getPort();
    }

    /** Without the login. */
    @Override
    public String toString() {
        return String.join(", ", addresses.stream().map(this::shown).toList());
    }
}
