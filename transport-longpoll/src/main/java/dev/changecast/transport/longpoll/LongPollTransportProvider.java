package dev.changecast.transport.longpoll;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;

/** Makes the transport {@code longpoll} for a configuration. */
public final class LongPollTransportProvider implements TransportProvider {
    private static final Setting PATH = Setting.optional(
            "path", Setting.Type.TEXT, LongPollTransport.DEFAULT_PATH, "Where clients poll, from the root.");

    private static final Setting IDLE = Setting.optional(
            "idle",
            Setting.Type.DURATION,
            LongPollTransport.IDLE.toSeconds() + "s",
            "After how long without a poll a session ends; clients may wait 50 s in a poll.");

    @Override
    public String type() {
        return LongPollTransport.NAME;
    }

    @Override
    public List<Setting> settings() {
        return List.of(PATH, IDLE);
    }

    @Override
    public Transport create(SettingValues values) {
        return new LongPollTransport(
                values.optionalText(PATH.name()).orElse(LongPollTransport.DEFAULT_PATH), values.duration(IDLE.name()));
    }
}
