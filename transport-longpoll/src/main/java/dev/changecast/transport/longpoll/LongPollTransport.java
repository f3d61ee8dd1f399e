package dev.changecast.transport.longpoll;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.Servlet;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings clients that poll to the engine. It listens nowhere by itself: a container hosts its {@link #servlet}, with
 * asynchronous support, which the bundled server does by itself.
 */
public final class LongPollTransport implements Transport {
    /** The transport's name, and its type in a configuration. */
    public static final String NAME = "longpoll";

    /** Where clients poll when nothing else is said. */
    public static final String DEFAULT_PATH = "/poll";

    /** After this time without a poll a session ends. */
    static final Duration IDLE = Duration.ofSeconds(60);

    /** How long the answers to a poll's commands wait for each other. */
    static final Duration GATHER = Duration.ofMillis(20);

    private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._~/-]*");

    private final String path;
    private final PollServlet servlet = new PollServlet(this);
    private final PollSessions sessions;
    private volatile @Nullable SessionGateway gateway;
    private volatile boolean open;

    /** At {@link #DEFAULT_PATH}. */
    public LongPollTransport() {
        this(DEFAULT_PATH);
    }

    /**
     * @param path where clients poll, from the root of the container's application
     * @throws ChangecastException when it is no plain path
     */
    public LongPollTransport(String path) {
        this(path, IDLE);
    }

    /**
     * @param path where clients poll, from the root of the container's application
     * @param idle after this time without a poll a session ends
     * @throws ChangecastException when it is no plain path
     */
    public LongPollTransport(String path, Duration idle) {
        if (!PLAIN_PATH.matcher(requireNonNull(path, "path is null")).matches()) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "the path of transport longpoll must start with / and hold only letters, digits and ._~-/, not: "
                            + path);
        }
        this.path = path;
        this.sessions = new PollSessions(idle, GATHER);
    }

    @Override
    public String name() {
        return NAME;
    }

    /** What a container has to host at the transport's path, with asynchronous support. */
    public Servlet servlet() {
        return servlet;
    }

    @Override
    public List<WebComponent> components() {
        return List.of(new WebComponent(path, servlet));
    }

    @Override
    public void start(SessionGateway gateway) {
        this.gateway = requireNonNull(gateway, "gateway is null");
        open = true;
    }

    @Nullable
    SessionGateway gateway() {
        return gateway;
    }

    /** Whether new sessions are taken; those that are there are served until they end. */
    boolean isOpen() {
        return open;
    }

    PollSessions sessions() {
        return sessions;
    }

    @Override
    public void close() {
        open = false;
        sessions.close();
    }
}
