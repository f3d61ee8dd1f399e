package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {
    private final AllowedHosts local = new AllowedHosts(true, Set.of("app.example.com"));
    private final AllowedHosts open = new AllowedHosts(false, Set.of("app.example.com"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "LOCALHOST.:80",
                "app.localhost",
                "127.0.0.1:8080",
                "127.1.2.3",
                "[::1]:8080",
                "[::1]",
                "app.example.com:8080",
                "App.Example.Com",
                ""
            })
    void ourOwnNamesAreAnsweredEverywhere(String host) {
        assertThat(local.refusal(host)).isEmpty();
        assertThat(open.refusal(host)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "app.example.com.evil.example",
                "notlocalhost",
                "0177.evil"
            })
    void otherNamesAreAnsweredNowhere(String host) {
        assertThat(local.refusal(host))
                .hasValueSatisfying(why -> assertThat(why).contains("server.allowed_hosts"));
        assertThat(open.refusal(host)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1:8080", "[2001:db8::1]:8080", "10.0.0.1"})
    void addressesAreForServersThatAreNotForThisMachineAlone(String host) {
        assertThat(local.refusal(host)).isPresent();
        assertThat(open.refusal(host)).isEmpty();
    }

    @Test
    void aRefusalIsShortAndPrintable() {
        assertThat(local.refusal("\u001b[31m\r\n" + "x".repeat(10_000)).orElseThrow())
                .hasSizeLessThan(250)
                .matches("[\\x20-\\x7e…]*");
    }
}
