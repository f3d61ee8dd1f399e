package dev.changecast.server.command;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The HTTP API of a running server, for one command. */
final class ServerApi {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT).build();
    private final URI url;
    private final String key;

    ServerApi(URI url, String key) {
        this.url = url;
        this.key = key;
    }

    /**
     * What came back.
     *
     * @param status 0 when nothing did
     * @param json an empty object where the body is none
     * @param problem for people; empty when there is none
     */
    record Answer(int status, JsonNode json, String problem) {
        boolean ok() {
            return problem.isEmpty();
        }

        int exitCode() {
            return ok()
                    ? ExitCode.OK
                    : status == 0 || status == 429 || status >= 500 ? ExitCode.LATER : ExitCode.REFUSED;
        }
    }

    Answer publish(String body) throws InterruptedException {
        return post("/api/publish", body);
    }

    /** Sends one JSON object, or array, to one of the API's addresses. */
    Answer post(String path, String body) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try {
            return answer(http.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            return new Answer(
                    0,
                    JSON.createObjectNode(),
                    "no answer from " + url + ": " + why + "; is the server running there? --url names another");
        }
    }

    private Answer answer(HttpResponse<String> response) {
        JsonNode json;
        try {
            json = JSON.readTree(response.body());
        } catch (JacksonException e) {
            json = JSON.createObjectNode();
        }
        int status = response.statusCode();
        if (status == 200 && json.isObject() && !json.isEmpty()) {
            return new Answer(status, json, "");
        }
        String message = json.path("message").asString("");
        return new Answer(
                status,
                json,
                message.isEmpty()
                        ? url + " answers " + status + "; is that a Changecast server?"
                        : "refused with " + status + ": " + message);
    }
}
