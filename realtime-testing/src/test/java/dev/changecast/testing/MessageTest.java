package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {
    @Test
    void valuesAreFoundByTheirPath() {
        Message message =
                new Message("{\"type\":\"t\",\"a\":{\"b\":[1,{\"c\":\"x\\u00e9\\n\"}]},\"n\":null,\"d\":-1.5e2}");
        assertThat(message.type()).isEqualTo("t");
        assertThat(message.text("a.b.1.c")).isEqualTo("xé\n");
        assertThat(message.number("a.b.0")).isEqualTo(1);
        assertThat(message.text("d")).isEqualTo("-1.5E+2");
        assertThat(message.has("n")).isTrue();
        assertThat(message.get("n")).isNull();
        assertThat(message.has("m")).isFalse();
        assertThat(message.list("a.b")).hasSize(2);
        assertThat(message.names()).containsExactly("type", "a", "n", "d");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"a\":1,}",
                "{\"a\":01}",
                "{\"a\":1}}",
                "{\"a\":1,\"a\":1}",
                "{'a':1}",
                "{\"a\":\"\n\"}",
                "{\"a\":tru}",
                "{\"a\":.5}"
            })
    void whatIsNoObjectIsRefused(String text) {
        assertThatThrownBy(() -> new Message(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void awaitingGoesForwardAndFailsWithWhatCame() {
        Received received = new Received();
        received.add("{\"type\":\"a\"}");
        received.add("{\"type\":\"b\"}");
        assertThat(received.await("b").type()).isEqualTo("b");
        assertThatThrownBy(() -> received.await("an a", Duration.ofMillis(20), message -> message.is("a")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("an a")
                .hasMessageContaining("{\"type\":\"b\"}");
        received.closed(4400, "over");
        assertThat(received.awaitClose()).isEqualTo(new Received.Close(4400, "over"));
        received.add("{\"type\":\"late\"}");
        assertThatThrownBy(received::all).hasMessageContaining("after the close");
    }

    @Test
    void waitingInVainSaysForWhat() {
        assertThatThrownBy(() -> Eventually.await("the impossible", Duration.ofMillis(10), () -> false))
                .hasMessageContaining("the impossible");
        assertThat(Eventually.awaitValue("a value", () -> "here")).isEqualTo("here");
    }
}
