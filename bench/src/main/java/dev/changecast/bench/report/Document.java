package dev.changecast.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page with the figures. Each benchmark replaces its own section, so that they can be run one by one. */
public final class Document {
    private static final String HEAD = """
            # Benchmarks

            Made by `./benchmark`, which runs everything on one machine and over loopback: see
            [bench](../bench/README.md). Absolute figures are this machine's; compare the ratios, and repeat them on yours.
            Figures are medians over the runs, with the least and the most in parentheses.

            """;

    private final Path file;
    private final Path images;

    /** @param folder where {@code benchmarks.md} stands, with its plots in {@code images} */
    public Document(Path folder) {
        file = folder.resolve("benchmarks.md");
        images = folder.resolve("images");
    }

    public Path file() {
        return file;
    }

    public void save(Section section, String where) throws IOException {
        Files.createDirectories(images);
        for (Map.Entry<String, BarChart> chart : section.charts().entrySet()) {
            Files.writeString(images.resolve(chart.getKey()), chart.getValue().toString());
        }
        String begin = "<!-- " + section.name() + " -->\n";
        String end = "<!-- end of " + section.name() + " -->\n";
        String text = begin + section.markdown(where) + end;
        String page = Files.exists(file) ? Files.readString(file) : HEAD;
        Matcher present = Pattern.compile(Pattern.quote(begin) + ".*?" + Pattern.quote(end), Pattern.DOTALL)
                .matcher(page);
        Files.writeString(
                file, present.find() ? present.replaceFirst(Matcher.quoteReplacement(text)) : page + text + "\n");
    }
}
