package dev.changecast.source.mongo;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.List;

/** Makes {@link MongoSource}s from configuration: {@code type: mongodb}. */
public final class MongoSourceProvider implements ChangeSourceProvider {
    @Override
    public String type() {
        return "mongodb";
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required(
                        "url",
                        Type.SECRET,
                        "Connection string of the replica set or of the routers: mongodb://host1,host2/app?replicaSet=rs0,"
                                + " or mongodb+srv://host/app."),
                Setting.optional("user", Type.TEXT, null, "User with the role read, where url names none."),
                Setting.optional("password", Type.SECRET, null, "The user's password."),
                Setting.optional(
                        "collections",
                        Type.TEXTS,
                        null,
                        "Which collections: database.collection, * as wildcard; all of the database that url names when"
                                + " left out."),
                Setting.optional(
                        "fields",
                        Type.TEXTS,
                        null,
                        "The fields of a collection and their types: database.collection.field type; collections without"
                                + " one have those that are found in their documents."),
                Setting.choice(
                        "bigint",
                        "number",
                        List.of("number", "string"),
                        "How Int64 is written: as a JSON number, or as a string for clients that hold integers in doubles."));
    }

    @Override
    public ChangeSource create(String name, SettingValues values) {
        MongoSourceBuilder builder = MongoSource.builder()
                .name(name)
                .url(values.text("url"))
                .user(
                        values.optionalText("user").orElse(null),
                        values.optionalText("password").orElse(null))
                .fields(values.texts("fields").toArray(String[]::new))
                .bigintAsText(values.text("bigint").equals("string"));
        if (!values.texts("collections").isEmpty()) {
            builder.collections(values.texts("collections").toArray(String[]::new));
        }
        return builder.build();
    }
}
