package dev.changecast.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Limits;
import dev.changecast.core.Limits.PerUserPolicy;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionPlacesTest {
    private static final Limits LIMITS = new Limits(100, 3, 2, 1, 1024, 1024, 1, 1000, Set.of());

    private long now;

    private Admission admission(PerUserPolicy policy) {
        return new Admission(LIMITS.perUserPolicy(policy), () -> now);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
        "2001:DB8:1:2::, 2001:db8:1:2::/64",
        "::1, 0:0:0:0::/64",
        "fe80::1%eth0, fe80:0:0:0::/64",
        "::ffff:10.0.0.1, 10.0.0.1",
        "no address, no address",
        "no:address, no:address",
        "de:ad, de:ad"
    })
    void anAddressOfVersion6StandsForItsNetwork(String address, String network) {
        assertThat(Network.of(address)).isEqualTo(network);
    }

    @Test
    void allAddressesOfANetworkOfVersion6ShareItsPlaces() {
        Admission admission = admission(PerUserPolicy.REFUSE);
        for (int i = 1; i <= 3; i++) {
            assertThat(admission.enter("2001:db8::" + i, null).refusal()).isNull();
        }
        assertThat(admission.wouldRefuse("2001:db8::4"))
                .isEqualTo("there are 3 connections from this network, 2001:db8:0:0::/64");
        assertThat(admission.wouldRefuse("2001:db8:0:1::4")).isNull();
    }

    @Test
    void theOldestConnectionOfAUserLeavesForANewOneWhenItHasBeenThereForAWhile() {
        Admission admission = admission(PerUserPolicy.REPLACE_OLDEST);
        Admission.Place first = admission.enter("10.0.0.1", "ada");
        now += 1;
        admission.enter("10.0.0.1", "ada");
        now = Admission.LEAST_STAY_NANOS - 1;
        assertThat(admission.enter("10.0.0.2", "ada").refusal())
                .isEqualTo("there are 2 connections of this user, and the oldest has been there for less than 10 s");
        now++;
        Admission.Place third = admission.enter("10.0.0.2", "ada");
        assertThat(third.refusal()).isNull();
        assertThat(third.replaces()).isSameAs(first);
        assertThat(admission.enter("10.0.0.3", "ada").refusal()).contains("less than 10 s");
    }

    @Test
    void whoWasReplacedFreesItsPlaceOnce() {
        Admission admission = admission(PerUserPolicy.REPLACE_OLDEST);
        Admission.Place first = admission.enter("10.0.0.1", "ada");
        admission.enter("10.0.0.1", "ada");
        admission.enter("10.0.0.1", "grace");
        now = Admission.LEAST_STAY_NANOS;
        assertThat(admission.wouldRefuse("10.0.0.1")).isNotNull();
        assertThat(admission.enter("10.0.0.2", "ada").replaces()).isSameAs(first);
        admission.leave(first);
        assertThat(admission.enter("10.0.0.1", null).refusal()).isNull();
        assertThat(admission.wouldRefuse("10.0.0.1")).isEqualTo("there are 3 connections from this address");
    }

    @Test
    void nobodyIsReplacedWhereTheNewestIsRefused() {
        Admission admission = admission(PerUserPolicy.REFUSE);
        admission.enter("10.0.0.1", "ada");
        admission.enter("10.0.0.1", "ada");
        now = 2 * Admission.LEAST_STAY_NANOS;
        assertThat(admission.enter("10.0.0.1", "ada").refusal()).isEqualTo("there are 2 connections of this user");
    }

    private static final Limits FEW_STRANGERS =
            new Limits(2, 10, 2, 1, 1024, 1024, 1, 1000, Set.of()).unauthenticated(3);

    @Test
    void whoIsStillToShowATokenTakesNoPlaceFromThoseWhoAreKnown() {
        Admission admission = new Admission(FEW_STRANGERS, () -> now);
        for (int i = 0; i < 3; i++) {
            assertThat(admission.enterUnknown("10.0.0.1").refusal()).isNull();
        }
        assertThat(admission.enter("10.0.0.2", "ada").refusal()).isNull();
        assertThat(admission.enter("10.0.0.2", null).refusal()).isNull();
        assertThat(admission.enter("10.0.0.2", "bob").refusal()).isEqualTo("the server has its 2 connections");
        assertThat(admission.enterUnknown("10.0.0.2").refusal()).isEqualTo("the server has its 2 connections");
    }

    @Test
    void theOldestThatIsStillToShowATokenGoesForTheNewest() {
        Admission admission = new Admission(FEW_STRANGERS, () -> now);
        Admission.Place first = admission.enterUnknown("10.0.0.1");
        Admission.Place second = admission.enterUnknown("10.0.0.1");
        Admission.Place third = admission.enterUnknown("10.0.0.1");
        assertThat(third.replaces()).isNull();
        admission.leave(second);
        assertThat(admission.enterUnknown("10.0.0.2").replaces()).isNull();
        assertThat(admission.enterUnknown("10.0.0.2").replaces()).isSameAs(first);
        assertThat(first.isStrangers()).isTrue();
        assertThat(admission.enterUnknown("10.0.0.2").replaces()).isSameAs(third);
    }

    @Test
    void whoShowsATokenLeavesThePlacesOfStrangersAndNeedsOneOfTheKnown() {
        Admission admission = new Admission(FEW_STRANGERS, () -> now);
        Admission.Place ada = admission.enterUnknown("10.0.0.1");
        Admission.Place nobody = admission.enterUnknown("10.0.0.1");
        Admission.Place late = admission.enterUnknown("10.0.0.1");
        assertThat(admission.identify(ada, "ada").refusal()).isNull();
        assertThat(admission.identify(nobody, null).refusal()).isNull();
        assertThat(admission.identify(late, "bob").refusal()).isEqualTo("the server has its 2 connections");
        admission.leave(late);
        // All are free again in the end, each once.
        admission.leave(ada);
        Admission.Place own = admission.enterUnknown("10.0.0.1");
        assertThat(own.refusal()).isEqualTo("the server has its 2 connections");
    }

    @Test
    void whoShowsATokenWhenItsPlaceHasJustGoneGetsAnother() {
        Admission admission = new Admission(FEW_STRANGERS, () -> now);
        Admission.Place first = admission.enterUnknown("10.0.0.1");
        for (int i = 0; i < 3; i++) {
            admission.enterUnknown("10.0.0.2");
        }
        Admission.Place ada = admission.identify(first, "ada");
        assertThat(ada.refusal()).isNull();
        assertThat(ada.isStrangers()).isFalse();
        admission.leave(first);
        admission.leave(ada);
        admission.leave(ada);
        assertThat(admission.enter("10.0.0.3", "ada").refusal()).isNull();
        assertThat(admission.enter("10.0.0.3", "ada").refusal()).isNull();
        assertThat(admission.enter("10.0.0.3", "bob").refusal()).isEqualTo("the server has its 2 connections");
    }

    @Test
    void strangersCountForTheirAddressToo() {
        Admission admission = admission(PerUserPolicy.REFUSE);
        for (int i = 0; i < 3; i++) {
            admission.enterUnknown("10.0.0.1");
        }
        assertThat(admission.wouldRefuse("10.0.0.1")).isEqualTo("there are 3 connections from this address");
        assertThat(admission.enterUnknown("10.0.0.1").refusal()).isNotNull();
        assertThat(admission.wouldRefuse("10.0.0.2")).isNull();
    }
}
