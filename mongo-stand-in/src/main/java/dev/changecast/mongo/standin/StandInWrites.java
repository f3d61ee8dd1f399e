package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Commands that write: mongo-java-server does them, one statement at a time, and what has become of the documents goes
 * into the oplog. Used under the stand-in's lock.
 */
final class StandInWrites {
    /** Does a command in mongo-java-server. */
    interface Executor {
        Document execute(@Nullable Channel channel, String database, String command, Document query);
    }

    private final StandInOplog oplog;
    private final Executor executor;
    private final Function<String, MongoDatabase> databases;
    private final Set<String> images = new HashSet<>();

    StandInWrites(StandInOplog oplog, Executor executor, Function<String, MongoDatabase> databases) {
        this.oplog = oplog;
        this.executor = executor;
        this.databases = databases;
    }

    boolean isWrite(String name) {
        return List.of(
                        "insert",
                        "update",
                        "delete",
                        "findandmodify",
                        "create",
                        "collmod",
                        "drop",
                        "dropdatabase",
                        "renamecollection",
                        "listcollections")
                .contains(name);
    }

    Document write(@Nullable Channel channel, String database, String name, String command, Document query) {
        return switch (name) {
            case "insert" -> each(channel, database, command, query, "documents", "insert");
            case "update" -> each(channel, database, command, query, "updates", "update");
            case "delete" -> each(channel, database, command, query, "deletes", "delete");
            case "findandmodify" -> {
                String operation = isReplacement(query.get("update")) ? "replace" : "update";
                yield changing(channel, database, command, query, operation);
            }
            case "create" -> create(channel, database, command, query);
            case "collmod" -> {
                keepImages(database + "." + query.get(command), query);
                yield StandInBackend.ok();
            }
            case "drop" -> {
                boolean there = exists(database, String.valueOf(query.get(command)));
                Document answer = executor.execute(channel, database, command, query);
                if (there) {
                    dropped(database, String.valueOf(query.get(command)));
                }
                yield answer;
            }
            case "dropdatabase" -> dropDatabase(channel, database, command, query);
            case "renamecollection" -> rename(channel, database, command, query);
            default -> collections(executor.execute(channel, database, command, query), database, query);
        };
    }

    /** The documents of a collection by their ids. */
    Map<Object, Document> documents(String database, String collection) {
        Map<Object, Document> documents = new LinkedHashMap<>();
        MongoCollection<?> found = databases.apply(database).resolveCollection(collection, false);
        if (found != null) {
            found.queryAllAsStream().forEach(document -> documents.put(document.get("_id"), document.cloneDeeply()));
        }
        return documents;
    }

    private boolean exists(String database, String collection) {
        return databases.apply(database).resolveCollection(collection, false) != null;
    }

    // ---- Documents

    private Document each(
            @Nullable Channel channel, String database, String command, Document query, String list, String operation) {
        Document all = StandInBackend.ok().append("n", 0);
        List<Object> errors = new ArrayList<>();
        List<Object> upserted = new ArrayList<>();
        int modified = 0;
        List<?> statements = (List<?>) query.get(list);
        for (int index = 0; index < statements.size() && (errors.isEmpty() || isUnordered(query)); index++) {
            Document one = query.clone();
            one.put(list, List.of(statements.get(index)));
            boolean replaces = statements.get(index) instanceof Document statement && isReplacement(statement.get("u"));
            Document answer = operation.equals("insert")
                    ? inserting(channel, database, command, one)
                    : changing(channel, database, command, one, replaces ? "replace" : operation);
            all.put("n", number(all, "n") + number(answer, "n"));
            modified += number(answer, "nModified");
            collect(answer, "writeErrors", index, errors);
            collect(answer, "upserted", index, upserted);
        }
        if (operation.equals("update")) {
            all.append("nModified", modified);
        }
        if (!errors.isEmpty()) {
            all.append("writeErrors", errors);
        }
        if (!upserted.isEmpty()) {
            all.append("upserted", upserted);
        }
        return all;
    }

    private static boolean isUnordered(Document query) {
        return Boolean.FALSE.equals(query.get("ordered"));
    }

    private static boolean isReplacement(@Nullable Object update) {
        return update instanceof Document document && document.keySet().stream().noneMatch(key -> key.startsWith("$"));
    }

    private static int number(Document answer, String field) {
        return answer.get(field) instanceof Number number ? number.intValue() : 0;
    }

    private static void collect(Document answer, String field, int index, List<Object> into) {
        if (answer.get(field) instanceof List<?> list) {
            for (Object each : list) {
                Document copy = ((Document) each).clone();
                copy.put("index", index);
                into.add(copy);
            }
        }
    }

    private Document inserting(@Nullable Channel channel, String database, String command, Document query) {
        Document answer = executor.execute(channel, database, command, query);
        if (number(answer, "n") > 0) {
            Document document = (Document) ((List<?>) query.get("documents")).get(0);
            written("insert", database, String.valueOf(query.get(command)), null, document.cloneDeeply());
        }
        return answer;
    }

