package dev.changecast.client;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Collects what a client over HTTP needs. */
public final class HttpClientBuilder {
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final URI address;
    private final QueueSettings queue = new QueueSettings();
    private Duration requestTimeout = Duration.ofSeconds(15);
    private @Nullable HttpClient http;
    private @Nullable String key;

    HttpClientBuilder(String url) {
        URI base = URI.create(requireNonNull(url, "url is null").strip());
        boolean known = "http".equals(base.getScheme()) || "https".equals(base.getScheme());
        if (!known || base.getHost() == null || base.getUserInfo() != null || base.getQuery() != null) {
            throw new IllegalArgumentException(
                    "the url is that of a server, such as https://changecast.example.com, without login and query");
        }
        String path = String.valueOf(base.getPath());
        address = base.resolve((path.endsWith("/") ? path : path + "/") + "api/publish");
    }

    /**
     * One of the server's {@code auth.api_keys}; required.
     *
     * @throws IllegalArgumentException when it holds a blank or anything else that no key holds
     */
    public HttpClientBuilder apiKey(String key) {
        if (key.isEmpty() || !key.chars().allMatch(each -> each > ' ' && each < 127)) {
            throw new IllegalArgumentException("an API key has letters, digits and punctuation, and no blanks");
        }
        this.key = key;
        return this;
    }

    /** How long one request may take; 15 seconds when not called. Give the server its 10 to wait for its disk. */
    public HttpClientBuilder requestTimeout(Duration timeout) {
        requestTimeout = QueueSettings.positive(timeout, "requestTimeout");
        return this;
    }

    /**
     * How long a message is tried, from when it was given; 60 seconds when not called, nine minutes at most, since the
     * server knows ids for ten.
     */
    public HttpClientBuilder giveUpAfter(Duration time) {
        queue.giveUpAfter(time);
        return this;
    }

    /** How many messages may wait, and about how many bytes; 10 000 and 16 MiB when not called. */
    public HttpClientBuilder queue(int messages, long bytes) {
        queue.bounds(messages, bytes);
        return this;
    }

    /** With a client of yours, which knows a proxy, perhaps, or certificates. It is not closed with this one. */
    public HttpClientBuilder httpClient(HttpClient http) {
        this.http = requireNonNull(http, "http is null");
        return this;
    }

    /** Makes the client, which connects when there is something to send. */
    public ChangecastClient build() {
        if (key == null) {
            throw new IllegalStateException("give an apiKey: one of the server's auth.api_keys");
        }
        HttpClient client = http != null
                ? http
                : HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .build();
        return queue.client(new HttpSender(client, address, key, requestTimeout));
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "client of " + address;
    }
}
