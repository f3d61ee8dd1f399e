package dev.changecast.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class JsonLinesTest {
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final Logger log = context.getLogger("some.Place");

    @BeforeEach
    void start() {
        context.setMDCAdapter(new LogbackMDCAdapter());
        events.start();
        log.addAppender(events);
    }

    private String line() {
        return new String(new JsonLines().encode(events.list.get(0)), StandardCharsets.UTF_8);
    }

    private JsonNode json() {
        return new JsonMapper().readTree(line());
    }

    @Test
    void anEventIsOneObjectInOneLine() {
        log.info("Source {} begins at {}", "pg", "7-2");

        assertThat(line()).endsWith("}\n").containsOnlyOnce("\n");
        JsonNode json = json();
        assertThat(Instant.parse(json.path("time").asString())).isBeforeOrEqualTo(Instant.now());
        assertThat(json.path("level").asString()).isEqualTo("info");
        assertThat(json.path("logger").asString()).isEqualTo("some.Place");
        assertThat(json.path("thread").asString())
                .isEqualTo(Thread.currentThread().getName());
        assertThat(json.path("message").asString()).isEqualTo("Source pg begins at 7-2");
        assertThat(json.propertyNames()).containsExactly("time", "level", "logger", "thread", "message");
    }

    @Test
    void whatALineIsAboutStandsByItself() {
        log.atInfo()
                .addKeyValue("session", "5f1c")
                .addKeyValue("message", "cannot take its place")
                .log("Session 5f1c ended");

        assertThat(json().path("session").asString()).isEqualTo("5f1c");
        assertThat(json().path("message").asString()).isEqualTo("Session 5f1c ended");
    }

    @Test
    void whatClientsSendBreaksNoLine() {
        log.warn("refused: {}", "a\nb\u2028c\u0000\u001b[31m\"}");

        assertThat(line()).containsOnlyOnce("\n").doesNotContain("\u001b");
        assertThat(json().path("message").asString()).isEqualTo("refused: a\nb\u2028c\u0000\u001b[31m\"}");
    }

    @Test
    void aFailureTellsItselfAndItsStack() {
        log.error("It failed", new IllegalStateException("the disk is full"));

        assertThat(json().path("error").asString()).isEqualTo("java.lang.IllegalStateException: the disk is full");
        assertThat(json().path("stack").asString()).contains("at dev.changecast.server.log.JsonLinesTest");
        assertThat(line()).containsOnlyOnce("\n");
    }
}
