package dev.changecast.transport.sse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResumptionTest {
    @Test
    void idsComeFromCommitsReadyAndHeartbeatsAndNeverFromInsideATransaction() {
        Resumption resumption = new Resumption(1);
        assertThat(id(resumption, "{'type':'subscribed','id':'1','channel':'c'}"))
                .isNull();
        assertThat(id(resumption, "{'type':'snapshot','channel':'c','rows':[{'offset':'x'}]}"))
                .isNull();
        assertThat(id(resumption, "{'type':'ready','channel':'c','offsets':{'pg':'e.1-0'}}"))
                .isEqualTo("{'pg':'e.1-0'}");
        assertThat(id(resumption, "{'type':'x','action':'insert','channel':'c','source':'pg','offset':'e.2-2'}"))
                .isNull();
        assertThat(id(resumption, "{'type':'commit','source':'pg','offset':'e.2-4'}"))
                .isEqualTo("{'pg':'e.2-4'}");
        assertThat(
                        id(
                                resumption,
                                "{'type':'x','action':'delete','source':'pg','offset':'e.3-2','commit':true,'data':{'commit':false}}"))
                .isEqualTo("{'pg':'e.3-2'}");
        assertThat(id(resumption, "{'type':'heartbeat','offsets':{'m':'f.9-0'}}"))
                .isEqualTo("{'m':'f.9-0','pg':'e.3-2'}");
    }

    @Test
    void aPublishedMessageIsWholeByItself() {
        Resumption resumption = new Resumption(0);
        assertThat(
                        id(
                                resumption,
                                "{'type':'notification','channel':'user:1','content':{'offset':'x'},'source':'live','offset':'l.2-3'}"))
                .isEqualTo("{'live':'l.2-3'}");
        assertThat(id(resumption, "{'type':'typing','channel':'user:1','source':'live','ephemeral':true}"))
                .isNull();
    }

    @Test
    void aChangeNamedLikeAMessageOfTheProtocolIsStillAChange() {
        Resumption resumption = new Resumption(0);
        assertThat(id(resumption, "{'type':'commit','action':'insert','source':'pg','offset':'e.2-2'}"))
                .isNull();
    }

    @Test
    void thereIsNoneUntilEveryCollectionIsReady() {
        Resumption resumption = new Resumption(2);
        id(resumption, "{'type':'subscribed','id':'1','channel':'a'}");
        assertThat(id(resumption, "{'type':'ready','channel':'a','offsets':{'pg':'e.1-0'}}"))
                .isNull();
        assertThat(id(resumption, "{'type':'commit','source':'pg','offset':'e.2-4'}"))
                .isNull();
        id(resumption, "{'type':'subscribed','id':'2','channel':'b'}");
        assertThat(id(resumption, "{'type':'heartbeat','offsets':{'pg':'e.3-0'}}"))
                .isNull();
        assertThat(id(resumption, "{'type':'ready','channel':'b','offsets':{'pg':'e.4-0'}}"))
                .isEqualTo("{'pg':'e.4-0'}");
    }

    @Test
    void aResetTakesItBackAndARefusedCollectionNeverGivesOne() {
        Resumption resumption = new Resumption(1);
        id(resumption, "{'type':'subscribed','id':'1','channel':'a'}");
        id(resumption, "{'type':'ready','channel':'a','offsets':{'pg':'e.1-0'}}");
        assertThat(id(resumption, "{'type':'reset','channel':'a','offsets':{'pg':'e.2-0'}}"))
                .isEmpty();
        assertThat(id(resumption, "{'type':'heartbeat','offsets':{'pg':'e.3-0'}}"))
                .isNull();
        assertThat(id(resumption, "{'type':'ready','channel':'a','offsets':{'pg':'e.4-0'}}"))
                .isEqualTo("{'pg':'e.4-0'}");
        Resumption refused = new Resumption(1);
        id(refused, "{'type':'error','id':'1','code':4010}");
        assertThat(id(refused, "{'type':'heartbeat','offsets':{'pg':'e.3-0'}}")).isNull();
    }

    @Test
    void lineBreaksInADocumentDoNotEndTheLine() {
        EventForm form = Payload.of("{\"type\":\"x\",\n\r\"data\":{\n}}").framed(EventForm.FRAMING);
        assertThat(new String(form.event(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("data: {\"type\":\"x\",  \"data\":{ }}\n\n");
    }

    private static @Nullable String id(Resumption resumption, String json) {
        String id = resumption.idOf(Payload.of(json.replace('\'', '"')).framed(EventForm.FRAMING));
        return id == null ? null : id.replace('"', '\'');
    }
}
