package dev.changecast.source.mongo;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.regex.Pattern;

/**
 * Which collections are meant: {@code database.collection}, with {@code *} for any characters. The first dot ends the
 * database's name, as in MongoDB itself; the collection's may hold more.
 */
final class CollectionPattern {
    private final String text;
    private final String database;
    private final Pattern databases;
    private final Pattern collections;

    private CollectionPattern(String text, String database, String collection) {
        this.text = text;
        this.database = database;
        this.databases = glob(database);
        this.collections = glob(collection);
    }

    static CollectionPattern parse(String text) {
        String stripped = text.strip();
        int dot = stripped.indexOf('.');
        if (dot < 1 || dot == stripped.length() - 1) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "a collection is named database.collection, with * as wildcard (app.users, app.*), not: " + text);
        }
        return new CollectionPattern(stripped, stripped.substring(0, dot), stripped.substring(dot + 1));
    }

    private static Pattern glob(String part) {
        String[] pieces = part.split("\\*", -1);
        StringBuilder regex = new StringBuilder(Pattern.quote(pieces[0]));
        for (int i = 1; i < pieces.length; i++) {
            regex.append(".*").append(Pattern.quote(pieces[i]));
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    boolean matches(String databaseName, String collectionName) {
        return matchesDatabase(databaseName)
                && collections.matcher(collectionName).matches();
    }

    boolean matchesDatabase(String name) {
        return databases.matcher(name).matches();
    }

    /** The name of its one database, or a pattern of several. */
    String database() {
        return database;
    }

    boolean isOfOneDatabase() {
        return !database.contains("*");
    }

    @Override
    public String toString() {
        return text;
    }
}
