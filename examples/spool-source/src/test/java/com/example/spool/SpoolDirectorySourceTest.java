package com.example.spool;

import static dev.changecast.testing.Eventually.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSourceProvider;
import dev.changecast.api.source.Position;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Changecast;
import dev.changecast.core.History;
import dev.changecast.core.Route;
import dev.changecast.core.SourceStatus;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SpoolDirectorySourceTest {
    @TempDir
    private Path spool;

    @TempDir
    private Path history;

    @Test
    void eachFileIsATransactionAndEachLineARow() throws IOException {
        try (Changecast changecast = start()) {
            LoopbackClient client = follow(changecast);
            put(1, "first", "second");
            Message first = client.awaitChange();
            assertThat(first.text("data.text")).isEqualTo("first");
            assertThat(first.text("tx")).isEqualTo("1");
            assertThat(client.awaitChange().number("key.line")).isEqualTo(2);
            assertThat(client.await("commit").text("tx")).isEqualTo("1");
            put(2, "alone");
            assertThat(client.awaitChange().text("commit")).isEqualTo("true");
        }
    }

    @Test
    void aFileIsDeletedOnceItIsDurableAndNotBefore() throws IOException {
        put(1, "kept until then");
        try (Changecast changecast = start()) {
            await("the file to be deleted", () -> !Files.exists(spool.resolve("1.txt")));
            assertThat(position(changecast)).isGreaterThanOrEqualTo(new Position(1, 4));
        }
    }

    @Test
    void afterARestartAClientGoesOnWithoutAGap() throws IOException {
        String offset;
        try (Changecast changecast = start()) {
            LoopbackClient client = follow(changecast);
            put(1, "before");
            offset = client.awaitChange().text("offset");
        }
        put(2, "while nobody looked");
        try (Changecast changecast = start()) {
            put(3, "after");
            LoopbackClient client = LoopbackClient.connect(changecast.gateway());
            client.send("{\"type\":\"subscribe\",\"collection\":\"lines\",\"snapshot\":false,\"since\":{\"inbox\":\""
                    + offset + "\"}}");
            assertThat(client.awaitChange().text("data.text")).isEqualTo("while nobody looked");
            assertThat(client.awaitChange().text("data.text")).isEqualTo("after");
            assertThat(client.received().all()).noneMatch(message -> message.is("reset"));
        }
    }

    @Test
    void aMissingFileIsAResetAndNotSilence() throws IOException {
        try (Changecast changecast = start()) {
            LoopbackClient client = follow(changecast);
            put(2, "of which the first is missing");
            assertThat(client.await("reset").text("reason")).isEqualTo("slot_lost");
            client.await("ready");
            put(3, "next");
            assertThat(client.await("the next file", message -> "next".equals(message.text("data.text")))
                            .isChange())
                    .isTrue();
        }
    }

    @Test
    void countingAnewIsAnotherEpoch() throws IOException {
        put(7, "old");
        try (Changecast changecast = start()) {
            await("the file to be deleted", () -> !Files.exists(spool.resolve("7.txt")));
            assertThat(position(changecast).major()).isEqualTo(7);
        }
        Files.writeString(spool.resolve("epoch"), "second\n");
        put(1, "new");
        try (Changecast changecast = start()) {
            await("the new file", () -> position(changecast).equals(new Position(1, 4)));
        }
    }

    @Test
    void anIdleDirectoryShowsSignsOfLife() {
        try (Changecast changecast = start()) {
            Position before = position(changecast);
            await(
                    "the position to move",
                    Duration.ofSeconds(20),
                    () -> position(changecast).isAfter(before));
        }
    }

    @Test
    void theServerFindsItByItsType() {
        ChangeSourceProvider provider = ServiceLoader.load(ChangeSourceProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.type().equals("spool"))
                .findFirst()
                .orElseThrow();
        SettingValues values = new SettingValues(provider.settings(), Map.of("directory", spool.toString()));
        assertThat(provider.create("inbox", values).check().problems()).isEmpty();
    }

    @Test
    void aMissingDirectoryIsAProblemThatNamesIt() {
        Path missing = spool.resolve("missing");
        assertThat(new SpoolDirectorySource(missing).check().problems())
                .singleElement()
                .asString()
                .contains(missing.toString());
    }

    private Changecast start() {
        Changecast changecast = Changecast.builder()
                .source("inbox", new SpoolDirectorySource(spool))
                .route(Route.from("inbox/lines").readEveryone())
                .authenticator(Authenticator.anonymous())
                .history(History.in(history))
                .build();
        changecast.start();
        await("capture to begin", () -> {
            SourceStatus status = changecast.sources().get(0);
            return status.state() == SourceStatus.State.STREAMING && status.delivered() != null;
        });
        return changecast;
    }

    private static Position position(Changecast changecast) {
        Position position = changecast.sources().get(0).position();
        return position == null ? Position.ZERO : position;
    }

    private static LoopbackClient follow(Changecast changecast) {
        LoopbackClient client = LoopbackClient.connect(changecast.gateway());
        client.send("{\"type\":\"subscribe\",\"collection\":\"lines\",\"snapshot\":false}");
        client.await("ready");
        return client;
    }

    /** As a careful program does it: the file appears whole or not at all. */
    private void put(long number, String... lines) throws IOException {
        Path unfinished = spool.resolve(number + ".unfinished");
        Files.writeString(unfinished, String.join("\n", lines) + "\n");
        Files.move(unfinished, spool.resolve(number + ".txt"), StandardCopyOption.ATOMIC_MOVE);
    }
}
