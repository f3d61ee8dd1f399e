package dev.changecast.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TerminalTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Terminal terminal(boolean colorOut, boolean colorErr) {
        return new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), colorOut, colorErr);
    }

    @Test
    void thereAreColorsWhereAPersonReads() {
        terminal(true, false).ok("port");

        assertThat(out).hasToString("\u001b[32m✓\u001b[0m port\n");
    }

    @Test
    void thereAreNoneInAFileOrPipe() {
        Terminal terminal = terminal(false, false);
        terminal.ok("port");
        terminal.error("no");

        assertThat(out).hasToString("✓ port\n");
        assertThat(err).hasToString("changecast: no\n");
    }
}
