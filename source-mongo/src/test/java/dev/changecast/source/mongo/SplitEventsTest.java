package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoClientSettings;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonDocumentReader;
import org.bson.BsonInt32;
import org.bson.codecs.DecoderContext;
import org.junit.jupiter.api.Test;

class SplitEventsTest {
    private final SplitEvents events = new SplitEvents();

    private static ChangeStreamDocument<BsonDocument> event(String json) {
        return ChangeStreamDocument.createCodec(BsonDocument.class, MongoClientSettings.getDefaultCodecRegistry())
                .decode(
                        new BsonDocumentReader(BsonDocument.parse(json)),
                        DecoderContext.builder().build());
    }

    @Test
    void partsAreOneEventWithTheTokenOfTheLast() {
        assertThat(events.add(event("{_id: {_data: '1'}, splitEvent: {fragment: 1, of: 3}, operationType: 'update',"
                        + " ns: {db: 'app', coll: 'users'}, clusterTime: Timestamp(7, 1), documentKey: {_id: 1}}")))
                .isNull();
        assertThat(events.add(event(
                        "{_id: {_data: '2'}, splitEvent: {fragment: 2, of: 3}, fullDocumentBeforeChange: {a: 1}}")))
                .isNull();
        var whole = Objects.requireNonNull(
                events.add(event("{_id: {_data: '3'}, splitEvent: {fragment: 3, of: 3}, fullDocument: {a: 2}}")));
        assertThat(whole.getOperationType()).isEqualTo(OperationType.UPDATE);
        assertThat(whole.getResumeToken()).isEqualTo(BsonDocument.parse("{_data: '3'}"));
        assertThat(whole.getFullDocument()).isEqualTo(new BsonDocument("a", new BsonInt32(2)));
        assertThat(whole.getFullDocumentBeforeChange()).isEqualTo(new BsonDocument("a", new BsonInt32(1)));
        assertThat(Objects.requireNonNull(whole.getNamespace()).getFullName()).isEqualTo("app.users");
        assertThat(Objects.requireNonNull(whole.getClusterTime()).getTime()).isEqualTo(7);
    }

    @Test
    void whatIsNotSplitPasses() {
        var event = event("{_id: {_data: '1'}, operationType: 'insert', fullDocument: {a: 1}}");
        assertThat(events.add(event)).isSameAs(event);
    }
}
