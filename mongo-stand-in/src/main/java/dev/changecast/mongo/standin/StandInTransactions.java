package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The writes of transactions that have not ended. They are done at the commit, so no transaction reads its own writes. */
final class StandInTransactions {
    /** A command that is part of a transaction. */
    record Part(String database, String command, Document query) {}

    private final Map<Document, List<Part>> open = new HashMap<>();

    static boolean isPart(Document query) {
        return Boolean.FALSE.equals(query.get("autocommit"));
    }

    /** Keeps a write, and answers as if it were done. */
    Document add(String database, String command, Document query) {
        Document later = query.cloneDeeply();
        List.of("autocommit", "startTransaction", "txnNumber", "readConcern").forEach(later::remove);
        open.computeIfAbsent(session(query), unseen -> new ArrayList<>()).add(new Part(database, command, later));
        Object writes = query.getOrDefault("documents", query.getOrDefault("updates", query.get("deletes")));
        int count = writes instanceof List<?> list ? list.size() : 1;
        return StandInBackend.ok().append("n", count).append("nModified", count);
    }

    /** What the transaction of this session has written. */
    List<Part> end(Document query) {
        List<Part> parts = open.remove(session(query));
        return parts == null ? List.of() : parts;
    }

    private static Document session(Document query) {
        return ((Document) query.get("lsid")).cloneDeeply();
    }
}
