package dev.changecast.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A fault that comes back with each request neither fills the disk nor hides what else happens. */
class RepeatLimitTest {
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final AtomicLong clock = new AtomicLong();
    private final Logger log = context.getLogger("some.place");

    @BeforeEach
    void start() {
        written.start();
        RepeatLimit limit = new RepeatLimit(3, written, context, clock::get);
        limit.start();
        log.addAppender(limit);
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void ofManyLinesOfOneKindTheFirstAreWrittenAndTheOthersCounted() {
        for (int i = 0; i < 10; i++) {
            log.warn("request {} failed", i);
        }
        log.warn("something else");
        assertThat(lines())
                .containsExactly("request 0 failed", "request 1 failed", "request 2 failed", "something else");

        clock.addAndGet(RepeatLimit.WINDOW_NANOS);
        log.info("a minute later");
        log.warn("request {} failed", 10);

        assertThat(lines().subList(4, 7))
                .containsExactly(
                        "7 more lines like this one were left out: request {} failed",
                        "a minute later",
                        "request 10 failed");
    }

    @Test
    void aFewLinesAreNoNews() {
        log.warn("now and then");
        clock.addAndGet(RepeatLimit.WINDOW_NANOS);
        log.warn("now and then");
        assertThat(lines()).containsExactly("now and then", "now and then");
    }

    @Test
    void whatWasAskedForIsNotLimited() {
        log.setLevel(ch.qos.logback.classic.Level.DEBUG);
        for (int i = 0; i < 10; i++) {
            log.debug("connection {} opened", i);
        }
        assertThat(lines()).hasSize(10);
    }

    @Test
    void placesThatMakeUpTheirTextAnewTakeNoMemoryForEver() {
        for (int i = 0; i < 5000; i++) {
            log.info("text " + i);
        }
        assertThat(lines()).hasSize(5000);
    }
}
