package dev.changecast.server.dashboard;

import dev.changecast.core.Identity;
import dev.changecast.core.OpenSession;
import dev.changecast.core.SessionDetail;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** One session as JSON. Times are in seconds. */
final class SessionJson {
    private static final JsonMapper JSON = new JsonMapper();

    private SessionJson() {}

    static ObjectNode of(SessionDetail detail) {
        OpenSession session = detail.load().session();
        ObjectNode json = StatisticsJson.load(detail.load())
                .put("identified", session.identified())
                .put("opened_at", session.openedAt().toString())
                .put(
                        "expires_at",
                        session.expiresAt() == null ? null : session.expiresAt().toString())
                .put("sent_messages", detail.sentMessages());
        json.set("identity", identity(detail.identity()));
        ArrayNode feeds = json.putArray("feeds");
        detail.feeds()
                .forEach(feed -> feeds.addObject()
                        .put("source", feed.source())
                        .put("offset", feed.offset())
                        .put("head", feed.head())
                        .put("behind", feed.behind().toMillis() / 1000.0));
        ArrayNode subscriptions = json.putArray("subscriptions");
        for (SessionDetail.Subscribed subscription : detail.subscriptions()) {
            ObjectNode each = subscriptions
                    .addObject()
                    .put("channel", subscription.channel())
                    .put("collection", subscription.collection())
                    .put("source", subscription.source())
                    .put("ready", subscription.ready())
                    .put("conflated", subscription.conflated());
            String filter = subscription.filter();
            each.set("filter", filter == null ? JSON.createObjectNode() : JSON.readTree(filter));
            if (subscription.columns() != null) {
                ArrayNode columns = each.putArray("columns");
                subscription.columns().forEach(columns::add);
            }
        }
        ArrayNode rooms = json.putArray("rooms");
        detail.rooms().forEach(rooms::add);
        return json;
    }

    static JsonNode identity(Identity identity) {
        ObjectNode json = JSON.createObjectNode().put("user", identity.user());
        ArrayNode roles = json.putArray("roles");
        new TreeSet<>(identity.roles()).forEach(roles::add);
        ObjectNode claims = json.putObject("claims");
        new TreeMap<>(identity.claims()).forEach(claims::put);
        new TreeMap<>(identity.lists()).forEach((name, values) -> {
            ArrayNode list = claims.putArray(name);
            values.forEach(list::add);
        });
        return json;
    }
}
