package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DateTimeTextTest {
    @Test
    void daysAreThoseOfTheCalendar() {
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            LocalDate date = LocalDate.ofEpochDay(random.nextInt(20_000_000) - 10_000_000);
            byte[] text = date.toString().getBytes(StandardCharsets.UTF_8);

            assertThat(DateTimeText.date(text, 0, text.length)).as("%s", date).isEqualTo(date.toEpochDay());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"2100-02-29", "1900-02-29", "2023-02-29", "2026-02-30", "2026-06-31", "0000-01-01 BC"})
    void aDayThatTheCalendarDoesNotHaveIsInvalid(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(DateTimeText.date(bytes, 0, bytes.length)).isEqualTo(DateTimeText.INVALID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "y",
                "Z",
                "-",
                "BC",
                " BC",
                "2026",
                "2026-01",
                "2026-1-2",
                "26-01-02",
                "2026-13-01",
                "2026-00-01",
                "2026-01-00",
                "2026-04-31",
                "2100-02-29",
                "2026-01-02T",
                "2026-01-02T03",
                "2026-01-02T0304",
                "2026-01-02T24:00:00",
                "2026-01-02T23:60:00",
                "2026-01-02T23:00:60",
                "2026-01-02T03:04:05.",
                "2026-01-02T03:04:05.1234567",
                "2026-01-02T03:04:05,5",
                "2026-01-02T03:04:05+",
                "2026-01-02T03:04:05+2",
                "2026-01-02T03:04:05+19:00",
                "2026-01-02T03:04:05+02:60",
                "2026-01-02T03:04:05+02:00:00:00",
                "2026-01-02T03:04:05ZZ",
                "0000-01-01T00:00:00Z BC",
                "-0001-01-01T00:00:00Z BC",
                "Infinity",
                "infinite",
                "999999-01-01T00:00:00",
                "9999999999-01-01T00:00:00Z"
            })
    void whatIsNoDateAndTimeIsInvalid(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

        assertThat(DateTimeText.timestamp(bytes, 0, bytes.length)).isEqualTo(DateTimeText.INVALID);
        assertThat(DateTimeText.instant(bytes, 0, bytes.length)).isEqualTo(DateTimeText.INVALID);
    }
}
