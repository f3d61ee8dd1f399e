package dev.changecast.server;

import dev.changecast.server.command.ChangecastCommand;

/** The command line of the bundled server. */
public final class Main {
    private Main() {}

    /** Runs one command and ends the process with its exit code, once everything that it started has stopped. */
    public static void main(String[] arguments) {
        System.exit(ChangecastCommand.run(arguments));
    }
}
