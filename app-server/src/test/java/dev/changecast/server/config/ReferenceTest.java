package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.setting.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The reference that people read is the description that the reader uses. */
class ReferenceTest {
    @Test
    void theReadmeTellsEverySettingAsItIs() throws IOException {
        List<String> rows = new ArrayList<>();
        add(rows, "server", ServerSection.SETTINGS);
        add(rows, "server.tls", ServerSection.TLS_SETTINGS);
        add(rows, "log", LogSection.SETTINGS);
        add(rows, "auth", AuthSection.SETTINGS);
        add(rows, "auth.jwt", AuthSection.JWT_SETTINGS);
        add(rows, "limits", EngineSections.LIMITS);
        add(rows, "history", EngineSections.HISTORY);
        add(rows, "notifications", EngineSections.NOTIFICATIONS);
        add(rows, "redis_pubsub", RedisSection.SETTINGS);
        add(rows, "routes[]", RoutesSection.SETTINGS);
        add(rows, "rooms[]", SocialSections.ROOMS);
        add(rows, "presence", SocialSections.PRESENCE);
        add(rows, "dashboard", DashboardSection.SETTINGS);

        assertThat(Files.readString(Path.of("README.md"))).contains(rows);
    }

    /** To mend it: ./changecast settings > docs/reference.md */
    @Test
    void theDocumentationHasWhatTheReferenceCommandPrints() throws IOException {
        assertThat(Files.readString(Path.of("../docs/reference.md")))
                .isEqualTo(ConfigurationReference.of(Providers.onClassPath()));
    }

    @Test
    void everySectionIsInTheReference() {
        String reference = ConfigurationReference.of(Providers.onClassPath());
        assertThat(ConfigurationReader.SECTIONS)
                .allSatisfy(section -> assertThat(reference).contains("\n## `" + section));
    }

    @Test
    void theProtocolTellsEveryError() throws IOException {
        String protocol = Files.readString(Path.of("../docs/protocol.md"));
        assertThat(ErrorCode.values()).allSatisfy(code -> {
            if (code.number() > 0) {
                assertThat(protocol).contains("| " + code.number() + " | `" + code.wireName() + "` | ");
            }
        });
    }

    @Test
    void theProtocolTellsEveryCodeThatSessionsAreClosedWith() throws IOException {
        Set<String> codes = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("../realtime-core/src/main/java/dev/changecast/core/session"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Matcher code = Pattern.compile("\\b4[45]\\d\\d\\b").matcher(Files.readString(file));
                while (code.find()) {
                    codes.add(code.group());
                }
            }
        }
        String protocol = Files.readString(Path.of("../docs/protocol.md"));
        assertThat(codes)
                .contains("4401", "4501")
                .allSatisfy(code -> assertThat(protocol).contains("| " + code + " | "));
    }

    private static void add(List<String> rows, String section, List<Setting> settings) {
        for (Setting setting : settings) {
            String fallback =
                    setting.required() ? "required" : setting.fallback() == null ? "" : "`" + setting.fallback() + "`";
            rows.add("| `%s.%s` | %s | %s | %s |"
                    .formatted(
                            section,
                            setting.name(),
                            setting.type().name().toLowerCase(Locale.ROOT),
                            fallback,
                            capital(setting.description())));
        }
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
