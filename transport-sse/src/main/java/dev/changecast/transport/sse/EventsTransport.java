package dev.changecast.transport.sse;

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
 * Brings clients that listen by {@code EventSource} to the engine. It listens nowhere by itself: a container hosts its
 * {@link #servlet}, with asynchronous support, which the bundled server does by itself.
 */
public final class EventsTransport implements Transport {
    /** The transport's name, and its type in a configuration. */
    public static final String NAME = "sse";

    /** Where clients listen when nothing else is said. */
    public static final String DEFAULT_PATH = "/events";

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(4);
    private static final Pattern PLAIN_PATH = Pattern.compile("/[A-Za-z0-9._~/-]*");

    private final String path;
    private final EventsServlet servlet = new EventsServlet(this);
    private final Closer closer = new Closer(CLOSE_TIMEOUT);
    private volatile @Nullable SessionGateway gateway;
    private volatile boolean open;

    /** At {@link #DEFAULT_PATH}. */
    public EventsTransport() {
        this(DEFAULT_PATH);
    }

    /**
     * @param path where clients listen, from the root of the container's application
     * @throws ChangecastException when it is no plain path
     */
    public EventsTransport(String path) {
        if (!PLAIN_PATH.matcher(requireNonNull(path, "path is null")).matches()) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "the path of transport sse must start with / and hold only letters, digits and ._~-/, not: "
                            + path);
        }
        this.path = path;
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

    /** Where connections go; null before {@link #start}. */
    @Nullable
    SessionGateway gateway() {
        return gateway;
    }

    /** Whether new sessions are taken. */
    boolean isOpen() {
        return open;
    }

    Closer closer() {
        return closer;
    }

    @Override
    public void close() {
        open = false;
    }
}
