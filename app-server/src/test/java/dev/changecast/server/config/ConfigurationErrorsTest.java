package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person reads who has made a mistake: the exact words, since they are the interface. */
class ConfigurationErrorsTest {
    private final ConfigurationFixture fixture = new ConfigurationFixture();

    @Test
    void everythingWrongIsToldAtOnce() {
        List<String> errors = fixture.errors("""
                sever: { port: 8080 }
                server:
                  prot: 80
                  port: 70000
                  allowed_origins: [https://app.example.com/page]
                limits: { connections: many, message_bytes: 1MB, heartbeat: 30 }
                history: { bytes: 1, age: 1 day }
                sources:
                  pg: { type: postgress }
                  db: { type: fake, heartbeat: soon, creat: true }
                routes:
                  - { from: users, read: everyone }
                  - { form: pg/public.users, read: anyone }
                """);

        assertThat(errors)
                .containsExactly(
                        "changecast.yaml:1:1: sever: there is no such setting; did you mean 'server'?",
                        "changecast.yaml:3:3: server.prot: there is no such setting; did you mean 'port'?",
                        "changecast.yaml:4:3: server.port: 70000 is out of bounds: it can be 0 to 65535",
                        "changecast.yaml:5:3: server.allowed_origins: 'https://app.example.com/page' is not an origin:"
                                + " write scheme, host and port without a path, such as https://app.example.com",
                        "changecast.yaml:1:1: auth: nobody could connect: say how tokens are signed, such as jwt: {secret:"
                                + " ...}, or write anonymous: true, and route only what everybody may see",
                        "changecast.yaml:6:24: limits.connections: 'many' is not a whole number",
                        "changecast.yaml:6:45: limits.message_bytes: '1MB' is not a number of bytes, or with a unit:"
                                + " 64KiB, 16MiB or 1GiB",
                        "changecast.yaml:6:61: limits.heartbeat: '30' is not a number with a unit: 250ms, 30s, 5m, 24h or"
                                + " 7d",
                        "changecast.yaml:7:27: history.age: '1 day' is not a number with a unit: 250ms, 30s, 5m, 24h or"
                                + " 7d",
                        "changecast.yaml:7:12: history.bytes: 1 is out of bounds: it can be 1048576 or more",
                        "changecast.yaml:9:15: sources.pg.type: there is no source type 'postgress'; this server has:"
                                + " fake, other",
                        "changecast.yaml:10:38: sources.db.creat: there is no such setting; did you mean 'create'?",
                        "changecast.yaml:10:7: sources.db.url: this is required: Where the database is.",
                        "changecast.yaml:10:32: sources.db.heartbeat: 'soon' is not a number with a unit: 250ms, 30s, 5m,"
                                + " 24h or 7d",
                        "changecast.yaml:12:7: routes[0].from: 'users' is not source/schema.table, such as"
                                + " pg/public.users",
                        "changecast.yaml:13:7: routes[1].form: there is no such setting; did you mean 'from'?",
                        "changecast.yaml:13:5: routes[1].from: this is required: what is shown, as source/schema.table,"
                                + " with * as wildcard.",
                        "changecast.yaml:13:36: routes[1].read: 'anyone' is not everyone, authenticated, {roles: [...]} or"
                                + " {users: [...]}");
    }

    @Test
    void whatWouldNotProtectIsRefused() {
        assertThat(fixture.errors(
                        ConfigurationFixture.MINIMAL.replace("read: everyone", "read: everyone, conflate: 5ms") + """

                server: { allowed_hosts: ["https://app.example.com"], trusted_proxies: [proxy.example.com] }
                limits: { per_user_policy: replace, commands_at_once: 0 }
                """))
                .satisfiesExactlyInAnyOrder(
                        error -> assertThat(error)
                                .endsWith(
                                        "server.allowed_hosts: 'https://app.example.com' is not the name of a host: write"
                                                + " it without scheme, port and path, such as app.example.com"),
                        error -> assertThat(error)
                                .endsWith("server.trusted_proxies: 'proxy.example.com' is no address and no block of"
                                        + " addresses, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8"),
                        error -> assertThat(error)
                                .contains("limits.per_user_policy: 'replace' is not one of refuse, replace_oldest"),
                        error -> assertThat(error)
                                .endsWith("limits.commands_at_once: 0 is out of bounds: it can be 1 to 1000000"),
                        error -> assertThat(error)
                                .endsWith("routes[0].conflate: 5ms is out of bounds: it can be 10ms to 1m"));
    }

