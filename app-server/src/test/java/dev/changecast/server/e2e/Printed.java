package dev.changecast.server.e2e;

import java.io.BufferedReader;
import java.io.IOException;

/** What a process prints. */
public final class Printed {
    private Printed() {}

    /** The first line that contains this; fails with everything that was printed when the process ends before. */
    public static String awaitLine(Process process, String part) throws IOException {
        StringBuilder printed = new StringBuilder();
        BufferedReader reader = process.inputReader();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            printed.append(line).append('\n');
            if (line.contains(part)) {
                return line;
            }
        }
        throw new AssertionError("the process ended without '" + part + "':\n" + printed);
    }
}
