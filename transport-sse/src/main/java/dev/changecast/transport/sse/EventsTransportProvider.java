package dev.changecast.transport.sse;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;

/** Makes the transport {@code sse} for a configuration. */
public final class EventsTransportProvider implements TransportProvider {
    private static final Setting PATH = Setting.optional(
            "path", Setting.Type.TEXT, EventsTransport.DEFAULT_PATH, "Where clients listen, from the root.");

    @Override
    public String type() {
        return EventsTransport.NAME;
    }

    @Override
    public List<Setting> settings() {
        return List.of(PATH);
    }

    @Override
    public Transport create(SettingValues values) {
        return new EventsTransport(values.optionalText(PATH.name()).orElse(EventsTransport.DEFAULT_PATH));
    }
}
