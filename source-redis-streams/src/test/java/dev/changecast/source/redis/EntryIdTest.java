package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Position;
import org.junit.jupiter.api.Test;

class EntryIdTest {
    @Test
    void positionsAreInTheOrderOfTheIds() {
        EntryId[] ids = {
            EntryId.parse("0-1"),
            EntryId.parse("5-0").before(),
            EntryId.parse("5-0"),
            EntryId.parse("5-1"),
            EntryId.parse("6-549755813886")
        };
        for (int i = 0; i + 1 < ids.length; i++) {
            assertThat(ids[i]).isLessThan(ids[i + 1]);
            assertThat(ids[i].end()).isLessThan(ids[i + 1].position());
            assertThat(EntryId.idle(ids[i].end())).isGreaterThan(ids[i].end()).isLessThan(ids[i + 1].position());
        }
    }

    @Test
    void aPositionTellsItsEntry() {
        for (EntryId id : new EntryId[] {
            EntryId.parse("7-3"), EntryId.ZERO, EntryId.parse("7-0").before()
        }) {
            assertThat(EntryId.of(id.end())).isEqualTo(id);
            assertThat(EntryId.of(EntryId.idle(EntryId.idle(id.end())))).isEqualTo(id);
        }
    }

    @Test
    void theIdleStandStillWhereTheNextEntryBegins() {
        Position last = new Position(7, EntryId.parse("7-4").position().minor() - 1);
        assertThat(EntryId.idle(last)).isEqualTo(last);
    }

    @Test
    void thePlaceBeforeAnEntryIsTheLastIdBeforeItForRedis() {
        assertThat(EntryId.parse("7-0").before()).hasToString("6-18446744073709551615");
        assertThat(EntryId.parse("7-4").before()).hasToString("7-3");
        assertThat(EntryId.parse("7-0").before().next()).isEqualTo(EntryId.parse("7-0"));
    }

    @Test
    void idsThatAreNoPositionsAreRefusedWithTheLastOneThatIs() {
        for (String id : new String[] {"18446744073709551615-0", "1-549755813887", "-1-0", "1", "x-1", ""}) {
            assertThatThrownBy(() -> EntryId.parse(id))
                    .isInstanceOf(ChangecastException.class)
                    .hasMessageContaining("9223372036854775807-549755813886");
        }
    }
}
