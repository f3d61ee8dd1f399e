package dev.changecast.examples;

import dev.changecast.core.Authenticator;
import dev.changecast.core.ChangeListener;
import dev.changecast.core.Changecast;
import dev.changecast.core.History;
import dev.changecast.core.Route;
import dev.changecast.source.postgres.PostgresSource;
import dev.changecast.transport.websocket.WebSocketTransport;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Changecast inside a service that has a web container and a database of its own. */
public final class Embedding {
    private Embedding() {}

    /**
     * Starts it.
     *
     * @param container where browsers connect, at {@code /ws}
     * @param audit hears of every order in this process
     * @return close it to stop
     */
    public static Changecast start(
            String url,
            String user,
            @Nullable String password,
            Path directory,
            ServerContainer container,
            ChangeListener audit)
            throws DeploymentException {
        // quote embedding
        WebSocketTransport webSocket = new WebSocketTransport("/ws");
        Changecast changecast = Changecast.builder()
                .source(
                        "shop",
                        PostgresSource.builder()
                                .replication(url, user, password)
                                .build())
                .route(Route.from("shop/public.orders").readEveryone().hide("card_number"))
                .authenticator(Authenticator.anonymous())
                .history(History.in(directory))
                .transport(webSocket)
                .build();
        changecast.start();
        changecast.onChange("orders", audit);
        container.addEndpoint(webSocket.endpointConfig());
        // end
        return changecast;
    }
}
