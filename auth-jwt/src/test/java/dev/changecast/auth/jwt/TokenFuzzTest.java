package dev.changecast.auth.jwt;

import static dev.changecast.auth.jwt.Tokens.encoded;
import static dev.changecast.auth.jwt.Tokens.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Whatever comes as a token is refused with a reason, and nothing else happens. */
class TokenFuzzTest {
    private static final JwtAuthenticator BY_SECRET =
            JwtAuthenticator.builder().secret(Keys.SECRET).build();

    @Test
    void textThatIsNoTokenIsRefused() {
        for (String text : List.of(
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "null",
                "\u0000.\u0000.\u0000",
                "é.ü.ß",
                encoded("[]") + "." + encoded("[]") + ".",
                encoded("{\"alg\":7}") + "..",
                encoded("{\"alg\":\"HS256\",\"alg\":\"none\"}") + "." + encoded("{}") + ".",
                encoded("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}") + "." + encoded("{}") + ".AA",
                encoded("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "..AA.AA.AA")) {
            refused(BY_SECRET, text);
        }
    }

    @Test
    void anOversizedTokenIsNotEvenLookedAt() {
        assertThat(refused(BY_SECRET, "a".repeat(8193))).contains("8193 characters");
        assertThat(refused(BY_SECRET, "a.".repeat(4096))).contains("three parts");
    }

    @Test
    void deepAndOddClaimsOfAGoodSignatureAreRefusedOrRead() {
        HmacKey key = new HmacKey(Keys.SECRET.getBytes(StandardCharsets.UTF_8));
        for (String claims : List.of(
                "",
                "[]",
                "7",
                "{",
                "{\"exp\":{}}",
                "{\"exp\":-1e400,\"sub\":\"a\"}",
                "{\"exp\":1e400,\"sub\":\"\"}",
                "[".repeat(2000),
                "{\"a\":".repeat(800))) {
            refused(BY_SECRET, Tokens.signed("HS256", key, claims));
        }
    }

    @RepeatedTest(20)
    void everyMutationOfAGoodTokenIsRefused(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        String good = Tokens.ofAda(TokenSigner.secret(Keys.SECRET)).sign();
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.={}\"\\ \u0000é";
        for (int i = 0; i < 200; i++) {
            StringBuilder token = new StringBuilder(good);
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                // The last character may hold bits that mean nothing.
                int place = random.nextInt(token.length() - 1);
                switch (random.nextInt(3)) {
                    case 0 -> token.setCharAt(place, letters.charAt(random.nextInt(letters.length())));
                    case 1 -> token.deleteCharAt(place);
                    default -> token.insert(place, letters.charAt(random.nextInt(letters.length())));
                }
            }
            if (!token.toString().equals(good) && !isTheSame(token.toString(), good)) {
                refused(BY_SECRET, token.toString());
            }
        }
    }

    /** Base64 may be written in several ways, with padding say. */
    private static boolean isTheSame(String one, String other) {
        return one.replaceAll("[^A-Za-z0-9_.-]", "").equals(other);
    }
}
