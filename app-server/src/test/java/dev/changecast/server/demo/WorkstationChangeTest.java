package dev.changecast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkstationChangeTest {
    private static WorkstationChange parse(String json) throws WorkstationChange.InvalidException {
        return WorkstationChange.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFormIsTaken() throws Exception {
        assertThat(parse("{\"status\":\"occupied\",\"employee\":\" Zoë \",\"notes\":\"\"}"))
                .isEqualTo(new WorkstationChange("occupied", "Zoë", null));
        assertThat(parse("{\"status\":\"available\",\"employee\":null}"))
                .isEqualTo(new WorkstationChange("available", null, null));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not json                         | The body must be a JSON object with status, employee and notes.",
                "[]                               | The body must be a JSON object with status, employee and notes.",
                "{}                               | The status must be one of available, occupied, maintenance, reserved.",
                "{\"status\":\"x\"}               | The status must be one of available, occupied, maintenance, reserved.",
                "{\"status\":5}                   | The field 'status' must be a text or null.",
                "{\"status\":\"available\",\"id\":1} | There is no field 'id': only status, employee, notes.",
                "{\"status\":\"occupied\"}        | Who is it occupied by? Give an employee.",
                "{\"status\":\"reserved\",\"employee\":\"  \"} | Who is it reserved by? Give an employee.",
                "{\"status\":\"maintenance\",\"employee\":\"A\"} | Nobody sits at a workstation that is maintenance: leave"
                        + " the employee out.",
                "{\"status\":\"occupied\",\"employee\":\"a\\nb\"} | The field 'employee' has control characters.",
            })
    void whatIsWrongIsSaid(String json, String message) {
        assertThatThrownBy(() -> parse(json)).hasMessage(message);
    }

    @Test
    void aNameHasItsLength() {
        assertThatThrownBy(() -> parse("{\"status\":\"occupied\",\"employee\":\"" + "x".repeat(61) + "\"}"))
                .hasMessage("The field 'employee' has 61 characters, 60 are allowed.");
    }
}
