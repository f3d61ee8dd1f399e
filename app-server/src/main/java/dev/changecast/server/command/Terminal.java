package dev.changecast.server.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Where commands write: always UTF-8, in color only where a person reads. */
public final class Terminal {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean colorOut;
    private final boolean colorErr;

    public Terminal(PrintWriter out, PrintWriter err, boolean colorOut, boolean colorErr) {
        this.out = out;
        this.err = err;
        this.colorOut = colorOut;
        this.colorErr = colorErr;
    }

    /** The process's own. The start script says which streams are terminals; Java can only tell of both together. */
    static Terminal ofProcess() {
        PrintWriter out = writer(FileDescriptor.out);
        PrintWriter err = writer(FileDescriptor.err);
        return new Terminal(out, err, isTerminal("out"), isTerminal("err"));
    }

    private static PrintWriter writer(FileDescriptor descriptor) {
        return new PrintWriter(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    private static boolean isTerminal(String stream) {
        boolean unwanted = System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"));
        String told = System.getProperty("changecast.terminal." + stream);
        return !unwanted && (told == null ? System.console() != null : told.equals("true"));
    }

    public PrintWriter out() {
        return out;
    }

    public PrintWriter err() {
        return err;
    }

    boolean colorOut() {
        return colorOut;
    }

    public void line(String text) {
        out.println(text);
    }

    void ok(String text) {
        out.println(paint(colorOut, "32", "✓") + " " + text);
    }

    void wrong(String text) {
        out.println(paint(colorOut, "31", "✗") + " " + text);
    }

    void doubtful(String text) {
        out.println(paint(colorOut, "33", "!") + " " + text);
    }

    /** One line to standard error, after the program's name. */
    public void error(String text) {
        err.println(paint(colorErr, "31", "changecast:") + " " + text);
    }

    void warning(String text) {
        err.println(paint(colorErr, "33", "changecast: warning:") + " " + text);
    }

    /** Text for {@link #out()}, in one of the terminal's colors where there are any. */
    public String colored(Color color, String text) {
        return paint(colorOut, color.code, text);
    }

    private static String paint(boolean color, String code, String text) {
        return color ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /** The few that are used. */
    public enum Color {
        GREEN("32"),
        RED("31"),
        YELLOW("33"),
        CYAN("36"),
        DIM("2"),
        BOLD("1");

        private final String code;

        Color(String code) {
            this.code = code;
        }
    }
}
