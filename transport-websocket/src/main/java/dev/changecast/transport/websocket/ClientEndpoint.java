package dev.changecast.transport.websocket;

import dev.changecast.api.transport.SessionGateway;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives for one connection. Public because containers demand it; made by the transport's configurator alone.
 */
public final class ClientEndpoint extends Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(ClientEndpoint.class);

    private final WebSocketTransport transport;
    private volatile @Nullable WebSocketConnection connection;

    ClientEndpoint(WebSocketTransport transport) {
        this.transport = transport;
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        SessionGateway gateway = transport.gateway();
        if (gateway == null) {
            refuse(session);
            return;
        }
        int maxMessageBytes = gateway.maxMessageBytes();
        session.setMaxTextMessageBufferSize(maxMessageBytes);
        session.setMaxBinaryMessageBufferSize(maxMessageBytes);
        WebSocketConnection opened = new WebSocketConnection(session, transport.closer());
        connection = opened;
        // Before the gateway hears of the connection: from then on nothing that arrives may be lost.
        session.addMessageHandler(String.class, new MessageHandler.Whole<>() {
            @Override
            public void onMessage(String text) {
                if (utf8Length(text) > maxMessageBytes) {
                    opened.close(
                            CloseReason.CloseCodes.TOO_BIG.getCode(),
                            "a message may have " + maxMessageBytes + " bytes, this one has " + utf8Length(text));
                } else {
                    opened.events().message(text);
                }
            }
        });
        session.addMessageHandler(ByteBuffer.class, new MessageHandler.Partial<>() {
            @Override
            public void onMessage(ByteBuffer part, boolean last) {
                if (last) {
                    opened.events().badMessage("a binary message; messages are JSON objects as text");
                }
            }
        });
        session.addMessageHandler(PongMessage.class, new MessageHandler.Whole<>() {
            @Override
            public void onMessage(PongMessage pong) {
                opened.pong(pong.getApplicationData());
            }
        });
        String path = ((ServerEndpointConfig) config).getPath();
        opened.events().start(gateway.open(HandshakeCapture.of(session, path), opened));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        // Without the reason, which the client may have written.
        LOG.debug(
                "connection {} closed with {}",
                session.getId(),
                reason.getCloseCode().getCode());
        WebSocketConnection opened = connection;
        if (opened != null) {
            opened.gone();
        }
    }

    /** The container closes what cannot go on by itself; the rest is told to the log. */
    @Override
    public void onError(Session session, Throwable failure) {
        LOG.debug("connection {} failed", session.getId(), failure);
        WebSocketConnection opened = connection;
        if (opened != null && !session.isOpen()) {
            opened.gone();
        } else if (opened != null) {
            opened.close(CloseReason.CloseCodes.UNEXPECTED_CONDITION.getCode(), "the server failed");
        }
    }

    private static void refuse(Session session) {
        try {
            session.close(new CloseReason(CloseReason.CloseCodes.TRY_AGAIN_LATER, "not taking connections"));
        } catch (IOException e) {
            LOG.debug("connection {} could not be closed", session.getId(), e);
        }
    }

    /** How many bytes a text has in UTF-8, without making them. */
    static int utf8Length(String text) {
        int bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // A pair of surrogates is 4 bytes: 2 characters counted above, and 1 more for each.
                bytes += c >= 0x800 && !Character.isSurrogate(c) ? 2 : 1;
            }
        }
        return bytes;
    }
}
