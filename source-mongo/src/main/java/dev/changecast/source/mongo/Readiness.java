package dev.changecast.source.mongo;

import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.List;

/** Looks whether capture could work. */
final class Readiness {
    private final MongoConnection connection;
    private final MongoOptions options;
    private final CollectionCatalog catalog;

    Readiness(MongoConnection connection, MongoOptions options, CollectionCatalog catalog) {
        this.connection = connection;
        this.options = options;
        this.catalog = catalog;
    }

    /** Everything that is wrong; what cannot be asked, as nobody answers, is not. */
    CheckResult inspect() {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        try {
            Deployment deployment = Deployment.ask(connection, options);
            attempt(problems, () -> stream(deployment));
            attempt(problems, () -> collections(warnings));
        } catch (RuntimeException e) {
            problems.add(String.valueOf(MongoFailure.of(e, options).getMessage()));
        }
        return new CheckResult(problems.stream().distinct().toList(), warnings);
    }

    private void attempt(List<String> problems, Runnable question) {
        try {
            question.run();
        } catch (RuntimeException e) {
            problems.add(String.valueOf(MongoFailure.of(e, options).getMessage()));
        }
    }

    private void stream(Deployment deployment) {
        String database = options.onlyDatabase();
        long present = connection.present(deployment.sharded(), database == null ? "admin" : database);
        try (ChangeStream stream = new ChangeStream(connection, options, deployment, catalog)) {
            stream.open(ClusterTime.timestamp(present));
        }
    }

    private void collections(List<String> warnings) {
        List<Relation> relations = catalog.relations();
        for (CollectionPattern pattern : options.collections()) {
            if (relations.stream().noneMatch(relation -> pattern.matches(relation.namespace(), relation.name()))) {
                warnings.add("there is no collection yet that " + pattern + " names");
            }
        }
    }
}
