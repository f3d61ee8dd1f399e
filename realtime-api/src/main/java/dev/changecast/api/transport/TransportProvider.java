package dev.changecast.api.transport;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import java.util.List;

/**
 * Makes transports of one type; found by {@link java.util.ServiceLoader}. Has a public constructor without parameters.
 */
public interface TransportProvider {
    /** The transport's name in a configuration: {@code websocket}. Two providers of one type are a start-up error. */
    String type();

    /** What can be configured; from it come validation and the configuration reference. */
    List<Setting> settings();

    /** Makes a transport. No input or output. */
    Transport create(SettingValues values);
}
