package dev.changecast.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The project's Markdown files, as tests read them. */
final class Documentation {
    /** The project's directory: tests run in that of their module. */
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Pattern FENCE = Pattern.compile("(?ms)^<!-- (\\S+) ([^>]*?) -->\\R```\\w+\\R(.*?)^```$");

    private Documentation() {}

    /**
     * A fenced block with a comment before it that says what it is.
     *
     * @param kind the comment's first word
     * @param what the rest of the comment
     */
    record Block(Path file, String kind, String what, String text) {}

    static List<Path> files() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    static List<Block> blocks(String kind) throws IOException {
        List<Block> blocks = new ArrayList<>();
        for (Path file : files()) {
            Matcher fence = FENCE.matcher(Files.readString(file));
            while (fence.find()) {
                if (fence.group(1).equals(kind)) {
                    blocks.add(new Block(ROOT.relativize(file), kind, fence.group(2), fence.group(3)));
                }
            }
        }
        return blocks;
    }

    /** A source file of this module, or of the project below it that is one by itself. */
    static Path example(String name) throws IOException {
        List<String> places = List.of(
                "src/main/java/dev/changecast/examples",
                "spool-source/src/main/java/com/example/spool",
                "spool-source/src/test/java/com/example/spool");
        for (String place : places) {
            Path file = ROOT.resolve("examples").resolve(place).resolve(name);
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new IOException("no example is called " + name);
    }

    /** The lines of a source file between {@code // quote name} and {@code // end}, moved to the left margin. */
    static String quoted(Path file, String name) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int begin = -1;
        int end = -1;
        for (int i = 0; i < lines.size() && end < 0; i++) {
            String line = lines.get(i).strip();
            if (line.equals("// quote " + name)) {
                begin = i + 1;
            } else if (begin >= 0 && line.equals("// end")) {
                end = i;
            }
        }
        if (end < 0) {
            throw new AssertionError(file + " has no lines between '// quote " + name + "' and '// end'");
        }
        return String.join("\n", lines.subList(begin, end)).stripIndent() + "\n";
    }
}
