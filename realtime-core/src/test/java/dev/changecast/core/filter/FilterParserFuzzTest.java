package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FilterParserFuzzTest {
    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "null",
            "true",
            "1",
            "-",
            ".",
            "e9",
            "\\ud800",
            "\\u0000",
            "\u0000",
            "\ud800",
            "\u00e9",
            "$in",
            "$not",
            "\"$and\"",
            "\"int4\"",
            "infinity",
            "NaN",
            " BC",
            "Z",
            "+99",
            "T",
            "=",
            " ",
            "99999999999999999999",
            "e999999999999",
            "/*",
            "'");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverComesIsReadOrRefused(long seed) {
        Random random = new Random(seed);
        List<NaiveType> types = NaiveType.all();
        int read = 0;
        for (int i = 0; i < 10_000; i++) {
            String json = mutated(NaiveFilter.random(random, types, 2).json(random), random);
            try {
                Filter filter = Types.parse(json);
                RowPredicate.compile(filter, Types.RELATION);
                read++;
            } catch (ChangecastException refusal) {
                assertThat(refusal.code()).isIn(ErrorCode.BAD_FILTER, ErrorCode.UNKNOWN_COLUMN);
                assertThat(refusal.getMessage())
                        .startsWith(refusal.getMessage().startsWith("filter") ? "filter" : "the ");
            } catch (RuntimeException | StackOverflowError fault) {
                throw new AssertionError("seed " + seed + ": " + json, fault);
            }
        }
        assertThat(read).isBetween(200, 9_500);
    }

    private static String mutated(String json, Random random) {
        StringBuilder text = new StringBuilder(json);
        for (int i = random.nextInt(3) + 1; i > 0; i--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(4));
            String piece = PIECES.get(random.nextInt(PIECES.size()));
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, piece);
                case 1 -> text.delete(at, end);
                case 2 -> text.replace(at, end, piece);
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(20))));
            }
        }
        return text.toString();
    }
}
