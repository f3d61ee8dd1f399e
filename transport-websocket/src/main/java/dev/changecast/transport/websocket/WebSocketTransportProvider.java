package dev.changecast.transport.websocket;

import dev.changecast.api.setting.Setting;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.TransportProvider;
import java.util.List;

/** Makes the transport {@code websocket} for a configuration. */
public final class WebSocketTransportProvider implements TransportProvider {
    private static final Setting PATH = Setting.optional(
            "path", Setting.Type.TEXT, WebSocketTransport.DEFAULT_PATH, "Where clients connect, from the root.");

    @Override
    public String type() {
        return WebSocketTransport.NAME;
    }

    @Override
    public List<Setting> settings() {
        return List.of(PATH);
    }

    @Override
    public Transport create(SettingValues values) {
        return new WebSocketTransport(values.optionalText(PATH.name()).orElse(WebSocketTransport.DEFAULT_PATH));
    }
}
