package dev.changecast.bench;

import dev.changecast.bench.peer.Contestants;
import dev.changecast.bench.report.Document;
import dev.changecast.bench.report.Machine;
import dev.changecast.bench.report.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./benchmark}: runs what is asked for, prints the figures, and saves them in the documentation. */
@Command(
        name = "benchmark",
        mixinStandardHelpOptions = true,
        description = {
            "Measure Changecast beside the servers that people would otherwise pick, on this machine, over loopback.",
            "",
            "Without names: all of them, which takes about an hour.",
            ""
        })
final class Benchmarks implements Callable<Integer> {
    private static final Map<String, Benchmark> ALL = new LinkedHashMap<>();

    static {
        ALL.put("fan-out", FanOut.usual());
        ALL.put("sizes", FanOut.others());
        ALL.put("pace", Paced.published());
        ALL.put("latency", Paced.committed());
        ALL.put("capture", new Capture());
        ALL.put("writes", new WriteCost());
        ALL.put("filters", new Filters());
        ALL.put("memory", new Memory());
        ALL.put("herd", new Herd());
        ALL.put("jmh", new Microbenchmarks());
    }

    /** For the help. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Names() {
            super(ALL.keySet());
        }
    }

    @Parameters(
            arity = "0..*",
            paramLabel = "NAME",
            completionCandidates = Names.class,
            description = "Which: ${COMPLETION-CANDIDATES}.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--quick",
            description = "Only see that it works: small, one run, saved under bench/target instead of docs.")
    private boolean quick;

    @Option(names = "--runs", paramLabel = "N", description = "How often each figure is measured; default 3, or 1.")
    private @Nullable Integer runs;

    @Option(
            names = "--only",
            paramLabel = "SERVER",
            split = ";",
            description =
                    "Of the servers in fan-out, sizes, pace, latency and capture only these, by their names in the"
                            + " table, separated by semicolons; saved under bench/target.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--profile", description = "Also print where the server's time goes, for fan-out.")
    private boolean profile;

    @Option(names = "--list", description = "Only print the names.")
    private boolean list;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Benchmarks()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        if (list) {
            ALL.keySet().forEach(System.out::println);
            return 0;
        }
        for (String name : names) {
            if (!ALL.containsKey(name)) {
                System.err.println(
                        "benchmark: there is no '" + name + "'; there are " + String.join(", ", ALL.keySet()));
                return 2;
            }
        }
        Path home =
                Path.of(System.getProperty("bench.home", ".")).toAbsolutePath().normalize();
        Path target = home.resolve("bench/target");
        Files.createDirectories(target);
        Path work = Files.createTempDirectory(target, "work");
        Settings settings = new Settings(home, work, quick, runs != null ? runs : quick ? 1 : 3, only, profile);
        Document document = new Document(quick || !only.isEmpty() ? target : home.resolve("docs"));
        int failed = 0;
        try {
            for (String name : names.isEmpty() ? ALL.keySet() : names) {
                failed += run(name, settings, document) ? 0 : 1;
            }
        } finally {
            delete(work);
        }
        Progress.say("saved in %s", document.file());
        return failed == 0 ? 0 : 1;
    }

    private boolean run(String name, Settings settings, Document document) throws IOException {
        String before = Machine.load();
        try {
            Section section = ALL.get(name).run(settings);
            String where = "Measured on " + LocalDate.now() + " by `./benchmark " + name + (quick ? " --quick" : "")
                    + "`: " + settings.runs() + " runs; " + Machine.describe() + "; load " + before + " before, "
                    + Machine.load() + " after; " + versions(settings.home()) + ".";
            System.out.println("\n" + section.markdown(where));
            document.save(section, where);
            return true;
        } catch (Exception e) {
            Progress.say("%s failed", name);
            e.printStackTrace();
            return false;
        }
    }

    private static String versions(Path home) throws IOException {
        Path node = home.resolve("bench/peers/node");
        return "Bun "
                + Contestants.version(
                        node.resolve("node_modules/@oven/bun-linux-x64/bin/bun").toString(), "--version")
                + ", Node.js " + Contestants.version("node", "--version")
                + ", " + Contestants.version("nginx", "-v").replace("nginx version: ", "")
                + ", " + Contestants.version("pg_recvlogical", "--version")
                + ", others as [pinned](../pom.xml)";
    }

    private static void delete(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(folder)) {
            files = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }
}
