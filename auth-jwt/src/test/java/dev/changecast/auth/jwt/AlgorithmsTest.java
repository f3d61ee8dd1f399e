package dev.changecast.auth.jwt;

import static dev.changecast.auth.jwt.Tokens.accepted;
import static dev.changecast.auth.jwt.Tokens.claimsOfAda;
import static dev.changecast.auth.jwt.Tokens.encoded;
import static dev.changecast.auth.jwt.Tokens.ofAda;
import static dev.changecast.auth.jwt.Tokens.refused;
import static dev.changecast.auth.jwt.Tokens.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.List;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a token may be signed with follows from the key, never from the token. */
class AlgorithmsTest {
    @TempDir
    Path directory;

    private static JwtAuthenticator bySecret(String secret) {
        return JwtAuthenticator.builder().secret(secret).build();
    }

    private JwtAuthenticator byKey(KeyPair... pairs) {
        return JwtAuthenticator.builder()
                .publicKey(Keys.publicFile(directory, pairs))
                .build();
    }

    private static HmacKey hmac(String secret) {
        return new HmacKey(secret.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void aLongSecretVerifiesTheThreeHashes(String algorithm) {
        String token = signed(algorithm, hmac(Keys.SECRET), claimsOfAda());
        assertThat(accepted(bySecret(Keys.SECRET), token).identity().user()).isEqualTo("ada");
    }

    @Test
    void aSecretIsForHashesThatAreNotLongerThanItself() {
        String secret = Keys.SECRET.substring(0, 32);
        accepted(bySecret(secret), signed("HS256", hmac(secret), claimsOfAda()));
        assertThat(refused(bySecret(secret), signed("HS384", hmac(secret), claimsOfAda())))
                .isEqualTo("the token is signed in a way that this server does not take; it takes HS256");
    }

    @Test
    void aShortSecretIsRefusedWithoutShowingIt() {
        String secret = Keys.SECRET.substring(0, 31);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bySecret(secret))
                .withMessageContaining("31 bytes")
                .withMessageNotContaining(secret);
    }

    @Test
    void publicKeysVerifyWhatTheirPrivateOnesSigned() {
        for (KeyPair pair : List.of(Keys.rsa(), Keys.ec("secp256r1"), Keys.ed25519())) {
            String token = ofAda(TokenSigner.privateKey(pair.getPrivate())).sign();
            assertThat(accepted(byKey(pair), token).identity().user()).isEqualTo("ada");
        }
    }

    @Test
    void privateKeysOfAllKindsAreReadFromFiles() {
        for (KeyPair pair : List.of(Keys.rsa(), Keys.ec("secp256r1"), Keys.ed25519())) {
            Path file = Keys.write(directory.resolve("private.pem"), Keys.pem("PRIVATE KEY", pair.getPrivate()));
            accepted(byKey(pair), ofAda(TokenSigner.privateKey(file)).sign());
        }
    }

    @Test
    void severalPublicKeysStandSideBySideWhileOneReplacesTheOther() {
        KeyPair old = Keys.rsa();
        KeyPair now = Keys.rsa();
        JwtAuthenticator authenticator = byKey(old, now, Keys.ed25519());
        accepted(authenticator, ofAda(TokenSigner.privateKey(old.getPrivate())).sign());
        accepted(authenticator, ofAda(TokenSigner.privateKey(now.getPrivate())).sign());
        assertThat(refused(
                        authenticator,
                        ofAda(TokenSigner.privateKey(Keys.rsa().getPrivate())).sign()))
                .isEqualTo("the token's signature is wrong");
    }

    @Test
    void aTokenWithoutSignatureIsRefusedWhateverTheKey() {
        for (JwtAuthenticator authenticator : List.of(bySecret(Keys.SECRET), byKey(Keys.rsa()))) {
            for (String none : List.of("none", "None", "NONE", "")) {
                String header = encoded("{\"alg\":\"" + none + "\"}");
                assertThat(refused(authenticator, header + "." + encoded(claimsOfAda()) + "."))
                        .contains("does not take");
            }
            assertThat(refused(authenticator, encoded("{}") + "." + encoded(claimsOfAda()) + "."))
                    .contains("alg");
            assertThat(refused(authenticator, signed("none", null, claimsOfAda())))
                    .contains("does not take");
        }
    }

    @Test
    void aPublicKeyIsNoSecret() {
        KeyPair pair = Keys.rsa();
        JwtAuthenticator authenticator = byKey(pair);
        byte[] encoded = pair.getPublic().getEncoded();
        String pem = Keys.pem("PUBLIC KEY", pair.getPublic());
        for (HmacKey confused :
                List.of(new HmacKey(encoded), hmac(pem), hmac(pem.strip()), hmac(pem.replace("\n", "")))) {
            for (String algorithm : List.of("HS256", "HS384", "HS512")) {
                assertThat(refused(authenticator, signed(algorithm, confused, claimsOfAda())))
                        .isEqualTo("the token is signed in a way that this server does not take; it takes RS256");
            }
        }
    }

    @Test
    void aTokenCannotBringItsOwnKey() {
        KeyPair own = Keys.rsa();
        String header =
                encoded("{\"alg\":\"RS256\",\"jku\":\"https://evil.example/jwks\",\"x5u\":\"https://evil.example\","
                        + "\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}");
        String signature = signed("RS256", own.getPrivate(), claimsOfAda()).split("\\.")[2];
        refused(byKey(Keys.rsa()), header + "." + encoded(claimsOfAda()) + "." + signature);
    }

    @Test
    void aChangedTokenIsRefused() {
        JwtAuthenticator authenticator = bySecret(Keys.SECRET);
        String[] parts = ofAda(TokenSigner.secret(Keys.SECRET)).sign().split("\\.");
        String admin = encoded(claimsOfAda().replace("ada", "root"));
        assertThat(refused(authenticator, parts[0] + "." + admin + "." + parts[2]))
                .isEqualTo("the token's signature is wrong");
        assertThat(refused(authenticator, parts[0] + "." + parts[1] + ".")).isEqualTo("the token's signature is wrong");
        assertThat(refused(authenticator, parts[0] + "." + parts[1])).contains("three parts");
    }

    @Test
    void weakAndForeignKeysAreRefusedWhenTheyAreGiven() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> byKey(Keys.rsa(1024)))
                .withMessageContaining("1024 bits");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> byKey(Keys.ec("secp384r1")))
                .withMessageContaining("P-256");
        Path file = directory.resolve("other.pem");
        Keys.write(file, "not a key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JwtAuthenticator.builder().publicKey(file).build())
                .withMessageContaining("openssl pkey -pubout");
        Keys.write(file, Keys.pem("PRIVATE KEY", Keys.ed25519().getPrivate()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JwtAuthenticator.builder().publicKey(file).build())
                .withMessageContaining("holds a PRIVATE KEY");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JwtAuthenticator.builder()
                        .publicKey(directory.resolve("missing.pem"))
                        .build())
                .withMessageContaining("does not exist");
    }

    @Test
    void exactlyOneKindOfKeyIsGiven() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JwtAuthenticator.builder().build())
                .withMessageContaining("there are 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JwtAuthenticator.builder()
                        .secret(Keys.SECRET)
                        .publicKey(directory)
                        .build())
                .withMessageContaining("there are 2");
    }

    @Test
    void nothingShowsTheSecret() {
        assertThat(bySecret(Keys.SECRET)).hasToString("tokens signed with a secret");
    }
}
