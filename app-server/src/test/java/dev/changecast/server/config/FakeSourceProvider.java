package dev.changecast.server.config;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.Setting.Type;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.util.List;

/** A source type with a setting of each form. */
public final class FakeSourceProvider implements ChangeSourceProvider {
    private final String type;
    private final CloseableSource source = new CloseableSource();

    public FakeSourceProvider() {
        this("fake");
    }

    public FakeSourceProvider(String type) {
        this.type = type;
    }

    @Override
    public String type() {
        return type;
    }

    @Override
    public List<Setting> settings() {
        return List.of(
                Setting.required("url", Type.TEXT, "Where the database is."),
                Setting.optional("password", Type.SECRET, null, "The password."),
                Setting.optional("tables", Type.TEXTS, "[public.*]", "Which tables."),
                Setting.optional("heartbeat", Type.DURATION, "10s", "How often it is tried."),
                Setting.optional("buffer", Type.BYTES, "1MiB", "How much is held."),
                Setting.optional("pool_size", Type.NUMBER, "4", "How many connections."),
                Setting.optional("create", Type.FLAG, "true", "Whether things are made."),
                Setting.choice("bigint", "number", List.of("number", "string"), "How int8 is written."));
    }

    @Override
    public ChangeSource create(String name, SettingValues values) {
        if (values.text("url").startsWith("bad:")) {
            throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, "url is not one of this source");
        }
        source.values = values;
        return source;
    }

    CloseableSource created() {
        return source;
    }
}
