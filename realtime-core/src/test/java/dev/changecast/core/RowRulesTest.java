package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rows and columns somebody sees of what the routes show. */
class RowRulesTest {
    private static final Relation ORDERS = RelationBuilder.table("orders")
            .key("id")
            .integer("tenant")
            .text("owner")
            .text("note")
            .text("margin")
            .old(OldRow.FULL)
            .build();

    private static final Relation NOTES = RelationBuilder.table("notes")
            .key("id")
            .integer("tenant")
            .text("text")
            .remedy("FULL, please")
            .build();

    private static final Route BY_TENANT = Route.from("pg/public.orders")
            .readEveryone()
            .rows(json("{'tenant':'{claims.tenant}'}"))
            .hide("margin")
            .withOld();

    private TestEngine engine;

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    private void start(Route... routes) {
        engine = TestEngine.start(new InMemorySource(ORDERS, NOTES), builder -> {
                    Stream.of(routes).forEach(builder::route);
                    return builder.authenticator(new Claimed());
                })
                .awaitStreaming();
    }

    private LoopbackClient connect(String who) {
        LoopbackClient client = engine.opened(engine.client().header("Who", who).connect());
        client.await("welcome");
        return client;
    }

    private static Message subscribe(LoopbackClient client, String more) {
        client.send(json("{'type':'subscribe','id':'s','collection':'orders'" + more + "}"));
        return client.await("subscribed or error", message -> "s".equals(message.text("id")));
    }

    private static String ready(LoopbackClient client, String more) {
        String channel = subscribe(client, more).text("channel");
        client.await("ready", message -> message.is("ready") && channel.equals(message.text("channel")));
        return channel;
    }

    private void insert(int id, int tenant, String owner) {
        engine.source.commit(tx -> tx.insert(ORDERS, id, tenant, owner, "n", "m"));
    }

    private static List<Object> snapshotIds(LoopbackClient client) {
        return client.received().all("snapshot").stream()
                .flatMap(page -> page.list("rows").stream())
                .map(row -> ((Map<?, ?>) row).get("id"))
                .map(id -> (Object) ((Number) id).intValue())
                .toList();
    }

    private static List<String> seen(LoopbackClient client) {
        return client.received().changes().stream()
                .map(change -> change.text("action") + " " + change.text("key.id"))
                .toList();
    }

    private static boolean isOf(Message message, int id) {
        return message.isChange() && message.has("key") && message.number("key.id") == id;
    }

    /** Commits a row that everybody named by the rule 'tenant 7' sees, and waits until it came. */
    private void until(LoopbackClient client, int id) {
        insert(id, 7, "ada");
        client.await("row " + id, message -> isOf(message, id));
    }

    @Test
    void aSnapshotAndWhatFollowsHoldTheReadersRowsAlone() {
        start(BY_TENANT);
        insert(1, 7, "ada");
        insert(2, 8, "bob");
        LoopbackClient seven = connect("ada;;tenant=7");
        ready(seven, "");
        assertThat(snapshotIds(seven)).containsExactly(1);
        insert(3, 8, "bob");
        insert(4, 7, "ada");
        engine.source.commit(tx -> tx.update(ORDERS, 2, 7, "bob", "n", "m"));
        engine.source.commit(tx -> tx.update(ORDERS, 1, 8, "ada", "new", "m"));
        until(seven, 9);
        assertThat(seen(seven)).containsExactly("insert 4", "insert 2", "delete 1", "insert 9");
        Message left = seven.received().changes().get(2);
        assertThat(left.json()).contains(json("'data':{'id':1,'tenant':7,'owner':'ada','note':'n'}"));
        assertThat(seven.received().all()).noneMatch(message -> message.json().contains("margin"));
    }

    @ParameterizedTest
    @ValueSource(strings = {";;", "ada;;tenent=7", "ada;;tenant=x", "ada;;tenant="})
    void whoLacksTheClaimHasNoRow(String who) {
        start(BY_TENANT);
        insert(1, 7, "ada");
        LoopbackClient nobody = connect(who);
        ready(nobody, "");
        LoopbackClient seven = connect("ada;;tenant=7");
        ready(seven, "");
        insert(2, 7, "ada");
        engine.source.commit(tx -> tx.truncate(ORDERS));
        until(seven, 9);
        subscribe(nobody, ",'filter':{'id':1}");
        nobody.await("ready");
        assertThat(snapshotIds(nobody)).isEmpty();
        assertThat(nobody.received().changes()).isEmpty();
    }

    private static Route byTenants(String rule) {
        return Route.from("pg/public.orders").readEveryone().rows(json(rule));
    }

