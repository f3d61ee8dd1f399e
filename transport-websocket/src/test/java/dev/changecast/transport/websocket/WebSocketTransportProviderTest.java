package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.TransportProvider;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketTransportProviderTest {
    private final TransportProvider provider = ServiceLoader.load(TransportProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.type().equals("websocket"))
            .findFirst()
            .orElseThrow();

    @Test
    void theEndpointIsWhereTheSettingSays() {
        Transport transport = provider.create(new SettingValues(provider.settings(), Map.of("path", "/live")));
        assertThat(transport.name()).isEqualTo("websocket");
        assertThat(transport.components()).singleElement().satisfies(component -> {
            assertThat(component.path()).isEqualTo("/live");
            assertThat(component.component()).isInstanceOfSatisfying(ServerEndpointConfig.class, config -> {
                assertThat(config.getPath()).isEqualTo("/live");
                assertThat(config.getSubprotocols()).containsExactly("changecast.v1");
            });
        });
    }

    @Test
    void withoutASettingItIsWs() {
        Transport transport = provider.create(new SettingValues(provider.settings(), Map.of()));
        assertThat(transport.components().get(0).path()).isEqualTo("/ws");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ws", "/a{b}", "/a b", "/a?b"})
    void aPathThatIsNoneIsRefusedWithWhatIsRight(String path) {
        assertThatThrownBy(() -> provider.create(new SettingValues(provider.settings(), Map.of("path", path))))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("must start with /")
                .hasMessageEndingWith("not: " + path);
    }
}
