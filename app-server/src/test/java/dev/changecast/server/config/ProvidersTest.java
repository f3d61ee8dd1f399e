package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.transport.Transport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvidersTest {
    @Test
    void twoProvidersOfOneTypeAreAnErrorThatNamesBoth() {
        FakeSourceProvider one = new FakeSourceProvider("postgres");
        OtherProvider two = new OtherProvider();

        assertThatThrownBy(() -> new Providers(List.of(one, two), List.of()))
                .isInstanceOf(ProviderException.class)
                .hasMessage("two plug-ins provide the source type 'postgres': " + FakeSourceProvider.class.getName()
                        + " and " + OtherProvider.class.getName() + ": take one of them off the class path");
    }

    @Test
    void theServersOwnPlugInsAreFound() {
        Providers providers = Providers.onClassPath();

        assertThat(providers.sourceTypes()).contains("postgres");
        assertThat(providers.createTransports(Map.of()))
                .extracting(Transport::name)
                .contains("websocket");
    }

    private static final class OtherProvider implements dev.changecast.api.source.ChangeSourceProvider {
        @Override
        public String type() {
            return "postgres";
        }

        @Override
        public List<dev.changecast.api.setting.Setting> settings() {
            return List.of();
        }

        @Override
        public dev.changecast.api.source.ChangeSource create(
                String name, dev.changecast.api.setting.SettingValues values) {
            throw new UnsupportedOperationException();
        }
    }
}