    private Document changing(
            @Nullable Channel channel, String database, String command, Document query, String operation) {
        String collection = String.valueOf(query.get(command));
        Map<Object, Document> before = documents(database, collection);
        Document answer = executor.execute(channel, database, command, query);
        Map<Object, Document> after = documents(database, collection);
        before.forEach((id, old) -> {
            Document now = after.get(id);
            if (now == null) {
                written("delete", database, collection, old, null);
            } else if (!now.equals(old)) {
                written(operation.equals("delete") ? "update" : operation, database, collection, old, now);
            }
        });
        after.forEach((id, now) -> {
            if (!before.containsKey(id)) {
                written("insert", database, collection, null, now);
            }
        });
        return answer;
    }

    private void written(
            String operation, String database, String collection, @Nullable Document before, @Nullable Document after) {
        Document document = Objects.requireNonNull(after == null ? before : after);
        Document more = new Document("documentKey", new Document("_id", document.get("_id")));
        if (operation.equals("update")) {
            more.append("updateDescription", difference(Objects.requireNonNull(before), document));
        }
        oplog.add(operation, database, collection, more, before, after, images.contains(database + "." + collection));
    }

    private static Document difference(Document before, Document after) {
        Document updated = new Document();
        List<String> removed = new ArrayList<>();
        after.forEach((field, value) -> {
            if (!Objects.equals(before.get(field), value)) {
                updated.append(field, value);
            }
        });
        before.keySet().stream().filter(field -> !after.containsKey(field)).forEach(removed::add);
        return new Document("updatedFields", updated)
                .append("removedFields", removed)
                .append("truncatedArrays", List.of());
    }

    // ---- Collections

    private Document create(@Nullable Channel channel, String database, String command, Document query) {
        keepImages(database + "." + query.get(command), query);
        Document plain = query.clone();
        plain.remove("changeStreamPreAndPostImages");
        return executor.execute(channel, database, command, plain);
    }

    private void keepImages(String namespace, Document query) {
        if (query.get("changeStreamPreAndPostImages") instanceof Document setting) {
            if (Boolean.TRUE.equals(setting.get("enabled"))) {
                images.add(namespace);
            } else {
                images.remove(namespace);
            }
        }
    }

    private Document collections(Document answer, String database, Document query) {
        Object wanted = query.get("filter") instanceof Document filter ? filter.get("name") : null;
        Document cursor = (Document) answer.get("cursor");
        List<Document> all = ((List<?>) cursor.get("firstBatch"))
                .stream().map(Document.class::cast).toList();
        cursor.put(
                "firstBatch",
                all.stream()
                        .filter(each -> wanted == null || wanted.equals(each.get("name")))
                        .toList());
        for (Document collection : all) {
            MongoCollection<?> found =
                    databases.apply(database).resolveCollection(String.valueOf(collection.get("name")), false);
            if (found != null) {
                collection.put("info", new Document("readOnly", false).append("uuid", found.getUuid()));
            }
            if (images.contains(database + "." + collection.get("name"))) {
                Document options = collection.get("options") instanceof Document given ? given.clone() : new Document();
                collection.put(
                        "options", options.append("changeStreamPreAndPostImages", new Document("enabled", true)));
            }
        }
        return answer;
    }

    private void dropped(String database, String collection) {
        images.remove(database + "." + collection);
        oplog.add("drop", database, collection, new Document(), null, null, false);
    }

    private Document dropDatabase(@Nullable Channel channel, String database, String command, Document query) {
        Document listed = executor.execute(channel, database, "listCollections", new Document("listCollections", 1));
        List<String> names = ((List<?>) ((Document) listed.get("cursor")).get("firstBatch"))
                .stream()
                        .map(each -> String.valueOf(((Document) each).get("name")))
                        .toList();
        Document answer = executor.execute(channel, database, command, query);
        names.forEach(name -> dropped(database, name));
        oplog.add("dropDatabase", database, null, new Document(), null, null, false);
        oplog.add("invalidate", database, null, new Document(), null, null, false);
        return answer;
    }

    private Document rename(@Nullable Channel channel, String database, String command, Document query) {
        String from = String.valueOf(query.get(command));
        String to = String.valueOf(query.get("to"));
        Document answer = executor.execute(channel, database, command, query);
        if (images.remove(from)) {
            images.add(to);
        }
        oplog.add(
                "rename",
                from.substring(0, from.indexOf('.')),
                from.substring(from.indexOf('.') + 1),
                new Document(
                        "to",
                        new Document("db", to.substring(0, to.indexOf('.')))
                                .append("coll", to.substring(to.indexOf('.') + 1))),
                null,
                null,
                false);
        return answer;
    }
}
