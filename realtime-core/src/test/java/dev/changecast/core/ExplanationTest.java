package dev.changecast.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.testing.RelationBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExplanationTest {
    private static final Relation ORDERS = orders(OldRow.FULL);

    private static final List<Route> ROUTES = List.of(
            Route.from("pg/*").hide("margin").rows("{\"tenant\":\"{claims.tenant}\"}"),
            Route.from("pg/public.orders")
                    .collection("my_orders")
                    .readRoles("clerk")
                    .push("role:admin")
                    .push(Push.to("user:{row.owner}")
                            .when("{\"tenant\":{\"$gt\":5}}")
                            .priority(Push.Priority.HIGH)));

    private static Relation orders(OldRow old) {
        return RelationBuilder.table("orders")
                .key("id")
                .integer("tenant")
                .text("owner")
                .text("margin")
                .old(old)
                .remedy("FULL, please")
                .build();
    }

    private static Explanation explain(String who, Relation relation) {
        return Explanation.of(ROUTES, Claimed.identity(who), "pg", relation);
    }

    @Test
    void whatSomebodySeesIsToldInWordsAndAsJson() {
        Explanation seven = explain("ada;clerk;tenant=007", ORDERS);
        assertThat(seven.words())
                .containsExactly(
                        "'my_orders' is pg/public.orders, for user ada with the roles [clerk]:",
                        "  rows where \"tenant\"=\"7\"",
                        "  columns id, tenant, owner; not margin",
                        "  changes pushed to user:{row.owner} with high priority of rows where \"tenant\">\"5\"",
                        "  routes pg/public.orders, pg/*");
        assertThat(seven.json())
                .isEqualTo(
                        "{\"collection\":\"my_orders\",\"source\":\"pg\",\"relation\":\"public.orders\",\"allowed\":true,"
                                + "\"rows\":{\"tenant\":{\"$eq\":\"7\"}},\"notes\":[],\"columns\":[\"id\",\"tenant\",\"owner\"],"
                                + "\"hidden\":[\"margin\"],"
                                + "\"pushes\":[\"changes pushed to user:{row.owner} with high priority of rows where \\\"tenant\\\">\\\"5\\\"\"],"
                                + "\"routes\":[\"pg/public.orders\",\"pg/*\"]}");
    }

    @Test
    void whoSeesNothingIsToldWhy() {
        assertThat(explain("ada;clerk", ORDERS).rows()).isEqualTo("no row");
        assertThat(explain("ada", ORDERS).denied()).contains("to role clerk alone");
        assertThat(explain(";;", ORDERS).pushes()).isEmpty();
        assertThat(explain("ada;clerk;tenant=7", orders(OldRow.KEY)).denied()).contains("FULL, please");
        Relation other = RelationBuilder.table("other").key("id").build();
        assertThat(Explanation.of(
                                List.of(Route.from("pg/*").readEveryone().rows("{\"tenant\":1}")),
                                Identity.anonymous(),
                                "pg",
                                other)
                        .denied())
                .contains("has no column 'tenant'");
    }

    private static List<String> notes(String rule, String who) {
        return Explanation.of(
                        List.of(Route.from("pg/*").readEveryone().rows(rule.replace('\'', '"'))),
                        new FilterLimits(10, 10, 3, 1000),
                        Claimed.identity(who),
                        "pg",
                        ORDERS)
                .notes();
    }

    @Test
    void whatIsMissingForARuleIsTold() {
        assertThat(notes("{'tenant':'{claims.tenant}','owner':'{user}'}", ";;tenant=7"))
                .containsExactly("{user} is not there");
        assertThat(notes("{'tenant':'{claims.tenants}'}", ";;tenants=[7]"))
                .containsExactly("{claims.tenants} is a list, which no value equals: write"
                        + " { $in: \"{claims.tenants}\" } for any of its values");
        assertThat(notes("{'tenant':{'$in':'{claims.tenants}'}}", ";;tenants=[]"))
                .containsExactly("{claims.tenants} is an empty list");
        assertThat(notes("{'tenant':{'$in':'{claims.tenants}'}}", ";;tenants=[1|2|3|4]"))
                .containsExactly("{claims.tenants} is a list of 4 values, of which a rule takes 3");
        assertThat(notes("{'tenant':{'$in':'{claims.tenants}'}}", ";;"))
                .containsExactly("{claims.tenants} is not there");
        assertThat(notes("{'tenant':{'$in':'{claims.tenants}'}}", ";;tenants=[7|8]"))
                .isEmpty();
        assertThat(Explanation.of(
                                List.of(Route.from("pg/*")
                                        .readEveryone()
                                        .rows("{\"tenant\":{\"$in\":\"{claims.tenants}\"}}")),
                                Claimed.identity("ada;;tenants=[8|07]"),
                                "pg",
                                ORDERS)
                        .words())
                .contains("  rows where \"tenant\" in [\"7\",\"8\"]");
        assertThat(explain("ada;clerk", ORDERS).words())
                .containsSubsequence("  no row", "    {claims.tenant} is not there");
    }
}
