package dev.changecast.examples;

import dev.changecast.client.ChangecastClient;
import java.util.Map;

/** A service that tells people what becomes of their orders, through a Changecast server. */
public final class OrderNotices {
    private OrderNotices() {}

    /**
     * Publishes three messages, and returns when all are on the server's disk.
     *
     * @param url of the server
     * @param key one of its {@code auth.api_keys}
     */
    public static void tell(String url, String key) {
        // quote client
        try (ChangecastClient client = ChangecastClient.http(url).apiKey(key).build()) {
            client.notifyUser("42", Map.of("title", "Your order is on its way"));
            client.broadcast(Map.of("text", "Maintenance at ten"));
            client.dataUpdate("role:admin", "order", "update", "7", Map.of("status", "sent"));
        }
        // end
    }
}
