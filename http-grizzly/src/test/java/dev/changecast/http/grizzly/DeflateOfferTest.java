package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateOfferTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "permessage-deflate",
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate;client_max_window_bits=10",
                "permessage-deflate; client_max_window_bits=\"15\"",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; server_max_window_bits=15",
                "x-webkit-deflate-frame, permessage-deflate",
                "permessage-deflate; server_max_window_bits=10, permessage-deflate"
            })
    void anOfferIsTakenUpWithoutContextTakeover(String offers) {
        assertThat(DeflateOffer.answer(List.of(offers)))
                .contains("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "permessage-bzip2",
                "permessage-deflate; server_max_window_bits=10",
                "permessage-deflate; server_max_window_bits",
                "permessage-deflate; client_max_window_bits=7",
                "permessage-deflate; client_max_window_bits=16",
                "permessage-deflate; client_max_window_bits=015",
                "permessage-deflate; server_no_context_takeover=true",
                "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
                "permessage-deflate; something",
                "permessage-deflate;",
                "permessage-deflate; =3"
            })
    void whatIsUnknownWrongTwiceOrImpossibleIsPassedOver(String offers) {
        assertThat(DeflateOffer.answer(List.of(offers))).isEmpty();
    }

    @Test
    void offersMayComeInSeveralHeaders() {
        assertThat(DeflateOffer.answer(List.of("other", "permessage-deflate"))).isPresent();
        assertThat(DeflateOffer.answer(List.of())).isEmpty();
    }
}