    @Test
    void anEmptyFileLacksWhatIsNeeded() {
        assertThat(fixture.errors("# nothing yet\n"))
                .containsExactly(
                        "changecast.yaml: auth: nobody could connect: say how tokens are signed, such as jwt: {secret: ...},"
                                + " or write anonymous: true, and route only what everybody may see",
                        "changecast.yaml: sources: there is no source, so nothing to show: write one, such as pg: {type:"
                                + " postgres, ...}",
                        "changecast.yaml: routes: there is no route, so nobody sees anything: write one, such as - {from:"
                                + " pg/public.users, read: everyone}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "server: [1]       | 1:9: server: here stands a section with keys, not a list",
                "server: {port: [1]} | 1:16: server.port: here stands one value, not a list",
                "server: {port: }  | ",
                "sources: 5        | 1:10: sources: here stands a section with keys, not one value",
                "sources: {pg: x}  | 1:11: sources.pg: here stands a source with a 'type'",
                "routes: everyone  | 1:9: routes: here stands a list of routes, not one value",
                "routes: [pg/a]    | 1:10: routes[0]: here stands a route with 'from' and 'read', not one value",
                "server: {port: !!int 80} | ",
                "server: !Server {port: 80} | 1:9: server: tags such as !Server have no meaning here",
                "server: {port: 1, port: 2} | 1:19: server.port: this key is written twice",
                "server: {tls: {key: a.pem}} | 1:15: server.tls: give certificate and key, or else a keystore",
                "server: {port: 80 | 1:18: this is not valid YAML: while parsing a flow mapping, expected ',' or '}',"
                        + " but got <stream end>",
                "&a {server: *a}   | 1:1: server: this alias refers to what it is part of",
            })
    void formsThatAreNotWhatIsExpected(String text, String expected) {
        fixture.read(text);

        List<String> errors =
                fixture.findings.errors().stream().map(Finding::toString).toList();
        if (expected == null) {
            assertThat(errors).noneMatch(error -> error.contains("server"));
        } else {
            assertThat(errors).contains("changecast.yaml:" + expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "collection: orders, from: pg/public.* | collection: one name cannot stand for the several tables of"
                        + " 'pg/public.*': leave it out, and each has its own",
                "collection: a b, from: pg/a  | collection: 'a b' is not a name: letters, digits, _ . and -",
                "from: mongo/app.users        | from: there is no source 'mongo'; there are: pg",
                "from: pq/public.users        | from: there is no source 'pq'; did you mean 'pg'?",
                "event: commit, from: pg/a    | event: 'commit' is a name of the protocol: choose another",
                "event: {inset: a}, from: pg/a | event.inset: there is no such setting; did you mean 'insert'?",
                "event: {insert: [a]}, from: pg/a | event.insert: here stands a name, not a list",
                "read: {role: [a]}, from: pg/a | read.role: there is no such setting; did you mean 'roles'?",
                "read: {roles: []}, from: pg/a | read: nobody is named: give roles: [...] or users: [...]",
                "old: maybe, from: pg/a       | old: 'maybe' is not true or false",
                "hide: {a: 1}, from: pg/a     | hide: here stands a list of texts, not a section with keys",
            })
    void routesThatCannotBe(String route, String expected) {
        String text = """
                auth: { anonymous: true }
                sources: { pg: { type: fake, url: db } }
                routes: [{ %s }]
                """.formatted(route);

        assertThat(fixture.errors(text)).singleElement().asString().endsWith(": routes[0]." + expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "pg/public.users | pg/public.users | 'pg/public.users' is routed already, at changecast.yaml:4:5: make one"
                        + " route of both",
                "pg/public.ab*   | pg/public.*bc   | 'pg/public.*bc' and 'pg/public.ab*' at changecast.yaml:4:5 can name"
                        + " the same table, and neither is more specific: write one of them longer",
                "pg/public.users | pg/other.users  | the collection 'users' is that of 'pg/public.users' at"
                        + " changecast.yaml:4:5 already: give one of them another name with 'collection'",
            })
    void twoRoutesMayNotClaimTheSameWithEqualRight(String first, String second, String expected) {
        String text = """
                auth: { anonymous: true }
                sources: { pg: { type: fake, url: db } }
                routes:
                  - from: %s
                    read: everyone
                  - from: %s
                    read: everyone
                """.formatted(first, second);

        assertThat(fixture.errors(text)).containsExactly("changecast.yaml:6:5: routes[1].from: " + expected);
    }

    @Test
    void aMoreSpecificRouteMayStandBesideAWiderOne() {
        Configuration configuration = fixture.valid("""
                auth: { anonymous: true }
                sources: { pg: { type: fake, url: db } }
                routes:
                  - { from: pg/public.*, read: everyone }
                  - { from: pg/public.users, read: everyone, hide: [password] }
                """);

        assertThat(configuration.routes()).hasSize(2);
    }

    @Test
    void whatIsWrongWithRulesAndPushesIsToldWhereItStands() {
        List<String> errors = fixture.errors("""
                auth: { anonymous: true }
                sources: { pg: { type: fake, url: db } }
                routes:
                  - { from: pg/public.a, rows: { tenant: "{claim.tenant}" } }
                  - { from: pg/public.b, rows: {} }
                  - { from: pg/public.c, rows: , hide: }
                  - { from: pg/public.d, rows: { tenant: { $lik: x } } }
                  - { from: pg/public.e, push: ["everybody", { to: "user:{owner}" }, { when: { a: 1 } }, ["role:x"]] }
                  - { from: pg/public.f, push: { to: "role:x", when: { a: { $in: 1 } }, whn: 1 } }
                """);

        assertThat(errors)
                .containsExactly(
                        "changecast.yaml:4:32: routes[0].rows: '{claim.tenant}': '{claim.tenant}' is nothing; in braces can"
                                + " stand {user} and {claims.name}, and a brace that is meant as such is doubled",
                        "changecast.yaml:5:32: routes[1].rows: here stands a filter such as"
                                + " { tenant: \"{claims.tenant}\" }, not an empty one",
                        "changecast.yaml:6:26: routes[2].rows: nothing stands here: write a value, or take the key out",
                        "changecast.yaml:6:34: routes[2].hide: nothing stands here: write a value, or take the key out",
                        "changecast.yaml:7:32: routes[3].rows: filter.tenant: there is no operator \"$lik\"; operators are"
                                + " $eq $ne $gt $gte $lt $lte $in $nin $null $not",
                        "changecast.yaml:8:33: routes[4].push[0]: 'everybody' is no address; there are broadcast,"
                                + " user:<id>, role:<role> and room:<name>",
                        "changecast.yaml:8:46: routes[4].push[1]: 'user:{owner}': '{owner}' is nothing; in braces can stand"
                                + " {row.column}, and a brace that is meant as such is doubled",
                        "changecast.yaml:8:70: routes[4].push[2]: 'to' is an address such as role:admin or"
                                + " user:{row.owner_id}",
                        "changecast.yaml:8:90: routes[4].push[3]: here stands an address, or {to: address, when: {...},"
                                + " priority: high}, not a list",
                        "changecast.yaml:9:73: routes[5].push.whn: there is no such setting; did you mean 'when'?",
                        "changecast.yaml:9:32: routes[5].push: filter.a.$in: found \"1\"; a list of values is right, like"
                                + " [1,2], or in a route's rows a claim alone, like \"{claims.tenants}\"");
    }

    @Test
    void aListClaimAndAPriorityHaveTheirForms() {
        List<String> errors = fixture.errors("""
                auth: { anonymous: true }
                limits: { unauthenticated: 0 }
                sources: { pg: { type: fake, url: db } }
                routes:
                  - { from: pg/public.a, rows: { tenant: { $in: {claims.tenants} } } }
                  - { from: pg/public.b, rows: { tenant: { $nin: "t-{claims.tenants}" } } }
                  - { from: pg/public.c, rows: { tenant: { $in: "{claim.tenants}" } } }
                  - { from: pg/public.d, push: { to: "role:x", priority: urgent } }
                  - { from: pg/public.e, push: [{ to: "role:x", priority: [high] }, { to: "role:y", priority: }] }
                """);
        assertThat(errors)
                .containsExactlyInAnyOrder(
                        "changecast.yaml:2:11: limits.unauthenticated: 0 is out of bounds: it can be 1 to 10000000",
                        "changecast.yaml:5:32: routes[0].rows: filter.tenant.$in: found an object; a list of values is"
                                + " right, like [1,2], or in a route's rows a claim alone, like \"{claims.tenants}\"",
                        "changecast.yaml:6:32: routes[1].rows: filter.tenant.$nin: found \"t-{claims.tenants}\"; a list of"
                                + " values is right, like [1,2], or in a route's rows a claim alone, like"
                                + " \"{claims.tenants}\"",
                        "changecast.yaml:7:32: routes[2].rows: '{claim.tenants}': '{claim.tenants}' is nothing; in braces"
                                + " can stand {user} and {claims.name}, and a brace that is meant as such is doubled",
                        "changecast.yaml:8:48: routes[3].push.priority: 'urgent' is not one of high, normal, low",
                        "changecast.yaml:9:49: routes[4].push[0].priority: a list is not one of high, normal, low",
                        "changecast.yaml:9:85: routes[4].push[1].priority: nothing stands here: write a value, or take"
                                + " the key out");
    }

    @Test
    void keysThatCanBeGuessedOrSentByNobodyAreRefusedAndNotShown() {
        assertThat(fixture.errors(ConfigurationFixture.MINIMAL.replace("true }", "true, api_keys: [sesame-open] }")))
                .containsExactly("changecast.yaml:1:26: auth.api_keys: the 1. key has 11 characters and can be guessed:"
                        + " give it 20 at least, such as the output of openssl rand -hex 32");
        assertThat(new ConfigurationFixture()
                        .errors(ConfigurationFixture.MINIMAL.replace(
                                "true }", "true, api_keys: [0123456789abcdefghij, 'one two three four five'] }")))
                .containsExactly("changecast.yaml:1:26: auth.api_keys: the 2. key holds something that a header cannot:"
                        + " use letters, digits and punctuation");
        assertThat(new ConfigurationFixture()
                        .errors(ConfigurationFixture.MINIMAL.replace(
                                "true }", "true, api_keys: [0123456789abcdefghij, 0123456789abcdefghij] }")))
                .containsExactly("changecast.yaml:1:26: auth.api_keys: one key stands there twice");
    }

    @Test
    void noSourceIsNamedLive() {
        assertThat(fixture.errors(ConfigurationFixture.MINIMAL.replace("pg: {", "live: {")))
                .contains("changecast.yaml:3:3: sources.live: 'live' is what published messages come from: choose"
                        + " another name");
    }

    @Test
    void whatTheSourceItselfRefusesIsToldWithItsPlace() {
        assertThat(fixture.errors(ConfigurationFixture.MINIMAL.replace("\"db\"", "\"bad:db\"")))
                .containsExactly("changecast.yaml:3:9: sources.pg: url is not one of this source");
    }

    @Test
    void sourcesThatWereMadeAreClosedWhenSomethingElseIsWrong() {
        fixture.errors(ConfigurationFixture.MINIMAL + "server: { port: x }\n");

        assertThat(fixture.provider.created().closed).isTrue();
    }

    @Test
    void aRouteThatShowsNothingOrNobodyIsAWarning() {
        fixture.valid("""
                auth: { anonymous: true }
                sources: { pg: { type: fake, url: db }, idle: { type: other, url: db } }
                routes:
                  - { from: pg/public.users }
                  - { from: pg/public.orders, read: { roles: [admin] } }
                """);

        assertThat(fixture.warnings())
                .containsExactly(
                        "changecast.yaml:4:3: routes: 'pg/public.users' has no 'read', so it shows nothing by itself",
                        "changecast.yaml:4:3: routes: 'pg/public.orders' is for certain users, and without"
                                + " auth.jwt every session is anonymous",
                        "changecast.yaml:2:1: sources.idle: no route shows anything of this source");
    }
}
