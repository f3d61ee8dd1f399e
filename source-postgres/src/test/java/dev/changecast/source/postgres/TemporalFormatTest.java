package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemporalFormatTest {
    @ParameterizedTest
    @CsvSource({
        "DATE, 2026-01-02, 2026-01-02",
        "DATE, 0044-03-15 BC, -0043-03-15",
        "DATE, 0001-12-31 BC, 0000-12-31",
        "DATE, 12026-01-02, +12026-01-02",
        "DATE, infinity, infinity",
        "DATE, -infinity, -infinity",
        "TIMESTAMP, 2026-01-02 03:04:05.678901, 2026-01-02T03:04:05.678901",
        "TIMESTAMP, 10000-01-02 03:04:05, +10000-01-02T03:04:05",
        "TIMESTAMP, 0044-03-15 03:04:05 BC, -0043-03-15T03:04:05",
        "TIMESTAMP_TZ, 2026-01-02 03:04:05+00, 2026-01-02T03:04:05Z",
        "TIMESTAMP_TZ, 0044-03-15 03:04:05.5+00 BC, -0043-03-15T03:04:05.5Z",
        "TIMESTAMP_TZ, infinity, infinity"
    })
    void isoAndBack(TemporalFormat format, String database, String wire) {
        byte[] text = (" " + database + " ").getBytes(StandardCharsets.UTF_8);
        JsonBuffer json = new JsonBuffer(1);
        format.write(text, 1, text.length - 2, json);
        assertThat(row(json).text(0)).isEqualTo('"' + wire + '"');
        assertThat(TemporalFormat.toDatabase(wire)).isEqualTo(database);
    }

    private static Row row(JsonBuffer value) {
        return new Row() {
            @Override
            public int size() {
                return 1;
            }

            @Override
            public void write(int column, ValueWriter to) {
                value.writeTo(to);
            }
        };
    }
}
