package dev.changecast.server.dashboard;

import dev.changecast.api.transport.Handshake;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Identity;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Lets operators listen to changes as clients do: with a token that is made for them, since an API key is nobody's identity.
 * It opens a session within half a minute, and that session ends after an hour. All other tokens are for the server's own
 * authenticator. Thread-safe.
 */
public final class TailTokens implements Authenticator {
    private static final String PREFIX = "changecast-tail-";
    private static final Duration TO_OPEN = Duration.ofSeconds(30);
    private static final Duration SESSION = Duration.ofHours(1);

    /** Over this the oldest is forgotten. */
    private static final int MOST = 1000;

    private final Authenticator others;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, Given> given = new LinkedHashMap<>();

    private record Given(Identity identity, Instant at) {}

    /** @param others who else knows clients */
    public TailTokens(Authenticator others) {
        this(others, InstantSource.system());
    }

    TailTokens(Authenticator others, InstantSource clock) {
        this.others = others;
        this.clock = clock;
    }

    /** A token for somebody; whoever has it sees what this identity may see. */
    synchronized String give(Identity identity) {
        byte[] bytes = new byte[24];
        random.nextBytes(bytes);
        String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Instant now = clock.instant();
        given.values().removeIf(old -> isOver(old, now));
        if (given.size() >= MOST) {
            Iterator<Given> oldest = given.values().iterator();
            oldest.next();
            oldest.remove();
        }
        given.put(token, new Given(identity, now));
        return token;
    }

    private static boolean isOver(Given token, Instant now) {
        return now.isAfter(token.at.plus(TO_OPEN));
    }

    @Override
    public Optional<Identity> authenticate(Handshake handshake) {
        return others.authenticate(handshake);
    }

    @Override
    public Authentication examine(Handshake handshake) {
        Optional<String> own = Authenticator.tokenOf(handshake).filter(token -> token.startsWith(PREFIX));
        return own.isPresent() ? find(own.get()) : others.examine(handshake);
    }

    @Override
    public Authentication examine(String token) {
        return token.startsWith(PREFIX) ? find(token) : others.examine(token);
    }

    private synchronized Authentication find(String token) {
        Given found = given.get(token);
        Instant now = clock.instant();
        return found == null || isOver(found, now)
                ? Authentication.refused("this token of the dashboard is over; ask for another one")
                : Authentication.accepted(
                        found.identity, new Authentication.Token(null, found.at, found.at.plus(SESSION)));
    }
}