    @Test
    void ofAClaimThatIsAListAnyValueWillDo() {
        start(byTenants("{'tenant':{'$in':'{claims.tenants}'}}").push("broadcast"));
        insert(1, 7, "ada");
        insert(2, 8, "bob");
        insert(3, 9, "bob");
        LoopbackClient both = connect("ada;;tenants=[7|8]");
        String channel = ready(both, "");
        assertThat(snapshotIds(both)).containsExactlyInAnyOrder(1, 2);
        // One value is as good as a list of one.
        LoopbackClient one = connect("bob;;tenants=9");
        ready(one, "");
        assertThat(snapshotIds(one)).containsExactly(3);
        insert(4, 9, "ada");
        engine.source.commit(tx -> tx.update(ORDERS, 3, 8, "bob", "n", "m"));
        engine.source.commit(tx -> tx.update(ORDERS, 1, 9, "ada", "n", "m"));
        until(both, 10);
        both.await("commit");
        assertThat(seenBy(both, channel)).containsExactly("insert 3", "delete 1", "insert 10");
        // What was there before may still have been on its way when it connected.
        assertThat(seenBy(both, "broadcast"))
                .doesNotContain("insert 3", "insert 4", "update 1")
                .endsWith("update 3", "insert 10");
        String tx = both.received().changes().stream()
                .filter(change -> channel.equals(change.text("channel")))
                .findFirst()
                .orElseThrow()
                .text("tx");
        String offset = both.received().all("commit").stream()
                .filter(commit -> tx.equals(commit.text("tx")))
                .findFirst()
                .orElseThrow()
                .text("offset");
        both.drop();
        LoopbackClient again = connect("cat;;tenants=[08|7]");
        assertThat(ready(again, ",'since':{'pg':'" + offset + "'},'channel':'" + channel + "'"))
                .as("whoever may see the same resumes it")
                .isEqualTo(channel);
        assertThat(seenBy(again, channel)).containsExactly("delete 1", "insert 10");
        LoopbackClient fewer = connect("ada;;tenants=[7]");
        ready(fewer, ",'since':{'pg':'" + offset + "'},'channel':'" + channel + "'");
        assertThat(fewer.received().all("reset").get(0).text("reason")).isEqualTo("access_changed");
        assertThat(snapshotIds(fewer)).containsExactly(10);
    }

