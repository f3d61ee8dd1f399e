package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Over the transports that the server really has. */
class TransportsSectionTest {
    private final Providers providers = Providers.onClassPath();
    private final Findings findings = new Findings();
    private final Map<String, String> environment = new HashMap<>();

    private List<String> paths(String transports) {
        return new ConfigurationReader(providers, environment, findings)
                        .read("changecast.yaml", "auth: { anonymous: true }\nrooms: []\n" + transports, Path.of("."))
                        .map(configuration -> providers.createTransports(configuration.transports()))
                        .orElseThrow(() -> new AssertionError(findings.errors().toString()))
                        .stream()
                        .flatMap(transport ->
                                transport.components().stream().map(part -> transport.name() + " " + part.path()))
                        .toList();
    }

    private List<String> errors(String transports) {
        new ConfigurationReader(providers, environment, findings)
                .read("changecast.yaml", "auth: { anonymous: true }\nrooms: []\n" + transports, Path.of("."));
        return findings.errors().stream().map(Finding::toString).toList();
    }

    @Test
    void withoutTheSectionEachIsWhereItIsUsed() {
        assertThat(paths("")).containsExactlyInAnyOrder("websocket /ws", "longpoll /poll", "sse /events");
    }

    @Test
    void eachCanBePutElsewhere() {
        environment.put("CHANGECAST_TRANSPORTS_SSE_PATH", "/live/events");
        assertThat(paths("transports: { websocket: { path: /live/ws }, longpoll: { idle: 90s } }"))
                .containsExactlyInAnyOrder("websocket /live/ws", "longpoll /poll", "sse /live/events");
        assertThat(findings.warnings()).isEmpty();
    }

    @Test
    void whatIsWrongIsSaid() {
        assertThat(errors("transports: { websockets: {}, longpoll: { path: poll, idel: 1s }, sse: /events }"))
                .anyMatch(error -> error.contains("transports.websockets: there is no such setting")
                        && error.contains("did you mean 'websocket'?"))
                .anyMatch(error -> error.contains("transports.longpoll.idel: there is no such setting"))
                .anyMatch(error -> error.contains("transports.sse: here stand settings, such as {path: ...}"));
    }

    @Test
    void aPathThatIsNoneIsSaidByTheTransport() {
        assertThat(errors("transports: { longpoll: { path: poll } }"))
                .anyMatch(error -> error.contains("the path of transport longpoll must start with /"));
    }
}
