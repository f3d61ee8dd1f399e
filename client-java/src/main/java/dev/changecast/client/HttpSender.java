package dev.changecast.client;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@code POST /api/publish}. */
final class HttpSender implements Sender {
    private final HttpClient http;
    private final URI address;
    private final String key;
    private final Duration most;

    /** @param most how long one request may take, from connecting to the end of the answer */
    HttpSender(HttpClient http, URI address, String key, Duration most) {
        this.http = http;
        this.address = address;
        this.key = key;
        this.most = most;
    }

    @Override
    public List<Outcome> send(List<Message> messages) throws InterruptedException {
        HttpResponse<String> response;
        try {
            response = post(messages);
        } catch (IOException | TimeoutException e) {
            return all(messages, new Later(unanswered(e), null));
        }
        int status = response.statusCode();
        Answer answer = Answer.of(response.body());
        if (status == 200 && answer.tellsOf(messages.size())) {
            return IntStream.range(0, messages.size())
                    .<Outcome>mapToObj(
                            i -> new Published(answer.receipt(i, messages.get(i).id())))
                    .toList();
        }
        PublishException why = failure(status, answer);
        if (status == 200 || status == 408 || status == 429 || status >= 500) {
            return all(messages, new Later(why, retryAfter(response)));
        }
        if (messages.size() > 1 && (status == 400 || status == 413)) {
            return answer.tellsWhich() ? thoseThatAreWrong(messages, why, answer) : oneByOne(messages);
        }
        return all(messages, new Refused(why));
    }

    private HttpResponse<String> post(List<Message> messages)
            throws IOException, TimeoutException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.request(messages)))
                .build();
        CompletableFuture<HttpResponse<String>> coming = http.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        try {
            // Not the request's own time-out, which ends with the head of the answer.
            return coming.get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        } finally {
            coming.cancel(true);
        }
    }

    private PublishException unanswered(Exception e) {
        String why = e instanceof TimeoutException
                ? "nothing came within " + most.toMillis() + " ms"
                : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new PublishException("no answer from " + address + ": " + why, 0, 0, true, e);
    }

    private PublishException failure(int status, Answer answer) {
        String message = answer.message().isEmpty()
                ? address + " answers " + status + "; is that a Changecast server?"
                : address + " answers " + status + ": " + answer.message();
        return new PublishException(message, status, answer.code(), status == 200 || status >= 500, null);
    }

    private static List<Outcome> all(List<Message> messages, Outcome outcome) {
        return messages.stream().map(message -> outcome).toList();
    }

    /** The server has published nothing: the others may go again at once. */
    private List<Outcome> thoseThatAreWrong(List<Message> messages, PublishException why, Answer answer) {
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            String error = answer.error(i);
            outcomes.add(
                    error == null
                            ? new Later(why, Duration.ZERO)
                            : new Refused(PublishException.refused(
                                    address + " answers " + why.status() + ": " + error, why.status(), why.code())));
        }
        return outcomes;
    }

    /** It does not say which: that comes out by asking. Stops where one has to wait, so that none overtakes it. */
    private List<Outcome> oneByOne(List<Message> messages) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Message message : messages) {
            boolean waits = !outcomes.isEmpty() && outcomes.get(outcomes.size() - 1) instanceof Later;
            outcomes.add(
                    waits
                            ? outcomes.get(outcomes.size() - 1)
                            : send(List.of(message)).get(0));
        }
        return outcomes;
    }

    private static @Nullable Duration retryAfter(HttpResponse<String> response) {
        String header = response.headers().firstValue("Retry-After").orElse("").strip();
        if (header.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(header));
        }
        try {
            Instant when = ZonedDateTime.parse(header, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration until = Duration.between(Instant.now(), when);
            return until.isNegative() ? Duration.ZERO : until;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return address.toString();
    }
}
