package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    private final TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8", "192.0.2.7", "fd00::/8"));

    private TrustedProxies.Origin origin(String peer, Map<String, List<String>> headers) {
        return proxies.origin(peer, name -> headers.getOrDefault(name, List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // From whom, with what, and whom that makes the client.
                "203.0.113.9 | 198.51.100.1                        | 203.0.113.9",
                "10.0.0.1    | 198.51.100.1                        | 198.51.100.1",
                "192.0.2.7   | 198.51.100.1                        | 198.51.100.1",
                "192.0.2.8   | 198.51.100.1                        | 192.0.2.8",
                "fd00::1     | 198.51.100.1                        | 198.51.100.1",
                "fd00::1%2   | 198.51.100.1                        | 198.51.100.1",
                "10.0.0.1    | 1.1.1.1, 198.51.100.1               | 198.51.100.1",
                "10.0.0.1    | 1.1.1.1, 198.51.100.1, 10.0.0.2     | 198.51.100.1",
                "10.0.0.1    | 1.1.1.1,198.51.100.1 ,fd00::5,10.9.9.9 | 198.51.100.1",
                "10.0.0.1    | 10.0.0.3, 10.0.0.2                  | 10.0.0.3",
                "10.0.0.1    | ''                                  | 10.0.0.1",
                "10.0.0.1    | made up                             | 10.0.0.1",
                "10.0.0.1    | 198.51.100.1, unknown, 10.0.0.2     | 10.0.0.2",
                "10.0.0.1    | 198.51.100.1:4711                   | 198.51.100.1",
                "10.0.0.1    | [2001:db8::1]:4711                  | 2001:db8:0:0:0:0:0:1",
                "10.0.0.1    | 2001:db8::1                         | 2001:db8:0:0:0:0:0:1",
                "10.0.0.1    | 999.1.1.1                           | 10.0.0.1",
                "10.0.0.1    | www.example.com                     | 10.0.0.1"
            })
    void theClientIsTheFirstFromTheRightThatIsNoTrustedProxy(String peer, String forwarded, String client) {
        assertThat(origin(peer, Map.of("X-Forwarded-For", List.of(forwarded))).address())
                .isEqualTo(client);
        // The same over several headers is the same.
        assertThat(origin(peer, Map.of("X-Forwarded-For", Arrays.asList(forwarded.split(","))))
                        .address())
                .isEqualTo(client);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "for=198.51.100.1                                  | 198.51.100.1         | ",
                "for=198.51.100.1;proto=https                      | 198.51.100.1         | true",
                "proto=http ; For=\"198.51.100.1:88\"              | 198.51.100.1         | false",
                "for=\"[2001:db8::1]:4711\";by=x                   | 2001:db8:0:0:0:0:0:1 | ",
                "for=1.1.1.1;proto=https, for=198.51.100.1;proto=http, for=10.0.0.2;proto=https | 198.51.100.1 | false",
                "for=_hidden                                       | 10.0.0.1             | ",
                "by=10.0.0.1                                       | 10.0.0.1             | ",
                "xfor=1.1.1.1;for=198.51.100.1                     | 198.51.100.1         | "
            })
    void theStandardHeaderIsReadTheSameWay(String forwarded, String client, Boolean secure) {
        TrustedProxies.Origin origin =
                origin("10.0.0.1", Map.of("Forwarded", List.of(forwarded), "X-Forwarded-For", List.of("9.9.9.9")));
        assertThat(origin.address()).isEqualTo(client);
        assertThat(origin.secure()).isEqualTo(secure);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "https       | 198.51.100.1           | true",
                "http        | 198.51.100.1           | false",
                "HTTPS       | 198.51.100.1, 10.0.0.2 | true",
                "https, http | 198.51.100.1, 10.0.0.2 | true",
                "https, http | 1.1.1.1, 198.51.100.1  | false"
            })
    void whetherTheClientsConnectionIsEncryptedIsToldToo(String protocols, String addresses, boolean secure) {
        assertThat(origin(
                                "10.0.0.1",
                                Map.of("X-Forwarded-Proto", List.of(protocols), "X-Forwarded-For", List.of(addresses)))
                        .secure())
                .isEqualTo(secure);
    }

    @Test
    void nobodyIsBelievedWhoIsNotTrusted() {
        assertThat(origin("203.0.113.9", Map.of("X-Forwarded-Proto", List.of("https"))))
                .isEqualTo(new TrustedProxies.Origin("203.0.113.9", null));
        assertThat(TrustedProxies.NONE.trusts("127.0.0.1")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy.example.com",
                "10.0.0.0/33",
                "10.0.0/8",
                "10.0.0.0/",
                "10.0.0.0/x",
                "fd00::/129",
                "1.2.3.4/-1",
                "300.1.1.1",
                "*"
            })
    void whatIsNoAddressIsRefusedWithWhatWouldBeRight(String wrong) {
        assertThatThrownBy(() -> TrustedProxies.of(List.of(wrong)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'" + wrong
                        + "' is no address and no block of addresses, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8");
    }

    @Test
    void aListWithoutEndIsNotReadToItsEnd() {
        String many = "10.0.0.2, ".repeat(100_000) + "10.0.0.2";
        assertThat(origin("10.0.0.1", Map.of("X-Forwarded-For", List.of(many))).address())
                .isEqualTo("10.0.0.2");
    }
}
