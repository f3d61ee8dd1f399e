package dev.changecast.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a message may hold, and what of it is shown. */
class MessageTest {
    private static String content(Object content) {
        return Message.to("broadcast", "x", content).content();
    }

    @Test
    void contentIsWhatJsonHas() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("text", "a \"quoted\" line\n");
        map.put("numbers", List.of(1, 2L, 1.5, 0.1f, new BigDecimal("1.50"), (byte) 3));
        map.put("flags", new boolean[] {true, false});
        map.put("nested", Map.of("day", DayOfWeek.MONDAY));
        map.put("nothing", null);
        map.put("raw", new RawJson("{\"a\": 1}"));
        assertThat(content(map))
                .isEqualTo("{\"text\":\"a \\\"quoted\\\" line\\n\",\"numbers\":[1,2,1.5,0.1,1.50,3],"
                        + "\"flags\":[true,false],\"nested\":{\"day\":\"MONDAY\"},\"nothing\":null,"
                        + "\"raw\":{\"a\": 1}}");
        assertThat(content(new RawJson("[1]"))).isEqualTo("[1]");
        assertThat(content(Arrays.asList("a", null))).isEqualTo("[\"a\",null]");
        assertThat(content("")).isEqualTo("\"\"");
    }

    @Test
    void anythingElseIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> content(new Object()))
                .withMessageContaining("java.lang.Object")
                .withMessageContaining("RawJson");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> content(List.of(Double.NaN)))
                .withMessageContaining("NaN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "secret", "{\"secret\":", "{} {}", "\"secret", "[1,]"})
    void rawJsonIsOneJsonValueAndNotShownWhereItIsNone(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new RawJson(text)).withMessageNotContaining("secret");
    }

    @Test
    void eachHasAnIdThatMayBeAnother() {
        Message message = Message.to("user:1", "x", 1);
        assertThat(message.id())
                .hasSize(36)
                .isNotEqualTo(Message.to("user:1", "x", 1).id());
        assertThat(message.asEphemeral().id()).isEqualTo(message.id());
        assertThat(message.id("order-7").id()).isEqualTo("order-7");
        assertThatIllegalArgumentException().isThrownBy(() -> message.id(""));
        assertThatIllegalArgumentException().isThrownBy(() -> message.id("x".repeat(129)));
        assertThatIllegalArgumentException().isThrownBy(() -> Message.to(new ArrayList<>(), "x", 1));
    }

    @Test
    void whatItIsWorthStaysWhateverElseIsSaid() {
        Message message = Message.to("user:1", "notification", 1)
                .priority(Priority.HIGH)
                .ttl(Duration.ofMinutes(10))
                .id("a")
                .asEphemeral();
        assertThat(message.priority()).isEqualTo(Priority.HIGH);
        assertThat(message.ttl()).isEqualTo(Duration.ofMinutes(10));
        assertThat(message.id()).isEqualTo("a");
        assertThat(message.ephemeral()).isTrue();
        assertThat(message.ttl(Duration.ofDays(365)).priority(Priority.LOW).priority())
                .isEqualTo(Priority.LOW);
    }

    @Test
    void aTimeThatNoServerTakesIsRefusedAtOnce() {
        Message message = Message.to("user:1", "notification", 1);
        for (Duration wrong : List.of(
                Duration.ZERO,
                Duration.ofMillis(999),
                Duration.ofMillis(1500),
                Duration.ofDays(365).plusSeconds(1))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> message.ttl(wrong))
                    .withMessageContaining("1 second to 365 days, in whole seconds, not for " + wrong);
        }
    }

    @Test
    void itsContentIsNotShown() {
        Message message = Message.to("user:1", "x", "private").id("a");
        assertThat(message).hasToString("x to [user:1], id a");
        assertThat(message.asEphemeral()).hasToString("x to [user:1], id a, ephemeral");
        assertThat(new RawJson("\"private\"").toString()).doesNotContain("private");
    }
}
