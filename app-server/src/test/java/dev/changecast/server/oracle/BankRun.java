package dev.changecast.server.oracle;

import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run over the {@link BankSchema}: that no writer's sequence has a gap, that the sum is the same at every commit and that
 * nothing appears which was rolled back, the clients watch all the time.
 */
final class BankRun extends OracleRun {
    private final Bank bank;

    BankRun(Bank bank, long seed) {
        this(bank, seed, bank::address);
    }

    /** @param addresses asked for each connection of a client */
    BankRun(Bank bank, long seed, Supplier<URI> addresses) {
        super(bank, seed, addresses);
        this.bank = bank;
    }

    @Override
    Writing writer(int number) {
        return new BankWriter(bank.postgres, number, seed, committed)::run;
    }

    @Override
    Followed followMarks(FollowingClient client) {
        return follow(client, "mark", "{}", "true", List.of(), "");
    }

    @Override
    String writeMark() {
        return bank.postgres
                        .query("INSERT INTO mark DEFAULT VALUES RETURNING id")
                        .get(0) + "/";
    }

    @Override
    void newcomer(String name) {
        everything(name).connect();
    }

    @Override
    BankRun write() {
        super.write();
        return this;
    }

    @Override
    BankRun write(Duration pause) {
        super.write(pause);
        return this;
    }

    /** Clients with random filters that drop their connections at random, and some that look at everything. */
    BankRun withClients(int withFilters) {
        everything("everything").dropAfter(frames(400, 3000));
        everything("everything that drops often").dropAfter(frames(1, 120));
        for (int i = 0; i < withFilters; i++) {
            FollowingClient client = client("client " + i).dropAfter(frames(1, 40 << random.nextInt(5)));
            for (int j = 1 + random.nextInt(3); j > 0; j--) {
                item(client);
            }
            RandomFilter parts = RandomFilter.next(random, BankSchema.PART_COLUMNS);
            follow(client, "part", parts.json(), parts.sql(), List.of(), "");
            if (random.nextBoolean()) {
                sum(client);
            }
        }
        clients().forEach(FollowingClient::connect);
        return this;
    }

    /**
     * Clients of which each drops its first connection one message later than the one before, and its second one, on which
     * it resumes, anywhere.
     */
    BankRun withDropsAtEachMessage(int most) {
        for (int i = 1; i <= most; i++) {
            FollowingClient client = client("drop " + i);
            sum(client);
            follow(client, "item", "{\"id\":{\"$lt\":20}}", "id < 20", List.of(), "");
            follow(client, "part", "{\"grp\":1}", "grp = 1", List.of(), "");
            Iterator<Integer> frames =
                    List.of(i, 1 + i * 7 % 23, 1 + i * 5 % 17).iterator();
            client.dropAfter(() -> frames.hasNext() ? frames.next() : Integer.MAX_VALUE);
        }
        clients().forEach(FollowingClient::connect);
        return this;
    }

    private void item(FollowingClient client) {
        RandomFilter filter = RandomFilter.next(random, BankSchema.ITEM_COLUMNS);
        List<String> columns = random.nextInt(3) == 0 ? List.of("state", "rank", "large") : List.of();
        String options = columns.isEmpty() ? "" : ",\"columns\":[\"state\",\"rank\",\"large\"]";
        options += random.nextInt(4) == 0 ? ",\"conflate\":true" : "";
        options +=
                random.nextInt(4) == 0 ? ",\"batch\":{\"max\":" + (1 + random.nextInt(50)) + ",\"delay_ms\":50}" : "";
        follow(client, "item", filter.json(), filter.sql(), columns, options);
    }

    FollowingClient everything(String name) {
        FollowingClient client = client(name);
        sum(client);
        follow(client, "journal", "{}", "true", List.of(), "").replica().onChange(BankRun::checkSequence);
        follow(client, "item", "{}", "true", List.of(), "");
        follow(client, "part", "{}", "true", List.of(), "");
        return client;
    }

    private void sum(FollowingClient client) {
        Replica accounts =
                follow(client, "account", "{}", "true", List.of(), "").replica();
        Replica vaults = follow(client, "vault", "{}", "true", List.of(), "").replica();
        client.atCommit(at -> {
            int sum = total(accounts) + total(vaults);
            if (sum != BankSchema.SUM) {
                throw new AssertionError("the sum is " + sum + " at a commit: half a transaction was shown");
            }
        });
    }

    private static void checkSequence(Replica journal, @Nullable ObjectNode before, JsonNode change) {
        int writer = change.path("data").path("writer").asInt();
        int sequence = change.path("data").path("seq").asInt();
        if (sequence > 1 && !journal.rows().containsKey(writer + "/" + (sequence - 1) + "/")) {
            throw new AssertionError("writer " + writer + " has a gap before " + sequence);
        }
    }

    /** @param condition in SQL, what the filter means */
    Followed follow(
            FollowingClient client,
            String collection,
            String filter,
            String condition,
            List<String> columns,
            String options) {
        Followed followed = follow(
                client,
                "{\"collection\":\"" + collection + "\",\"filter\":" + filter + options + "}",
                () -> BankSchema.rows(bank.postgres, collection, condition, columns));
        followed.replica().onChange((rows, before, change) -> {
            if (change.path("data").path("kind").asString("").equals("never")) {
                throw new AssertionError("what was rolled back appears");
            }
        });
        return followed;
    }
}
