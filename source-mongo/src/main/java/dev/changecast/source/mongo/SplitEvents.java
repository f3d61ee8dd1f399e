package dev.changecast.source.mongo;

import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.SplitEvent;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Puts events together that were too large for one answer. */
final class SplitEvents {
    private @Nullable ChangeStreamDocument<BsonDocument> begun;

    /** The whole event, with the token of its last part; null while parts are missing. */
    @Nullable
    ChangeStreamDocument<BsonDocument> add(ChangeStreamDocument<BsonDocument> part) {
        SplitEvent split = part.getSplitEvent();
        if (split == null) {
            begun = null;
            return part;
        }
        ChangeStreamDocument<BsonDocument> whole = begun == null || split.getFragment() == 1 ? part : join(begun, part);
        begun = split.getFragment() == split.getOf() ? null : whole;
        return begun == null ? whole : null;
    }

    private static ChangeStreamDocument<BsonDocument> join(
            ChangeStreamDocument<BsonDocument> one, ChangeStreamDocument<BsonDocument> other) {
        String operation =
                other.getOperationTypeString() == null ? one.getOperationTypeString() : other.getOperationTypeString();
        return new ChangeStreamDocument<>(
                operation,
                other.getResumeToken(),
                either(one.getNamespaceDocument(), other.getNamespaceDocument()),
                either(one.getNamespaceTypeString(), other.getNamespaceTypeString()),
                either(one.getDestinationNamespaceDocument(), other.getDestinationNamespaceDocument()),
                either(one.getFullDocument(), other.getFullDocument()),
                either(one.getFullDocumentBeforeChange(), other.getFullDocumentBeforeChange()),
                either(one.getDocumentKey(), other.getDocumentKey()),
                either(one.getClusterTime(), other.getClusterTime()),
                either(one.getUpdateDescription(), other.getUpdateDescription()),
                either(one.getTxnNumber(), other.getTxnNumber()),
                either(one.getLsid(), other.getLsid()),
                either(one.getWallTime(), other.getWallTime()),
                null,
                null);
    }

    private static <T> @Nullable T either(@Nullable T one, @Nullable T other) {
        return one == null ? other : one;
    }
}
