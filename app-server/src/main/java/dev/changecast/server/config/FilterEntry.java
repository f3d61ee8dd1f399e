package dev.changecast.server.config;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A filter that is written as a section, in the JSON of subscriptions. Every value is a text there, which rules take for
 * columns of all types; a value that is left out is null, which in a filter means something.
 */
final class FilterEntry {
    private static final JsonMapper JSON = new JsonMapper();

    private FilterEntry() {}

    /** The filter as JSON; a text is taken for JSON already. */
    static String json(Entry entry) {
        return entry instanceof Entry.Text text ? text.value() : JSON.writeValueAsString(node(entry, ""));
    }

    private static JsonNode node(Entry entry, String key) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (entry instanceof Entry.Section section) {
            ObjectNode object = nodes.objectNode();
            for (String name : keys(section)) {
                Entry value = section.get(name);
                object.set(name, value == null ? nodes.nullNode() : node(value, name));
            }
            return object;
        }
        if (entry instanceof Entry.Items items) {
            ArrayNode array = nodes.arrayNode();
            items.items().forEach(item -> array.add(node(item, "")));
            if (items.gaps()) {
                array.add(nodes.nullNode());
            }
            return array;
        }
        String value = ((Entry.Text) entry).value();
        boolean flag = key.equals("$null") && (value.equals("true") || value.equals("false"));
        return flag ? nodes.booleanNode(Boolean.parseBoolean(value)) : nodes.stringNode(value);
    }

    /** Whether it says nothing. */
    static boolean isEmpty(Entry.Section section) {
        return keys(section).isEmpty();
    }

    private static List<String> keys(Entry.Section section) {
        List<String> keys = new ArrayList<>(section.keys());
        keys.addAll(section.emptyKeys());
        return keys;
    }
}
