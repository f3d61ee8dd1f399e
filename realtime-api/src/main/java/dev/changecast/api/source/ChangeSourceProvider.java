package dev.changecast.api.source;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import java.util.List;

/** Makes sources of one type; found by {@link java.util.ServiceLoader}. Has a public constructor without parameters. */
public interface ChangeSourceProvider {
    /** The {@code type} in a configuration: {@code postgres}. Two providers of one type are a start-up error. */
    String type();

    /** What can be configured; from it come validation and the configuration reference. */
    List<Setting> settings();

    /**
     * Makes a source. No input or output; throws {@link dev.changecast.api.ChangecastException} with all that is wrong
     * with the values taken together.
     *
     * @param name the source's name in the configuration, for threads and messages
     * @param values validated against {@link #settings()}
     */
    ChangeSource create(String name, SettingValues values);
}
