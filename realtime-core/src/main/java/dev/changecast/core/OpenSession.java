package dev.changecast.core;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session that is open, for operators.
 *
 * @param session its name, as its client knows it from {@code welcome}
 * @param user null for an anonymous one, and for one whose client has not said yet who it is
 * @param identified whether it is known who it is, so that it has been welcomed
 * @param transport the name of the transport
 * @param address the client's
 * @param openedAt since when
 * @param expiresAt when its token expires; null when nothing does
 */
public record OpenSession(
        String session,
        @Nullable String user,
        Set<String> roles,
        boolean identified,
        String transport,
        String address,
        Instant openedAt,
        @Nullable Instant expiresAt) {}
