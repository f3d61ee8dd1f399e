package dev.changecast.server.command;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command line ended with, and what it wrote. */
public record CommandLineRun(int exit, String out, String err) {
    public static CommandLineRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = ChangecastCommand.run(
                new Terminal(new PrintWriter(out, true), new PrintWriter(err, true), false, false), arguments);
        return new CommandLineRun(exit, out.toString(), err.toString());
    }
}
