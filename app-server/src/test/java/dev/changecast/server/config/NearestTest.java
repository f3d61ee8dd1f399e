package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {
    private static final List<String> KNOWN = List.of("port", "host", "allowed_origins", "ready_within");

    @Test
    void aMistypedWordFindsTheOneThatWasMeant() {
        assertThat(Nearest.to("prot", KNOWN)).contains("port");
        assertThat(Nearest.to("Host", KNOWN)).contains("host");
        assertThat(Nearest.to("allowed-origins", KNOWN)).contains("allowed_origins");
        assertThat(Nearest.to("alowed_origin", KNOWN)).contains("allowed_origins");
    }

    @Test
    void aWordThatIsNothingLikeThemFindsNone() {
        assertThat(Nearest.to("colour", KNOWN)).isEmpty();
        assertThat(Nearest.to("x", List.of())).isEmpty();
    }
}
