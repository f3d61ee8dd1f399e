package dev.changecast.server.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SameOriginTest {
    private static final String HOST = "127.0.0.1:8080";

    private final SameOrigin guard = new SameOrigin(Set.of(HOST), request -> Reply.text(200, "done"));
    private final Map<String, String> headers = new HashMap<>(
            Map.of("Host", HOST, "Origin", "http://" + HOST, "Content-Type", "application/json; charset=utf-8"));

    private int ask(String method) throws Exception {
        return guard.answer(new Request(method, "/demo/workstations/1", headers, "{}".getBytes(StandardCharsets.UTF_8)))
                .status();
    }

    @Test
    void theDemosOwnPageMayChange() throws Exception {
        assertThat(ask("POST")).isEqualTo(200);
        headers.put("sec-fetch-site", "same-origin");
        assertThat(ask("POST")).isEqualTo(200);
    }

    @Test
    void anotherPageMayNot() throws Exception {
        headers.put("Origin", "http://evil.example");
        assertThat(ask("POST")).isEqualTo(403);
    }

    @Test
    void aRequestWithoutOriginMayNotChangeButRead() throws Exception {
        headers.remove("Origin");
        assertThat(ask("POST")).isEqualTo(403);
        assertThat(ask("GET")).isEqualTo(200);
    }

    @Test
    void aNameThatOnlyResolvesToThisMachineMayNotEvenRead() throws Exception {
        headers.put("Host", "rebound.example:8080");
        headers.put("Origin", "http://rebound.example:8080");
        assertThat(ask("GET")).isEqualTo(403);
        assertThat(ask("POST")).isEqualTo(403);
    }

    @Test
    void aFormOfAnotherPageCannotPretendToBeJson() throws Exception {
        headers.put("Content-Type", "text/plain");
        assertThat(ask("POST")).isEqualTo(415);
    }
}
