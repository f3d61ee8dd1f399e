package dev.changecast.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.demo.Demo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StaticFilesTest {
    private final StaticFiles files = new StaticFiles(Demo.class, "/", List.of("index.html", "page.css"));

    private Reply get(String path) {
        return files.answer(new Request("GET", path, Map.of(), new byte[0]));
    }

    @Test
    void aFileHasItsTypeAndAPolicy() {
        assertThat(get("/").contentType()).isEqualTo("text/html; charset=utf-8");
        assertThat(get("/").headers().get("Content-Security-Policy")).startsWith("default-src 'self'");
        assertThat(get("/page.css").contentType()).isEqualTo("text/css; charset=utf-8");
    }

    @Test
    void onlyWhatIsNamedExists() {
        for (String path : List.of("/index.html", "/demo.yaml", "/../logback.xml", "/%2e%2e/", "//", "/Demo.class")) {
            assertThat(get(path).status()).as(path).isEqualTo(404);
        }
    }

    @Test
    void theClientForBrowsersIsOneModule() {
        Reply client = StaticFiles.client().answer(new Request("GET", "/client.js", Map.of(), new byte[0]));
        assertThat(client.contentType()).isEqualTo("text/javascript; charset=utf-8");
        assertThat(new String(client.body(), StandardCharsets.UTF_8))
                .contains("export")
                .doesNotContain("import ");
    }

    @Test
    void nothingIsChanged() {
        assertThat(files.answer(new Request("POST", "/", Map.of(), new byte[0])).status())
                .isEqualTo(405);
    }

    @Test
    void theDemosPageTakesNothingFromElsewhere() {
        Pattern elsewhere = Pattern.compile("(src|href)=\"(https?:)?//|@import|url\\(['\"]?http");
        for (String path : List.of("/", "/page.css")) {
            assertThat(new String(get(path).body(), StandardCharsets.UTF_8)).doesNotContainPattern(elsewhere);
        }
    }
}
