package dev.changecast.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.testing.Message;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonBytesTest {
    private final JsonBytes json = new JsonBytes();

    @Test
    void textIsQuotedAndItsSpecialCharactersAreEscaped() {
        json.string("a\"b\\c/\n\r\t\b\f\u0000\u001f\u007f");
        assertThat(json).hasToString("\"a\\\"b\\\\c/\\n\\r\\t\\u0008\\u000c\\u0000\\u001f\u007f\"");
    }

    @Test
    void textOutsideAsciiStaysAsItIs() {
        json.string("é \u20ac \ud83d\ude00 \u2028");
        assertThat(json).hasToString("\"é \u20ac \ud83d\ude00 \u2028\"");
        assertThat(json.toBytes()).isEqualTo("\"é \u20ac \ud83d\ude00 \u2028\"".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void nullAndNumbersAndLiteralsStandBare() {
        json.string(null).raw(',').decimal(Long.MIN_VALUE).raw(',');
        json.bool(true);
        json.raw(',').raw("[1]");
        assertThat(json).hasToString("null,-9223372036854775808,true,[1]");
    }

    @Test
    void lineBreaksOfALiteralBecomeBlanks() {
        json.literal("{\n\t\"a\":\r\n1}");
        assertThat(json).hasToString("{  \"a\":  1}");
    }

    @Test
    void anAbsentValueCannotBeWritten() {
        assertThatThrownBy(json::absent).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatWasWrittenCanBeTakenBackAndBegunAnew() {
        json.raw("abc").truncate(1);
        assertThat(json).hasToString("a");
        assertThat(json.clear().length()).isZero();
    }

    @Test
    void anyTextComesBackAsItWas() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(i % 100 == 0 ? 3000 : 40);
            while (text.length() < length) {
                int point = switch (random.nextInt(4)) {
                    case 0 -> random.nextInt(0x20);
                    case 1 -> "\"\\/bnu0".charAt(random.nextInt(7));
                    case 2 -> random.nextInt(0xd800);
                    default -> 0x10000 + random.nextInt(0x1000);
                };
                text.appendCodePoint(point);
            }
            json.clear().raw("{\"v\":").string(text.toString()).raw('}');
            assertThat(new Message(json.toString()).text("v")).isEqualTo(text.toString());
        }
    }
}
