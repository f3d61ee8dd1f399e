package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation says about files and classes is so. */
class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern TEST_CLASS = Pattern.compile("`([A-Z][A-Za-z0-9]+(?:Test|IT))`");

    @Test
    void codeThatIsQuotedStandsSoInTheExamples() throws IOException {
        List<Documentation.Block> blocks = Documentation.blocks("quote");
        assertThat(blocks).extracting(block -> block.file().toString()).contains("README.md", "CONTRIBUTING.md");
        for (Documentation.Block block : blocks) {
            String[] place = block.what().split(" ");
            Path source = Documentation.ROOT.resolve("examples/src/main/java/dev/changecast/examples/" + place[0]);
            assertThat(block.text())
                    .as("%s quotes %s", block.file(), block.what())
                    .isEqualTo(Documentation.quoted(source, place[1]));
        }
    }

    @Test
    void linksToFilesLeadSomewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path file : Documentation.files()) {
            Matcher link = LINK.matcher(Files.readString(file));
            while (link.find()) {
                String target = link.group(1);
                if (!target.contains(":") && !Files.exists(file.resolveSibling(target))) {
                    broken.add(Documentation.ROOT.relativize(file) + ": " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    @Test
    void testsThatAreNamedAsProofExist() throws IOException {
        Set<String> named = new java.util.TreeSet<>();
        for (Path file : Documentation.files()) {
            Matcher name = TEST_CLASS.matcher(Files.readString(file));
            while (name.find()) {
                named.add(name.group(1));
            }
        }
        try (Stream<Path> sources = Files.find(
                Documentation.ROOT, 12, (file, attributes) -> file.toString().endsWith(".java"))) {
            Set<String> present = sources.map(
                            file -> file.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toSet());
            assertThat(named).isNotEmpty().isSubsetOf(present);
        }
    }
}
