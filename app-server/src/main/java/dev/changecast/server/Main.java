package dev.changecast.server;

/** The command line of the bundled server. */
public final class Main {

    private Main() {}

    /**
     * Starts the server.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        System.out.println("Changecast: nothing to run yet.");
    }
}
