package dev.changecast.source.redis;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;

/** Finds the Redis that is responsible for the streams: the first primary of the addresses, or a node of the cluster. */
final class RedisConnector {
    /** A slot is where a node says, or where that one says; further than that nobody knows. */
    private static final int MOST_HOPS = 5;

    private final RedisServer server;
    private final List<String> streams;
    private final Duration timeout;

    RedisConnector(RedisServer server, List<String> streams, Duration timeout) {
        this.server = server;
        this.streams = streams;
        this.timeout = timeout;
    }

    /**
     * Connects; closing {@code closing} ends the connection, and this.
     *
     * @throws ChangecastException when none of the addresses can be used, with the reason of each
     */
    RedisConnection connect(Closing closing) {
        List<String> reasons = new ArrayList<>();
        ChangecastException first = null;
        for (HostAndPort address : server.addresses()) {
            try {
                return follow(address, closing);
            } catch (JedisException | ChangecastException e) {
                ChangecastException told = RedisFailure.of(e, server.shown(address));
                first = first == null ? told : first;
                reasons.add(told.getMessage());
            }
            if (closing.isClosed()) {
                break;
            }
        }
        if (first != null && reasons.size() == 1) {
            throw first;
        }
        throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, String.join("; ", reasons));
    }

    private RedisConnection follow(HostAndPort begin, Closing closing) {
        HostAndPort address = begin;
        for (int hop = 0; hop < MOST_HOPS; hop++) {
            RedisConnection connection = new RedisConnection(server, address, timeout, closing);
            HostAndPort next;
            try {
                next = responsible(connection);
                if (next == null) {
                    return connection;
                }
            } catch (RuntimeException e) {
                connection.close();
                throw e;
            }
            connection.close();
            // A node may leave out its host, meaning the one it was asked by.
            address = next.getHost().isEmpty() ? new HostAndPort(address.getHost(), next.getPort()) : next;
        }
        throw new ChangecastException(
                ErrorCode.SOURCE_UNAVAILABLE,
                "the nodes of the cluster at " + server.shown(begin) + " do not agree on where stream " + streams.get(0)
                        + " is");
    }

    /** Null when it is this one; throws when it is none. */
    private @Nullable HostAndPort responsible(RedisConnection connection) {
        List<Object> arguments = new ArrayList<>(List.of("COUNT", 1, "STREAMS"));
        arguments.addAll(streams);
        streams.forEach(stream -> arguments.add("$"));
        try {
            connection.call(Command.XREAD, arguments.toArray());
        } catch (JedisMovedDataException moved) {
            return moved.getTargetNode();
        } catch (JedisDataException e) {
            // Which of them is no stream is told later, by its name.
            if (!String.valueOf(e.getMessage()).startsWith("WRONGTYPE")) {
                throw e;
            }
        }
        Object role = connection.call(Command.ROLE);
        if (role instanceof List<?> list && !RedisConnection.text(list.get(0)).equals("master")) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_NOT_READY,
                    "the Redis at " + connection + " is a replica: give url and nodes the address of the primary, or of"
                            + " every one that may become it");
        }
        return null;
    }
}
