package dev.changecast.core.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.core.Identity;
import dev.changecast.core.Route;
import dev.changecast.core.Route.Readers;
import dev.changecast.core.filter.FilterText;
import dev.changecast.core.filter.FilterValues;
import dev.changecast.testing.RelationBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    private static final Relation USERS =
            RelationBuilder.table("users").key("id").build();
    private static final Relation USERS_OLD =
            RelationBuilder.table("users_old").key("id").build();

    private static Exposure exposure(Relation relation, Route... routes) {
        return new RouteTable(List.of(routes)).exposure("pg", relation);
    }

    @Test
    void theMostSpecificRouteThatSaysSomethingDecidesWhateverTheOrder() {
        Route exact = Route.from("pg/public.users").readRoles("admin");
        Route wide = Route.from("pg/*").readEveryone();
        Route narrow = Route.from("pg/public.us*").event("user_update").read(Readers.AUTHENTICATED);
        for (List<Route> order : List.of(List.of(exact, wide, narrow), List.of(wide, narrow, exact))) {
            RouteTable table = new RouteTable(order);
            Exposure users = table.exposure("pg", USERS);
            assertThat(table.readers("pg", USERS)).isEqualTo(Readers.roles("admin"));
            assertThat(users.events()).containsEntry(Operation.INSERT, "user_update");
            assertThat(table.readers("pg", USERS_OLD)).isEqualTo(Readers.AUTHENTICATED);
        }
    }

    @Test
    void anExactRouteIsMoreSpecificThanALongerOneWithAWildcard() {
        RouteTable table = new RouteTable(List.of(
                Route.from("pg/public.users*").readEveryone(),
                Route.from("pg/public.users").readRoles("a")));
        assertThat(table.readers("pg", USERS)).isEqualTo(Readers.roles("a"));
    }

    @Test
    void whatRoutesHideAddsUp() {
        assertThat(exposure(
                                USERS,
                                Route.from("pg/*").hide("a"),
                                Route.from("pg/public.*").hide("b"),
                                Route.from("pg/public.users").readEveryone())
                        .columns())
                .isEqualTo(new ColumnRule(Set.of("a", "b"), null));
    }

    @Test
    void ofSeveralListsOfColumnsThereAreThoseThatAllName() {
        assertThat(exposure(
                                USERS,
                                Route.from("pg/*").columns("id", "a", "b"),
                                Route.from("pg/public.users").columns("id", "b", "c"))
                        .columns())
                .isEqualTo(new ColumnRule(Set.of(), Set.of("id", "b")));
    }

    @Test
    void rowRulesOfAllRoutesAddUp() {
        RouteTable table = new RouteTable(List.of(
                Route.from("pg/*").rows("{\"id\":\"{claims.tenant}\"}"),
                Route.from("pg/public.users").readEveryone().rows("{\"id\":{\"$gt\":3}}")));
        Identity seven = new Identity("ada", Set.of(), Map.of("tenant", "7"));
        assertThat(FilterText.of(
                        FilterValues.fit(table.access(seven, "pg", USERS).rows(), USERS)))
                .isEqualTo("(\"id\"=\"7\" and \"id\">\"3\")");
    }

    @Test
    void whatOneRouteHidesInSeveralStepsAddsUpToo() {
        assertThat(Route.from("pg/*").hide("a").hide("b").hide()).isEqualTo(Set.of("a", "b"));
    }

    @Test
    void eventsOfOperationsFallBackToWiderRoutesAndThenToChange() {
        Exposure users = exposure(
                USERS,
                Route.from("pg/public.*").event(Operation.DELETE, "gone").event(Operation.INSERT, "wide"),
                Route.from("pg/public.users").event(Operation.INSERT, "narrow").readEveryone());
        assertThat(users.events())
                .isEqualTo(Map.of(
                        Operation.INSERT, "narrow",
                        Operation.DELETE, "gone",
                        Operation.UPDATE, "change",
                        Operation.TRUNCATE, "change"));
    }

    @Test
    void aRelationWithoutARouteThatNamesReadersIsSeenByNobody() {
        RouteTable table = new RouteTable(List.of(Route.from("pg/public.users").hide("a")));
        assertThat(table.access(Identity.of("a"), "pg", USERS).denied()).isTrue();
        assertThat(table.access(Identity.of("a"), "other", USERS).denied()).isTrue();
        assertThat(new RouteTable(List.of())
                        .access(Identity.of("a"), "pg", USERS)
                        .denied())
                .isTrue();
    }

    @Test
    void wildcardsStandForAnyRunOfCharactersAndNothingElseIsSpecial() {
        assertMatches("pg/*", "pg", "public", "users", true);
        assertMatches("pg/*.users", "pg", "public", "users", true);
        assertMatches("*/public.users", "pg", "public", "users", true);
        assertMatches("pg/pub*rs", "pg", "public", "users", true);
        assertMatches("pg/public.users", "pg", "publicXusers", "", false);
        assertMatches("pg/public.[u]sers", "pg", "public", "users", false);
        assertMatches("pg/public.user", "pg", "public", "users", false);
        assertMatches("pg/blic.users", "pg", "public", "users", false);
        assertMatches("pg/public.\\Eu*", "pg", "public", "users", false);
        assertMatches("pg/*s*e*", "pg", "public", "users", true);
    }

    private static void assertMatches(String from, String source, String namespace, String name, boolean matches) {
        Relation relation =
                new Relation(namespace, name, List.of(), List.of(), dev.changecast.api.source.OldRow.NONE, null);
        RouteTable table = new RouteTable(List.of(Route.from(from).readEveryone()));
        assertThat(!table.access(Identity.anonymous(), source, relation).denied())
                .as("%s for %s", from, relation.qualifiedName())
                .isEqualTo(matches);
    }

    @Test
    void everythingWrongIsSaidAtOnce() {
        assertThatThrownBy(() -> new RouteTable(List.of(
                        Route.from("pg/public.users"),
                        Route.from("pg/public.users").readEveryone(),
                        Route.from("pg/public.desks").event("welcome"),
                        Route.from("pg/public.*").collection("all"))))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("two routes from 'pg/public.users'")
                .hasMessageContaining("'welcome' is a message of the protocol")
                .hasMessageContaining("'all'");
    }

    @Test
    void noEventHasTheNameOfAMessageOfTheProtocol() {
        for (String type : List.of(
                "welcome",
                "subscribed",
                "unsubscribed",
                "snapshot",
                "ready",
                "reset",
                "commit",
                "heartbeat",
                "error",
                "pong",
                "going_away",
                "ok",
                "room_joined",
                "room_left",
                "room_message",
                "chat",
                "presence",
                "presence_diff",
                "notification",
                "broadcast",
                "data_update",
                "user_status")) {
            assertThatThrownBy(() -> new RouteTable(List.of(Route.from("pg/*").event(type))))
                    .as(type)
                    .isInstanceOf(ChangecastException.class);
        }
    }

    @Test
    void aRouteNeedsASourceAndAName() {
        for (String from : List.of("", "users", "pg/", "/users")) {
            assertThatThrownBy(() -> Route.from(from)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readersAreThoseWhoAreNamed() {
        Identity anonymous = Identity.anonymous();
        Identity ada = Identity.of("ada", "admin");
        assertThat(Readers.EVERYONE.allow(anonymous)).isTrue();
        assertThat(Readers.AUTHENTICATED.allow(anonymous)).isFalse();
        assertThat(Readers.AUTHENTICATED.allow(ada)).isTrue();
        assertThat(Readers.roles("admin").allow(ada)).isTrue();
        assertThat(Readers.roles("auditor").allow(ada)).isFalse();
        assertThat(Readers.users("ada").allow(ada)).isTrue();
        assertThat(Readers.users("ada").allow(anonymous)).isFalse();
    }
}