    private static List<String> seenBy(LoopbackClient client, String channel) {
        return client.received().changes().stream()
                .filter(change -> channel.equals(change.text("channel")))
                .map(change -> change.text("action") + " " + change.text("key.id"))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                // Equal to a list is nothing, whatever it holds.
                "{'tenant':'{claims.tenants}'};[7]",
                "{'tenant':{'$ne':'{claims.tenants}'}};[8]",
                "{'tenant':{'$gt':'{claims.tenants}'}};[1]",
                "{'owner':'a{claims.tenants}'};[da]",
                "{'owner':{'$in':['a{claims.tenants}']}};[da]",
                // A list that is not there, or holds nothing, or nothing of the column's type.
                "{'tenant':{'$in':'{claims.tenants}'}};[]",
                "{'tenant':{'$in':'{claims.tenants}'}};[x|y]",
                "{'tenant':{'$in':'{claims.others}'}};[7]",
                "{'tenant':{'$nin':'{claims.tenants}'}};[]",
                "{'tenant':{'$nin':'{claims.others}'}};[8]",
                "{'tenant':{'$nin':'{claims.tenants}'}};[8|x]",
                "{'$not':{'tenant':{'$in':['{claims.tenants}',8]}}};[]",
                "{'tenant':{'$nin':'{claims.tenants}'}};[7|8]",
                "{'tenant':{'$in':'{claims.tenants}'}};[1|2|3|4|5|6|7]"
            })
    void aListThatCannotBeMeantShowsNothing(String rule, String tenants) {
        engine = TestEngine.start(
                        new InMemorySource(ORDERS, NOTES),
                        builder -> builder.route(byTenants(rule).push("broadcast"))
                                .limits(TestEngine.LIMITS.filters(new FilterLimits(10, 10, 6, 1000)))
                                .authenticator(new Claimed()))
                .awaitStreaming();
        insert(1, 7, "ada");
        LoopbackClient reader = connect("ada;;tenants=" + tenants);
        ready(reader, "");
        insert(2, 7, "ada");
        engine.awaitCaptured();
        subscribe(reader, ",'filter':{'id':2}");
        reader.await("ready");
        reader.send(json("{'type':'ping'}"));
        reader.await("pong");
        assertThat(snapshotIds(reader)).isEmpty();
        assertThat(reader.received().changes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'tenant':{'$nin':'{claims.tenants}'}}",
                "{'$not':{'tenant':{'$in':'{claims.tenants}'}}}",
                "{'tenant':{'$in':['{claims.more}',7]}}"
            })
    void aListMayStandForWhatIsNotSeenAndBesideOtherValues(String rule) {
        start(byTenants(rule));
        insert(1, 7, "ada");
        insert(2, 8, "bob");
        insert(3, 9, "bob");
        LoopbackClient reader = connect("ada;;tenants=[8|9],more=[]");
        ready(reader, "");
        assertThat(snapshotIds(reader)).containsExactly(1);
    }

    @Test
    void whereAListStandsATextIsOneClaimAndNothingElse() {
        for (String wrong : List.of("x", "{claims.a}{claims.b}", "a{claims.b}", "")) {
            assertThatThrownBy(() -> byTenants("{'tenant':{'$in':'" + wrong + "'}}"))
                    .isInstanceOf(ChangecastException.class)
                    .hasMessageContaining("a list of values is right, like [1,2]")
                    .hasMessageContaining("{claims.tenants}");
        }
        assertThatThrownBy(() -> byTenants("{'tenant':{'$in':'{claim.tenants}'}}"))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("in braces can stand {user} and {claims.name}");
        assertThatThrownBy(() -> Push.to("broadcast").when(json("{'tenant':{'$in':'{claims.tenants}'}}")))
                .isInstanceOf(ChangecastException.class);
    }

    @Test
    void aNameIsAClaimOrAListAndNotBoth() {
        assertThatThrownBy(() -> new Identity("ada", Set.of(), Map.of("a", "1"), Map.of("a", List.of("2"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a'");
    }

    @Test
    void otherValuesInAListOnAnOpenConnectionBeginAnew() {
        start(byTenants("{'tenant':{'$in':'{claims.tenants}'}}"));
        insert(1, 7, "ada");
        insert(2, 8, "ada");
        LoopbackClient ada = connect("ada;;tenants=[7]");
        String channel = ready(ada, "");
        ada.send(json("{'type':'authenticate','token':'ada;;tenants=[7|8]'}"));
        assertThat(ada.await("reset").text("channel")).isEqualTo(channel);
        ada.await("ready");
        assertThat(snapshotIds(ada)).containsExactlyInAnyOrder(1, 1, 2);
        ada.send(json("{'type':'authenticate','token':'ada;;tenants=[8|07|7]'}"));
        ada.await("welcome");
        insert(3, 8, "ada");
        ada.await("row 3", message -> isOf(message, 3));
        assertThat(ada.received().all("reset")).hasSize(1);
    }

    @Test
    void aClientsFilterIsNeverMoreThanTheRule() {
        start(BY_TENANT);
        insert(1, 7, "ada");
        insert(2, 8, "bob");
        LoopbackClient seven = connect("ada;;tenant=7");
        ready(seven, ",'filter':{'$or':[{'tenant':8},{'owner':'bob'},{'tenant':{'$ne':7}}]}");
        insert(3, 8, "bob");
        insert(4, 7, "bob");
        seven.await("row 4", message -> isOf(message, 4));
        assertThat(snapshotIds(seven)).isEmpty();
        assertThat(seen(seven)).containsExactly("insert 4");
    }

    @Test
    void channelsTellRightsApartAndEqualRightsShareOne() {
        start(BY_TENANT);
        String seven = ready(connect("ada;;tenant=7"), "");
        assertThat(ready(connect("bob;;tenant=007"), "")).isEqualTo(seven);
        assertThat(ready(connect("bob;;tenant=8"), "")).isNotEqualTo(seven);
    }

    @Test
    void rulesOfUsersConstantsAndOperatorsAddUp() {
        start(
                Route.from("pg/public.o*").readEveryone().rows(json("{'tenant':{'$in':[7,8]}}")),
                Route.from("pg/public.orders").rows(json("{'$or':[{'owner':'{user}'},{'note':'public'}]}")));
        engine.source.commit(tx -> tx.insert(ORDERS, 1, 7, "ada", "n", "m")
                .insert(ORDERS, 2, 9, "ada", "n", "m")
                .insert(ORDERS, 3, 8, "bob", "public", "m")
                .insert(ORDERS, 4, 8, "bob", "n", "m"));
        LoopbackClient ada = connect("ada");
        ready(ada, "");
        assertThat(snapshotIds(ada)).containsExactlyInAnyOrder(1, 3);
        LoopbackClient nobody = connect(";;");
        ready(nobody, "");
        assertThat(snapshotIds(nobody)).containsExactly(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'filter':{'?':'m'}",
                "'filter':{'$not':{'?':{'$null':true}}}",
                "'columns':['?']",
                "'snapshot':{'order_by':['?']}",
                "'snapshot':{'order_by':['-?']}"
            })
    void aHiddenColumnCannotBeToldFromOneThatDoesNotExist(String use) {
        start(BY_TENANT);
        LoopbackClient client = connect("ada;;tenant=7");
        Message hidden = answer(client, use.replace("?", "margin"));
        Message unknown = answer(client, use.replace("?", "cargin"));
        assertThat(hidden.number("code")).isEqualTo(4004);
        assertThat(unknown.number("code")).isEqualTo(4004);
        assertThat(hidden.text("message")).isEqualTo(unknown.text("message").replace("cargin", "margin"));
    }

    private static Message answer(LoopbackClient client, String more) {
        Message answer = subscribe(client, "," + more);
        return answer.is("error") ? answer : client.await("error");
    }

    @Test
    void anUpdateOfHiddenColumnsAloneIsNotTold() {
        start(BY_TENANT);
        LoopbackClient seven = connect("ada;;tenant=7");
        Message subscribed = subscribe(seven, "");
        assertThat(subscribed.json()).doesNotContain("margin");
        seven.await("ready");
        insert(1, 7, "ada");
        engine.source.commit(tx -> tx.update(ORDERS, 1, 7, "ada", "n", "more"));
        engine.source.commit(tx -> tx.update(ORDERS, 1, 7, "ada", "o", "more"));
        until(seven, 9);
        assertThat(seen(seven)).containsExactly("insert 1", "update 1", "insert 9");
        assertThat(seven.received().changes().get(1).json())
                .contains(json("'old':{'id':1,'tenant':7,'owner':'ada','note':'n'}"));
    }

    @Test
    void ofAListOfColumnsThereIsNothingElse() {
        start(Route.from("pg/public.orders").readEveryone().columns("id", "note"));
        LoopbackClient client = connect("ada");
        Message subscribed = subscribe(client, "");
        assertThat(subscribed.list("columns")).hasSize(2);
        client.await("ready");
        engine.source.commit(tx -> tx.insert(ORDERS, 1, 7, "ada", "n", "m"));
        assertThat(client.await("change").json()).contains(json("'data':{'id':1,'note':'n'}"));
        assertThat(answer(client, "'filter':{'owner':'ada'}").number("code")).isEqualTo(4004);
    }

    @Test
    void aColumnThatIsAddedIsNotOfTheListAndStaysUnseen() {
        start(Route.from("pg/public.orders").readEveryone().columns("id", "note"));
        LoopbackClient client = connect("ada");
        ready(client, ",'snapshot':false");
        Relation wider = RelationBuilder.table("orders")
                .key("id")
                .integer("tenant")
                .text("owner")
                .text("note")
                .text("margin")
                .text("iban")
                .old(OldRow.FULL)
                .build();
        engine.source.define(wider);
        engine.source.commit(tx -> tx.insert(wider, 1, 7, "ada", "n", "m", "DE00"));
        assertThat(client.await("change").json()).contains(json("'data':{'id':1,'note':'n'}"));
    }

    @Test
    void aRelationWhoseKeyWouldBeHiddenOrThatLacksTheRulesColumnIsSeenByNobody() {
        start(
                Route.from("pg/public.orders").readEveryone().hide("id"),
                Route.from("pg/public.notes").readEveryone().rows(json("{'owner':'{user}'}")));
        LoopbackClient ada = connect("ada");
        for (String collection : List.of("orders", "notes", "nothing")) {
            ada.send(json("{'type':'subscribe','collection':'" + collection + "'}"));
            assertThat(ada.await("error").text("message"))
                    .isEqualTo(
                            "there is no collection '" + collection + "' that you may read; a route has to allow it");
        }
    }

    @Test
    void aRuleThatNeedsTheOldRowIsRefusedWhereTheSourceHasNone() {
        start(Route.from("pg/public.notes").readEveryone().rows(json("{'tenant':'{claims.tenant}'}")));
        LoopbackClient seven = connect("ada;;tenant=7");
        seven.send(json("{'type':'subscribe','collection':'notes'}"));
        Message refused = seven.await("error");
        assertThat(refused.number("code")).isEqualTo(4014);
        assertThat(refused.text("message")).contains("FULL, please");
    }

    @Test
    void aResumeUnderOtherRightsBeginsAnew() {
        start(BY_TENANT);
        LoopbackClient seven = connect("ada;;tenant=7");
        String channel = ready(seven, "");
        insert(1, 7, "ada");
        String offset = seven.await("change").text("offset");
        insert(2, 8, "bob");
        engine.awaitCaptured();
        String since = ",'since':{'pg':'" + offset + "'},'channel':'" + channel + "'";
        LoopbackClient same = connect("ada;;tenant=7");
        assertThat(ready(same, since)).isEqualTo(channel);
        assertThat(same.received().all("reset")).isEmpty();
        LoopbackClient eight = connect("ada;;tenant=8");
        assertThat(ready(eight, since)).isNotEqualTo(channel);
        assertThat(eight.received().all("reset").get(0).text("reason")).isEqualTo("access_changed");
        assertThat(eight.received().all("reset").get(0).text("channel")).isEqualTo(channel);
        assertThat(snapshotIds(eight)).containsExactly(2);
    }

    @Test
    void otherRightsOnAnOpenConnectionBeginWhatChangedAnewAndLeaveTheRest() {
        start(BY_TENANT, Route.from("pg/public.notes").readRoles("clerk"));
        insert(1, 7, "ada");
        insert(2, 8, "ada");
        LoopbackClient ada = connect("ada;clerk;tenant=7");
        String channel = ready(ada, "");
        ada.send(json("{'type':'subscribe','id':'n','collection':'notes','snapshot':false}"));
        String notes = ada.await("subscribed").text("channel");
        ada.await("ready");
        ada.send(json("{'type':'authenticate','token':'ada;clerk;tenant=8'}"));
        Message reset = ada.await("reset");
        assertThat(reset.text("channel")).isEqualTo(channel);
        assertThat(reset.text("reason")).isEqualTo("access_changed");
        String next = ada.await("subscribed").text("channel");
        assertThat(next).isNotEqualTo(channel);
        ada.await("ready", message -> message.is("ready") && next.equals(message.text("channel")));
        assertThat(snapshotIds(ada)).containsExactly(1, 2);
        insert(3, 7, "ada");
        engine.source.commit(tx -> tx.insert(NOTES, 5, 1, "still here"));
        ada.await("note", message -> message.isChange() && notes.equals(message.text("channel")));
        assertThat(seen(ada)).containsExactly("insert 5");
        ada.send(json("{'type':'authenticate','token':'ada;;tenant=8'}"));
        assertThat(ada.await("reset").text("channel")).isEqualTo(notes);
        Message ended = ada.await("error");
        assertThat(ended.number("code")).isEqualTo(4002);
        assertThat(ended.text("id")).isEqualTo("n");
        engine.source.commit(tx -> tx.insert(NOTES, 6, 1, "gone"));
        insert(7, 8, "ada");
        ada.await("row 7", message -> isOf(message, 7));
        assertThat(seen(ada)).containsExactly("insert 5", "insert 7");
    }

    @Test
    void anEmbeddersAuthorizerTakesThePlaceOfTheRoutes() {
        Authorizer routes = Authorizer.ofRoutes(List.of(BY_TENANT));
        engine = TestEngine.start(
                        new InMemorySource(ORDERS, NOTES),
                        builder -> builder.authenticator(new Claimed())
                                .authorizer((identity, source, relation) -> relation.equals(NOTES)
                                        ? Access.denied("notes are private")
                                        : routes.access(identity, source, relation)
                                                .rowsWith("owner", String.valueOf(identity.user()))
                                                .hide("note")))
                .awaitStreaming();
        insert(1, 7, "ada");
        insert(2, 7, "bob");
        insert(3, 8, "ada");
        LoopbackClient ada = connect("ada;;tenant=7");
        ready(ada, "");
        assertThat(ada.received().all("snapshot").get(0).list("rows").toString())
                .isEqualTo("[{id=1, tenant=7, owner=ada}]");
        ada.send(json("{'type':'subscribe','collection':'notes'}"));
        assertThat(ada.await("error").number("code")).isEqualTo(4002);
    }

    @Test
    void aRuleThatIsNoneIsRefusedWhereItIsWritten() {
        for (String rule : List.of(
                "{'tenant':'{claim.tenant}'}",
                "{'tenant':'{claims.}'}",
                "{'tenant':'{'}",
                "{'tenant':'}'}",
                "{'tenant':{'$in':'claims.tenants'}}",
                "{'tenant':{'$like':'x'}}",
                "[]",
                "{'tenant'")) {
            assertThatThrownBy(() -> Route.from("pg/*").rows(json(rule)))
                    .as(rule)
                    .isInstanceOf(ChangecastException.class);
        }
        assertThat(Route.from("pg/*").rows(json("{'note':'{{literal}}'}")).rows())
                .isNotNull();
        assertThat(Set.of(Push.to("broadcast"))).hasSize(1);
    }
}
