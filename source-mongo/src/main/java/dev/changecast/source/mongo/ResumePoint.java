package dev.changecast.source.mongo;

import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream can be taken up again, between two cluster times; the token of a checkpoint.
 *
 * <p>The token of the last event is tried first: a server that does not know that event any more has lost a part of its
 * history, as after the restore of a backup, and says so. The latest token may be that of a time without an event, with
 * which a server goes on whatever its history is; it serves when the last event has left the oplog, which only a server
 * can say that still has what came after it.
 *
 * @param since where the stream began; null once there is a token
 * @param event of the last event that was seen; null when there was none
 * @param latest of the last answer, whether it held an event or not
 */
record ResumePoint(
        @Nullable BsonTimestamp since,
        @Nullable BsonDocument event,
        @Nullable BsonDocument latest) {
    private static final JsonWriterSettings COMPACT =
            JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

    static ResumePoint since(BsonTimestamp time) {
        return new ResumePoint(time, null, null);
    }

    ResumePoint afterEvent(BsonDocument token) {
        return new ResumePoint(null, token, token);
    }

    ResumePoint reached(BsonDocument token) {
        return new ResumePoint(null, event, token);
    }

    /** For a checkpoint. */
    String text() {
        BsonDocument document = new BsonDocument();
        if (since != null) {
            document.append("since", since);
        }
        if (event != null) {
            document.append("event", event);
        }
        if (latest != null && !latest.equals(event)) {
            document.append("latest", latest);
        }
        return document.toJson(COMPACT);
    }

    /** Reads what {@link #text} wrote; empty for anything else. */
    static Optional<ResumePoint> parse(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            BsonDocument document = BsonDocument.parse(text);
            BsonValue since = document.get("since");
            BsonDocument event = part(document, "event");
            BsonDocument latest = part(document, "latest");
            if (event == null && latest == null) {
                return since == null || !since.isTimestamp()
                        ? Optional.empty()
                        : Optional.of(since(since.asTimestamp()));
            }
            return Optional.of(new ResumePoint(null, event, latest == null ? event : latest));
        } catch (RuntimeException e) {
            // Whatever it is, it is no token of ours.
            return Optional.empty();
        }
    }

    private static @Nullable BsonDocument part(BsonDocument document, String name) {
        BsonValue value = document.get(name);
        return value != null && value.isDocument() ? value.asDocument() : null;
    }
}
