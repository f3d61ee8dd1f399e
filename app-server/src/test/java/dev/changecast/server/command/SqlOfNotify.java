package dev.changecast.server.command;

import java.io.PrintWriter;
import java.io.StringWriter;

/** The function that {@code changecast postgres notify-function} prints. */
public final class SqlOfNotify {
    private SqlOfNotify() {}

    public static String text() {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        int code = ChangecastCommand.run(new Terminal(writer, writer, false, false), "postgres", "notify-function");
        if (code != ExitCode.OK) {
            throw new AssertionError(out.toString());
        }
        return out.toString();
    }
}
