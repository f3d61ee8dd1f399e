package dev.changecast.http.grizzly;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Gives what the newest key manager gives. A handshake asks first for an alias, and then for key and certificates under
 * it: so aliases tell which manager they are from, and the last one is kept for handshakes that have just begun.
 */
final class CurrentKeyManager extends X509ExtendedKeyManager {
    private record Generation(
            int number,
            X509ExtendedKeyManager manager,
            @Nullable X509ExtendedKeyManager former) {

        @Nullable
        String alias(@Nullable String alias) {
            return alias == null ? null : number + ":" + alias;
        }

        X509ExtendedKeyManager of(String alias) {
            return former != null && !alias.startsWith(number + ":") ? former : manager;
        }
    }

    private volatile Generation newest;

    CurrentKeyManager(X509ExtendedKeyManager first) {
        newest = new Generation(1, first, null);
    }

    /** Called by one thread at a time. */
    void replace(X509ExtendedKeyManager next) {
        newest = new Generation(newest.number + 1, next, newest.manager);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        Generation generation = newest;
        return generation.alias(generation.manager.chooseEngineServerAlias(keyType, issuers, engine));
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        Generation generation = newest;
        return generation.alias(generation.manager.chooseServerAlias(keyType, issuers, socket));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return newest.of(alias).getCertificateChain(bare(alias));
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return newest.of(alias).getPrivateKey(bare(alias));
    }

    private static String bare(String alias) {
        return alias.substring(alias.indexOf(':') + 1);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }
}
