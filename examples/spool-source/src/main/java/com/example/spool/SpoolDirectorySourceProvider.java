package com.example.spool;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import java.nio.file.Path;
import java.util.List;

/** Makes {@link SpoolDirectorySource}s from configuration: {@code type: spool}. */
// quote provider
public final class SpoolDirectorySourceProvider implements ChangeSourceProvider {
    @Override
    public String type() {
        return "spool";
    }

    @Override
    public List<Setting> settings() {
        return List.of(Setting.required("directory", Setting.Type.TEXT, "Where the numbered files are put."));
    }

    @Override
    public ChangeSource create(String name, SettingValues values) {
        return new SpoolDirectorySource(Path.of(values.text("directory")));
    }
}
// end
