package dev.changecast.transport.websocket;

import jakarta.websocket.CloseReason;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** As much of a container's session as the transport uses; sends end when a test says so. */
final class FakeSession {
    final Map<String, Object> properties = new HashMap<>();
    final List<String> sent = Collections.synchronizedList(new ArrayList<>());
    final List<CloseReason> closed = Collections.synchronizedList(new ArrayList<>());
    final Deque<SendHandler> sending = new ArrayDeque<>();
    boolean endsAtOnce;

    private final RemoteEndpoint.Async remote = fake(RemoteEndpoint.Async.class, this::callOfRemote);
    private final Session session = fake(Session.class, this::callOfSession);

    Session session() {
        return session;
    }

    void end(boolean delivered) {
        sending.remove().onResult(delivered ? new SendResult(session) : new SendResult(session, new Exception("lost")));
    }

    private @Nullable Object callOfSession(Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "getId" -> "1";
            case "getUserProperties" -> properties;
            case "getAsyncRemote" -> remote;
            case "isOpen" -> closed.isEmpty();
            case "close" -> closed.add((CloseReason) arguments[0]) ? null : null;
            default -> throw new UnsupportedOperationException(method.toString());
        };
    }

    private @Nullable Object callOfRemote(Method method, Object[] arguments) {
        if (!method.getName().equals("sendText")) {
            throw new UnsupportedOperationException(method.toString());
        }
        sent.add((String) arguments[0]);
        SendHandler handler = (SendHandler) arguments[1];
        if (endsAtOnce) {
            handler.onResult(new SendResult(session));
        } else {
            sending.add(handler);
        }
        return null;
    }

    private static <T> T fake(Class<T> type, Calls calls) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, arguments) -> calls.call(method, arguments)));
    }

    private interface Calls {
        @Nullable
        Object call(Method method, Object[] arguments);
    }
}
