package dev.changecast.ingress.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** Keeps what it is given, and answers as a test wants. */
final class FakeSink implements MessageSink<String> {
    private final List<String> taken = new ArrayList<>();
    private final List<List<String>> batches = new ArrayList<>();
    private Function<List<String>, CompletionStage<?>> answer = batch -> CompletableFuture.completedFuture(null);

    synchronized void answer(Function<List<String>, CompletionStage<?>> answer) {
        this.answer = answer;
    }

    @Override
    public String read(String json) {
        if (json.contains("\"type\":\"bad\"")) {
            throw new IllegalArgumentException("'bad' is reserved");
        }
        if (json.contains("\"type\":\"fault\"")) {
            throw new IllegalStateException("a fault");
        }
        return json;
    }

    @Override
    public synchronized CompletionStage<?> publish(List<String> messages) {
        batches.add(List.copyOf(messages));
        CompletionStage<?> given = answer.apply(messages);
        if (given.toCompletableFuture().isDone() && !given.toCompletableFuture().isCompletedExceptionally()) {
            taken.addAll(messages);
        }
        return given;
    }

    synchronized List<String> taken() {
        return List.copyOf(taken);
    }

    synchronized int count() {
        return taken.size();
    }

    synchronized List<List<String>> batches() {
        return List.copyOf(batches);
    }
}
