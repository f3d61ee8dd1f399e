package dev.changecast.core.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffsetTest {
    @Test
    void anOffsetComesBackAsItWas() {
        Offset offset = new Offset("a_B9", new Position(Long.MAX_VALUE, 0));
        assertThat(offset).hasToString("a_B9.9223372036854775807-0");
        assertThat(Offset.parse(offset.toString())).isEqualTo(offset);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a",
                "a.1",
                "a.1-",
                "a.-1",
                "a.1--1",
                "a.1-1 ",
                " a.1-1",
                "a.b.1-1",
                "a.9223372036854775808-1",
                "a.1-1\n",
                "a.+1-1",
                "a.١-1"
            })
    void everythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Offset.parse(text))
                .isInstanceOfSatisfying(
                        ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_OFFSET));
    }

    @Test
    void aLongOneIsNotGivenBackInWhole() {
        assertThatThrownBy(() -> Offset.parse("x".repeat(100_000)))
                .message()
                .hasSizeLessThan(250)
                .contains("xxx…");
    }
}
