package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.peer.Contestant.MissingException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What people would otherwise pick, each started as its own documentation says. */
public final class Contestants {
    public static final Contestant BUN =
            new Contestant("Bun", "its WebSocket publish; keeps nothing", Contestants::bun);
    public static final Contestant NCHAN =
            new Contestant("Nchan", "nginx with one worker; keeps the last messages in memory", Nchan::start);
    public static final Contestant WS = new Contestant(
            "ws", "Node.js; keeps nothing", (home, directory) -> node(home, directory, "ws.js", Dialect.plain("/")));
    public static final Contestant SOCKET_IO = new Contestant(
            "Socket.IO",
            "Node.js, WebSocket alone; keeps nothing",
            (home, directory) -> node(home, directory, "socketio.js", new SocketIoDialect()));
    public static final Contestant COMETD =
            new Contestant("CometD", "Jetty, WebSocket alone; keeps nothing", Contestants::cometd);

    private Contestants() {}

    public static List<Contestant> all() {
        return List.of(BUN, NCHAN, WS, SOCKET_IO, COMETD);
    }

    private static Peer bun(Path home, Path directory) throws Exception {
        Path node = home.resolve("bench/peers/node");
        Path bun = node.resolve("node_modules/@oven/bun-linux-x64/bin/bun");
        if (!Files.isExecutable(bun)) {
            throw new MissingException("Bun is not installed: npm ci in bench/peers/node");
        }
        return running("Bun", directory, Dialect.plain("/"), bun, node.resolve("bun.js"));
    }

    private static Peer node(Path home, Path directory, String script, Dialect dialect) throws Exception {
        Path folder = home.resolve("bench/peers/node");
        Path node = onPath("node");
        if (!Files.isDirectory(folder.resolve("node_modules"))) {
            throw new MissingException("its packages are not installed: npm ci in bench/peers/node");
        }
        return running(script, directory, dialect, node, folder.resolve(script));
    }

    private static Peer cometd(Path home, Path directory) throws Exception {
        return running(
                "CometD",
                directory,
                new CometdDialect(),
                java(),
                List.of("-cp", classPath(home, "cometd"), "dev.changecast.bench.cometd.CometdServer"));
    }

    private static Peer running(String name, Path directory, Dialect dialect, Path program, Path script)
            throws Exception {
        return running(name, directory, dialect, program, List.of(script.toString()));
    }

    private static Peer running(String name, Path directory, Dialect dialect, Path program, List<String> arguments)
            throws Exception {
        InetSocketAddress address = ServerProcess.freeAddress();
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        command.add(Integer.toString(address.getPort()));
        ServerProcess process = ServerProcess.start(name, directory, Map.of(), command);
        try {
            process.awaitAnswer(address, "/");
            return new HttpPeer(process, address, dialect, "/");
        } catch (Exception e) {
            process.close();
            throw e;
        }
    }

    /** The Java that runs this. */
    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** The class path of a peer in Java, each with its own. */
    static String classPath(Path home, String peer) throws MissingException {
        Path target = home.resolve("bench/peers/" + peer + "/target");
        if (!Files.isDirectory(target.resolve("lib"))) {
            throw new MissingException("it is not built: mvn package -Pbench");
        }
        return target.resolve("classes") + ":" + target.resolve("lib") + "/*";
    }

    /** Where a program is on the PATH. */
    public static Path onPath(String program) throws MissingException {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/sbin"))
                .map(folder -> Path.of(folder, program))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new MissingException("there is no '" + program + "' on the PATH"));
    }

    /** The first line that a program prints about its version. */
    public static String version(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var lines = process.inputReader()) {
                String line = lines.readLine();
                return line == null ? "?" : line;
            }
        } catch (IOException e) {
            return "not installed";
        }
    }
}
