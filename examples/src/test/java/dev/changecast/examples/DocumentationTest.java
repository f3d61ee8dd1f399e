package dev.changecast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation says about files and classes is so. */
class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]]*]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern SETTING = Pattern.compile("(?m)^\\|"
            + " `(server|server\\.tls|log|auth|auth\\.jwt|limits|history|notifications|redis_pubsub|routes\\[]|rooms\\[]|presence|dashboard)\\.([a-z_]+)`"
            + " \\| [a-z ]+ \\| *`?([^|`]*?)`? *\\|");
    private static final Pattern TEST_CLASS = Pattern.compile("`([A-Z][A-Za-z0-9]+(?:Test|IT))`");

    @Test
    void codeThatIsQuotedStandsSoInTheExamples() throws IOException {
        List<Documentation.Block> blocks = Documentation.blocks("quote");
        assertThat(blocks).extracting(block -> block.file().toString()).contains("README.md", "CONTRIBUTING.md");
        for (Documentation.Block block : blocks) {
            String[] place = block.what().split(" ");
            Path source = Documentation.example(place[0]);
            assertThat(block.text())
                    .as("%s quotes %s", block.file(), block.what())
                    .isEqualTo(Documentation.quoted(source, place[1]));
        }
    }

    @Test
    void theConfigurationOfTheExampleWithRoomsStandsInItsDocumentation() throws IOException {
        String configuration = Files.readString(Documentation.ROOT.resolve("examples/rooms/changecast.yaml"));
        assertThat(Files.readString(Documentation.ROOT.resolve("docs/rooms.md")))
                .contains("```yaml\n" + configuration.replaceFirst("#.*\n", "") + "```");
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

    /** The server's README is held against the settings themselves. */
    @Test
    void settingsHaveTheDefaultsOfTheServersReadme() throws IOException {
        String reference = Files.readString(Documentation.ROOT.resolve("app-server/README.md"));
        Map<String, String> sections = sections(Files.readString(Documentation.ROOT.resolve("docs/configuration.md")));
        Matcher setting = SETTING.matcher(reference);
        int count = 0;
        while (setting.find()) {
            String section = setting.group(1);
            Matcher nested = Pattern.compile("(server|auth)\\.(tls|jwt)").matcher(section);
            boolean inner = nested.matches();
            String name = inner ? nested.group(2) + "." + setting.group(2) : setting.group(2);
            // What has no default is said in words there.
            String fallback = setting.group(3).isEmpty() ? "[^|`0-9]+" : "`?" + Pattern.quote(setting.group(3)) + "`?";
            assertThat(sections.getOrDefault((inner ? nested.group(1) : section).replace("[]", ""), ""))
                    .as("the row of %s.%s in docs/configuration.md", section, setting.group(2))
                    .containsPattern("(?m)^\\| [^|]*`" + name + "`[^|]*\\| " + fallback + " \\|");
            count++;
        }
        assertThat(count).isGreaterThan(20);
    }

    private static Map<String, String> sections(String markdown) {
        Map<String, String> sections = new HashMap<>();
        for (String section : markdown.split("(?m)^## ")) {
            sections.put(section.lines().findFirst().orElse("").replace("`", ""), section);
        }
        return sections;
    }

    @Test
    void testsThatAreNamedAsProofExist() throws IOException {
        Set<String> named = new TreeSet<>();
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
