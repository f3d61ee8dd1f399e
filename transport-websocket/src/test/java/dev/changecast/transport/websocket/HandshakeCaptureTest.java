package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.websocket.Extension;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeCaptureTest {
    @Test
    void noExtensionOfAContainerIsTakenUp() {
        Extension deflate = new Extension() {
            @Override
            public String getName() {
                return "permessage-deflate";
            }

            @Override
            public List<Parameter> getParameters() {
                return List.of();
            }
        };
        assertThat(new WebSocketTransport()
                        .endpointConfig()
                        .getConfigurator()
                        .getNegotiatedExtensions(List.of(deflate), List.of(deflate)))
                .isEmpty();
    }
}
