package dev.changecast.server.tail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class TailSessionTest {
    private final Output output = new Output();
    private TailSession session = session(Map.of());

    private TailSession session(Map<String, String> since) {
        ObjectNode filter = new JsonMapper().createObjectNode().put("floor_number", 1);
        return new TailSession(new TailRequest(URI.create("ws://x/ws"), List.of("desks"), filter, since), output);
    }

    private void receive(String... messages) throws TailSession.RefusedException {
        for (String message : messages) {
            session.received(message.replace('\'', '"'));
        }
    }

    private void becomeReady() throws TailSession.RefusedException {
        receive(
                "{'type':'welcome','heartbeat_ms':5000}",
                "{'type':'subscribed','id':'desks','channel':'c1','collection':'desks'}",
                "{'type':'ready','channel':'c1','offsets':{'pg':'e.1-0'}}");
    }

    private static String change(int id, boolean commit) {
        return "{'type':'change','action':'update','channel':'c1','key':{'id':%d},'source':'pg','offset':'e.%d-2','commit':%s}"
                .formatted(id, id, commit);
    }

    @Test
    void itBeginsNowAndWithoutSnapshot() {
        assertThat(session.connected())
                .containsExactly("{\"type\":\"subscribe\",\"id\":\"desks\",\"collection\":\"desks\",\"snapshot\":false,"
                        + "\"filter\":{\"floor_number\":1}}");
    }

    @Test
    void itBeginsWhereItIsTold() {
        session = session(Map.of("pg", "e.9-2"));

        assertThat(session.connected()).singleElement().asString().contains("\"since\":{\"pg\":\"e.9-2\"}");
    }

    @Test
    void aTransactionIsPrintedWhenItIsComplete() throws Exception {
        session.connected();
        becomeReady();

        receive(change(7, false), change(8, false));
        assertThat(output.transactions).isEmpty();
        receive("{'type':'commit','source':'pg','tx':'5','offset':'e.8-3'}", change(9, true));

        assertThat(output.transactions).containsExactly("7,8", "9");
        assertThat(session.offsets()).isEqualTo(Map.of("pg", "e.9-2"));
        assertThat(session.silenceMillis()).isEqualTo(15_000);
    }

    @Test
    void afterALostConnectionItGoesOnAndForgetsWhatWasNotCommitted() throws Exception {
        session.connected();
        becomeReady();
        receive(change(7, true), change(8, false));

        assertThat(session.connected())
                .singleElement()
                .asString()
                .contains("\"since\":{\"pg\":\"e.7-2\"}", "\"channel\":\"c1\"");
        receive(change(9, true));

        assertThat(output.transactions).containsExactly("7", "9");
    }

    @Test
    void beforeEverythingIsReadyNoOffsetIsTaken() throws Exception {
        session = session(Map.of("pg", "e.1-0"));
        session.connected();
        receive(change(7, true), "{'type':'heartbeat','offsets':{'pg':'e.8-0'}}");

        assertThat(session.offsets()).isEqualTo(Map.of("pg", "e.1-0"));
    }

    @Test
    void aResetIsSaidAloud() throws Exception {
        session.connected();
        becomeReady();
        receive("{'type':'reset','channel':'c1','reason':'window_passed','offsets':{'pg':'e.50-0'}}");

        assertThat(output.notes).containsExactly("changes of desks were missed: window_passed");
        assertThat(session.offsets()).isEqualTo(Map.of("pg", "e.50-0"));
    }

    @Test
    void anErrorThatWouldComeAgainEndsIt() {
        session.connected();

        assertThatThrownBy(() -> receive("{'type':'error','id':'desks','code':4002,'name':'unknown_collection',"
                        + "'message':'there is no collection desks','retry':false}"))
                .isInstanceOf(TailSession.RefusedException.class)
                .hasMessage("there is no collection desks (4002 unknown_collection)");
    }

    @Test
    void anErrorThatMayPassIsTriedAgainOnAnotherConnection() throws Exception {
        session.connected();
        receive("{'type':'error','id':'desks','code':4009,'name':'busy','message':'later','retry':true}");

        assertThat(session.failure()).isEqualTo("later (4009 busy)");
        session.connected();
        assertThat(session.failure()).isNull();
    }

    private static final class Output implements TailOutput {
        private final List<String> transactions = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();

        @Override
        public void changes(List<JsonNode> changes) {
            transactions.add(changes.stream()
                    .map(change -> change.at("/key/id").asString())
                    .collect(Collectors.joining(",")));
        }

        @Override
        public void note(String text) {
            notes.add(text);
        }
    }
}
