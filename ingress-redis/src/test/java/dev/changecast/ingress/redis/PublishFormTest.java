package dev.changecast.ingress.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is published to a channel is what is published over HTTP, once it has been brought into that form. */
class PublishFormTest {
    private static final Channels CHANNELS = new Channels("websocket:");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String form(String channel, String payload) {
        return PublishForm.of(CHANNELS.destination(bytes(channel)), bytes(payload));
    }

    @ParameterizedTest
    @CsvSource({
        "websocket:broadcast,broadcast",
        "websocket:user:42,user:42",
        "websocket:user:a:b*,user:a:b*",
        "websocket:notification:42,user:42",
        "websocket:role:admin,role:admin",
        "websocket:room:Büro 7,room:Büro 7"
    })
    void theChannelSaysWhomAMessageIsFor(String channel, String to) {
        assertThat(form(channel, "{\"type\":\"x\",\"content\":{\"a\":1.50}}"))
                .isEqualTo("{\"to\":\"" + to + "\",\"type\":\"x\",\"content\":{\"a\":1.50}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"websocket:", "websocket:users:1", "websocket:broadcast:1", "other:user:1", ""})
    void anotherChannelIsNone(String channel) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form(channel, "{}"))
                .withMessageContaining("websocket:user:*");
    }

    @Test
    void aPrefixIsAnothersOrNoneAndNeverAPattern() {
        assertThat(new Channels("").patterns())
                .containsExactly("broadcast", "user:*", "notification:*", "role:*", "room:*");
        assertThat(new Channels("shop/").destination(bytes("shop/user:1")).address())
                .isEqualTo("user:1");
        assertThatIllegalArgumentException().isThrownBy(() -> new Channels("a*"));
        assertThatIllegalArgumentException().isThrownBy(() -> CHANNELS.destination(new byte[] {(byte) 0xff}));
    }

    @Test
    void notificationsAndBroadcastsNeedNotNameTheirType() {
        assertThat(form("websocket:notification:42", "{\"content\":1}"))
                .isEqualTo("{\"to\":\"user:42\",\"type\":\"notification\",\"content\":1}");
        assertThat(form("websocket:broadcast", "{\"content\":1}")).contains("\"type\":\"broadcast\"");
        assertThat(form("websocket:user:42", "{\"content\":1}")).doesNotContain("type");
        assertThat(form("websocket:notification:42", "{\"type\":\"alert\",\"content\":1}"))
                .contains("\"type\":\"alert\"");
    }

    @Test
    void idAndEphemeralAreTakenOver() {
        assertThat(form("websocket:user:1", "{\"id\":\"a\",\"ephemeral\":true,\"type\":\"x\",\"content\":null}"))
                .isEqualTo("{\"to\":\"user:1\",\"type\":\"x\",\"id\":\"a\",\"ephemeral\":true,\"content\":null}");
    }

    @Test
    void priorityAndTimeToLiveAreTakenOver() {
        assertThat(form("websocket:notification:1", "{\"content\":1,\"ttl_s\":60,\"priority\":\"high\"}"))
                .isEqualTo("{\"to\":\"user:1\",\"type\":\"notification\",\"priority\":\"high\",\"ttl_s\":60,"
                        + "\"content\":1}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{~data~:{~n~:1}}|{~n~:1}",
                "{~content~:null,~data~:{~n~:1}}|{~n~:1}",
                "{~content~:~Hi~,~data~:null}|~Hi~",
                "{~content~:~Hi~,~data~:{~n~:1}}|{~content~:~Hi~,~data~:{~n~:1}}",
                "{~content~:~Hi~,~from~:~7~,~from_name~:~Ada~}|{~content~:~Hi~,~from~:~7~,~from_name~:~Ada~}",
                "{~content~:~Hi~,~from~:~~,~from_name~:~~}|~Hi~",
                "{~data~:1,~from~:~7~}|{~data~:1,~from~:~7~}"
            })
    void whatElseGatewaysSendGoesIntoTheContent(String payload, String content) {
        assertThat(form("websocket:broadcast", payload.replace('~', '"')))
                .isEqualTo(
                        "{\"to\":\"broadcast\",\"type\":\"broadcast\",\"content\":" + content.replace('~', '"') + "}");
    }

    @Test
    void aWholeMessageOfAnotherGatewayIsUnderstood() {
        assertThat(form(
                        "websocket:user:42",
                        "{\"type\":\"notification\",\"id\":\"n-1\",\"from\":\"\",\"from_name\":\"\",\"to\":\"42\","
                                + "\"room\":\"\",\"content\":\"Done\",\"data\":{\"order\":7},"
                                + "\"timestamp\":1767323045}"))
                .isEqualTo("{\"to\":\"user:42\",\"type\":\"notification\",\"id\":\"n-1\","
                        + "\"content\":{\"content\":\"Done\",\"data\":{\"order\":7}}}");
    }

    @ParameterizedTest
    @CsvSource({
        "websocket:user:42,to,42",
        "websocket:user:42,to,user:42",
        "websocket:room:a,room,a",
        "websocket:room:a,to,room:a",
        "websocket:broadcast,to,broadcast",
        "websocket:broadcast,room,''"
    })
    void whomItIsForMayBeRepeated(String channel, String field, String value) {
        assertThat(form(channel, "{\"" + field + "\":\"" + value + "\",\"content\":1}"))
                .doesNotContain("room\":");
    }

    @ParameterizedTest
    @CsvSource({
        "websocket:user:42,to,43",
        "websocket:user:42,room,42",
        "websocket:room:a,room,b",
        "websocket:room:a,to,a",
        "websocket:broadcast,to,42",
        "websocket:broadcast,room,a"
    })
    void butNotContradicted(String channel, String field, String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form(channel, "{\"" + field + "\":\"" + value + "\",\"content\":1}"))
                .withMessageContaining("\"" + field + "\" says '" + value + "' and the channel");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "[]",
                "7",
                "{",
                "{\"content\":{\"secret\":1}",
                "{\"content\":1}secret",
                "{\"content\":1}{}",
                "{\"content\":1,\"content\":\"secret\"}",
                "{\"content\":{\"secret\":1,\"secret\":2}}",
                "{\"to\":7}",
                "{\"urgency\":\"secret\"}"
            })
    void whatIsNoneIsRefusedAndItsContentNotTold(String payload) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form("websocket:broadcast", payload))
                .withMessageNotContaining("secret");
    }

    @Test
    void whatIsNoUtf8IsRefused() {
        byte[] payload = bytes("{\"content\":\"?\"}");
        for (int i = 0; i < payload.length; i++) {
            payload[i] = payload[i] == '?' ? (byte) 0xED : payload[i];
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PublishForm.of(CHANNELS.destination(bytes("websocket:broadcast")), payload))
                .withMessage("it is not UTF-8");
    }

    @Test
    void nestingEndsSomewhere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> form("websocket:broadcast", "{\"content\":" + "[".repeat(100_000)));
    }
}
