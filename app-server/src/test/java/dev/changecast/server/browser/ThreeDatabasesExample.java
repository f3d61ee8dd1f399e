package dev.changecast.server.browser;

import dev.changecast.server.e2e.FreePort;
import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** The example with three databases as its script runs it, on ports of its own: the server and the application beside it. */
final class ThreeDatabasesExample implements AutoCloseable {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLE = ROOT.resolve("examples/three-databases");

    final ServerProcess server;
    private final Process application;
    private final int port = FreePort.get();

    /** Starts it, and does not wait for it. */
    ThreeDatabasesExample(Path directory) throws IOException {
        int serverPort = FreePort.get();
        String configuration = Files.readString(EXAMPLE.resolve("changecast.yaml"))
                .replace("8080", String.valueOf(serverPort))
                .replace("8000", String.valueOf(port))
                .replace("../../.changecast/three-databases/history", "history");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dlogback.configurationFile=" + EXAMPLE.resolve("src/main/resources/logback.xml"),
                "-cp",
                compiled(directory) + File.pathSeparator + ServerProcess.classPath(),
                "dev.changecast.examples.databases.ThreeDatabases",
                String.valueOf(port),
                "http://127.0.0.1:" + serverPort,
                directory.resolve("databases").toString()));
        for (String usual : List.of("54331", "54332", "54333")) {
            String mine = String.valueOf(FreePort.get());
            configuration = configuration.replace(usual, mine);
            command.add(mine);
        }
        Path log = directory.resolve("application.log");
        ServerLogs.add(log);
        server = ServerProcess.startWith(directory.resolve("server"), serverPort, configuration);
        application = new ProcessBuilder(command)
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(application::destroy, "stop-application"));
    }

    /** This module does not depend on the example, so its classes are made here. */
    private static Path compiled(Path directory) throws IOException {
        Path classes = Files.createDirectories(directory.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of("-proc:none", "-d", classes.toString()));
        arguments.addAll(List.of("-cp", ServerProcess.classPath()));
        try (Stream<Path> sources = Files.walk(EXAMPLE.resolve("src/main/java"))) {
            sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
        }
        int failed = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        if (failed != 0) {
            throw new AssertionError("the example does not compile");
        }
        return classes;
    }

    boolean isAlive() {
        return application.isAlive();
    }

    /** The page. */
    String url() {
        return "http://127.0.0.1:" + port + "/";
    }

    @Override
    public void close() {
        server.close();
        // It stops its databases.
        application.destroy();
        try {
            if (!application.waitFor(30, TimeUnit.SECONDS)) {
                application.destroyForcibly();
                throw new AssertionError("the application did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
