package dev.changecast.source.mongo;

import com.mongodb.ConnectionString;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a source was configured with.
 *
 * @param name for threads, messages and the connection's {@code appName}
 * @param url connection string; null where the source was given a client
 * @param collections which collections; never empty
 * @param fields the declared fields of those collections whose fields are not to be found
 * @param int64AsText whether Int64 is written as a JSON string
 */
record MongoOptions(
        String name,
        @Nullable String url,
        @Nullable String user,
        @Nullable String password,
        List<CollectionPattern> collections,
        List<FieldDeclaration> fields,
        boolean int64AsText) {
    private static final Pattern URL =
            Pattern.compile("(mongodb(?:\\+srv)?)://(?:([^/]*)@)?([^/?@]+)(?:/([^?]*))?(?:\\?(.*))?");

    MongoOptions {
        List<String> problems = new ArrayList<>();
        if (url != null && !isUrl(url)) {
            // What the driver says of it may hold the password.
            problems.add(
                    "url is not a connection string of MongoDB (mongodb://host1:27017,host2:27017/app?replicaSet=rs0 or"
                            + " mongodb+srv://host/app); special characters in user and password are percent-encoded there, or"
                            + " given as user and password beside it");
        } else if (url != null && user != null && matched(url).group(2) != null) {
            problems.add("the user stands in url already: leave out user and password, or take them out of url");
        }
        if (password != null && user == null) {
            problems.add("password is given without user");
        }
        if (collections.isEmpty() && (url == null || databaseIn(url) != null)) {
            problems.add("collections names no collection; app.* stands for all of the database app");
        } else if (collections.isEmpty() && isUrl(url)) {
            problems.add(
                    "collections is needed, as url names no database (mongodb://host/app): app.* stands for all of app");
        }
        List<CollectionPattern> patterns = List.copyOf(collections);
        for (FieldDeclaration field : fields) {
            int dot = field.collection().indexOf('.');
            String database = field.collection().substring(0, dot);
            String collection = field.collection().substring(dot + 1);
            if (patterns.stream().noneMatch(pattern -> pattern.matches(database, collection))) {
                problems.add("fields declares " + field.collection() + ", which is none of collections " + patterns);
            }
        }
        if (!problems.isEmpty()) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, String.join("; ", problems));
        }
        collections = patterns;
        fields = List.copyOf(fields);
    }

    private static boolean isUrl(String url) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            return false;
        }
        if (matcher.group(1).equals("mongodb+srv")) {
            // To read it further takes the name service.
            return true;
        }
        try {
            return !new ConnectionString(url).getHosts().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Matcher matched(String url) {
        Matcher matcher = URL.matcher(url);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("not a connection string");
        }
        return matcher;
    }

    /** The database that a connection string names; null where it names none. */
    static @Nullable String databaseIn(String url) {
        Matcher matcher = URL.matcher(url);
        String database = matcher.matches() ? matcher.group(4) : null;
        return database == null || database.isEmpty() ? null : database;
    }

    /** The connection string with the user who is given beside it. */
    String connectionString() {
        if (url == null) {
            throw new IllegalStateException("there is no url");
        }
        if (user == null) {
            return url;
        }
        int hosts = url.indexOf("://") + 3;
        String credentials = encoded(user) + (password == null ? "" : ":" + encoded(password));
        return url.substring(0, hosts) + credentials + "@" + url.substring(hosts);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Whether the connection string gives this option itself. */
    boolean urlSets(String option) {
        String parameters = url == null ? null : matched(url).group(5);
        return parameters != null && ("&" + parameters).toLowerCase().contains("&" + option.toLowerCase() + "=");
    }

    /** The hosts, without anything secret that the connection string may hold. */
    String address() {
        return url == null ? "the given client" : matched(url).group(3);
    }

    /** Who connects, as far as it is known. */
    String userName() {
        if (user != null) {
            return user;
        }
        String credentials = url == null ? null : matched(url).group(2);
        return credentials == null ? "the user" : credentials.replaceFirst(":.*", "");
    }

    /** The one database that all collections are of; null where they are, or may be, of several. */
    @Nullable
    String onlyDatabase() {
        String first = collections.get(0).database();
        return collections.stream()
                        .allMatch(each ->
                                each.isOfOneDatabase() && each.database().equals(first))
                ? first
                : null;
    }

    boolean matches(String database, String collection) {
        return !collection.startsWith("system.")
                && collections.stream().anyMatch(pattern -> pattern.matches(database, collection));
    }

    boolean matchesDatabase(String database) {
        return collections.stream().anyMatch(pattern -> pattern.matchesDatabase(database));
    }

    List<FieldDeclaration> fieldsOf(String database, String collection) {
        return fields.stream()
                .filter(field -> field.collection().equals(database + "." + collection))
                .toList();
    }

    /** Without url and password, since both may hold secrets. */
    @Override
    public String toString() {
        return "mongodb source " + name + " (" + address() + ", collections " + collections + ")";
    }
}
