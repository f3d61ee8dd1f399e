package dev.changecast.source.redis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * One connection of our own to one Redis, for one thread. Every answer is waited for no longer than the time-out, one to a
 * blocking read so much longer than it may block: a connection that is silent for longer is dead.
 */
final class RedisConnection implements AutoCloseable {
    private final RedisServer server;
    private final HostAndPort address;
    private final Closing closing;
    private final int timeoutMillis;
    private final Connection connection;
    private @Nullable Socket plain;

    /** @throws JedisException when it cannot be reached, or does not let us in */
    RedisConnection(RedisServer server, HostAndPort address, Duration timeout, Closing closing) {
        this.server = server;
        this.address = address;
        this.closing = closing;
        timeoutMillis = (int) timeout.toMillis();
        try {
            connection = new Connection(
                    this::open,
                    DefaultJedisClientConfig.builder()
                            .socketTimeoutMillis(timeoutMillis)
                            .clientName("changecast")
                            .user(server.user())
                            .password(server.password())
                            .database(server.database())
                            .build());
        } catch (RuntimeException e) {
            forget();
            throw e;
        }
    }

    private Socket open() {
        Socket socket = new Socket();
        plain = socket;
        closing.add(socket);
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(address.getHost(), address.getPort()), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            return server.tls() ? encrypted(socket) : socket;
        } catch (IOException e) {
            forget();
            throw new JedisConnectionException("cannot connect to " + server.shown(address), e);
        }
    }

    private Socket encrypted(Socket socket) throws IOException {
        SSLSocketFactory given = server.sockets();
        SSLSocketFactory factory = given == null ? (SSLSocketFactory) SSLSocketFactory.getDefault() : given;
        SSLSocket encrypted = (SSLSocket) factory.createSocket(socket, address.getHost(), address.getPort(), true);
        // Without this any certificate that is trusted would do, for whatever host it was made.
        SSLParameters names = encrypted.getSSLParameters();
        names.setEndpointIdentificationAlgorithm("HTTPS");
        encrypted.setSSLParameters(names);
        encrypted.startHandshake();
        return encrypted;
    }

    private void forget() {
        Socket socket = plain;
        if (socket != null) {
            closing.remove(socket);
            try {
                socket.close();
            } catch (IOException e) {
                // It is gone all the same.
            }
        }
    }

    HostAndPort address() {
        return address;
    }

    /** Asks and waits for the answer: a list, bytes, a number, or null. */
    @Nullable
    Object call(Command command, Object... arguments) {
        connection.sendCommand(command, bytes(arguments));
        return connection.getOne();
    }

    /** The same for a command that Redis may keep for so long. */
    @Nullable
    Object callBlocking(Duration block, Command command, Object... arguments) {
        connection.setSoTimeout((int) block.toMillis() + timeoutMillis);
        try {
            return call(command, arguments);
        } finally {
            if (connection.isConnected()) {
                connection.setSoTimeout(timeoutMillis);
            }
        }
    }

    /** A command of several that are sent together. */
    record Call(Command command, Object... arguments) {}

    /**
     * Sends them all before the first answer is read.
     *
     * @return the answers; an error is an element, a {@link JedisDataException}
     */
    List<@Nullable Object> callAll(List<Call> calls) {
        calls.forEach(call -> connection.sendCommand(call.command, bytes(call.arguments)));
        List<@Nullable Object> answers = new ArrayList<>(calls.size());
        for (int i = 0; i < calls.size(); i++) {
            try {
                answers.add(connection.getOne());
            } catch (JedisDataException e) {
                answers.add(e);
            }
        }
        return answers;
    }

    /**
     * All of them with nothing of anybody else between them.
     *
     * @return the answers; an error of a command that was begun is an element, a {@link JedisDataException}
     */
    List<@Nullable Object> atomically(Call... calls) {
        List<Call> all = new ArrayList<>();
        all.add(new Call(Command.MULTI));
        all.addAll(List.of(calls));
        all.add(new Call(Command.EXEC));
        List<@Nullable Object> answers = callAll(all);
        for (Object answer : answers) {
            if (answer instanceof JedisDataException refused) {
                throw refused;
            }
        }
        List<@Nullable Object> results = new ArrayList<>();
        if (answers.get(answers.size() - 1) instanceof List<?> list) {
            results.addAll(list);
        }
        return results;
    }

    private static byte[][] bytes(Object... arguments) {
        byte[][] bytes = new byte[arguments.length][];
        for (int i = 0; i < arguments.length; i++) {
            bytes[i] = arguments[i] instanceof byte[] given
                    ? given
                    : arguments[i].toString().getBytes(StandardCharsets.UTF_8);
        }
        return bytes;
    }

    static String text(@Nullable Object answer) {
        return answer instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(answer);
    }

    /** How the address is told. */
    @Override
    public String toString() {
        return server.shown(address);
    }

    /** Ends it at once. Idempotent. */
    @Override
    public void close() {
        forget();
        try {
            connection.close();
        } catch (JedisException e) {
            // Closed all the same.
        }
    }
}
