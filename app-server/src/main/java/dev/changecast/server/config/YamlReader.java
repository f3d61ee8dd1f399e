package dev.changecast.server.config;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** Reads YAML into {@link Entry entries} that remember their places. Nothing is made of a tag: only text, lists, maps. */
final class YamlReader {
    private static final Set<Tag> PLAIN_TAGS =
            Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL, Tag.MAP, Tag.SEQ);

    private final String origin;
    private final boolean hasLines;
    private final Placeholders placeholders;
    private final Findings findings;
    private final Set<Node> open = new HashSet<>();

    private YamlReader(String origin, boolean hasLines, Placeholders placeholders, Findings findings) {
        this.origin = origin;
        this.hasLines = hasLines;
        this.placeholders = placeholders;
        this.findings = findings;
    }

    /** A whole file; its root is a section, empty when the file is or when it cannot be read. */
    static Entry.Section file(String name, String text, Map<String, String> environment, Findings findings) {
        Entry.Section empty = new Entry.Section(Place.of(name), "");
        if (Placeholders.cannotHold(text)) {
            findings.error(Place.of(name), "", "private-use characters (U+E000 to U+F8FF) cannot be used here");
            return empty;
        }
        Placeholders placeholders = new Placeholders(text, environment);
        YamlReader reader = new YamlReader(name, true, placeholders, findings);
        Entry root = reader.read("", placeholders.masked());
        if (root != null && !(root instanceof Entry.Section)) {
            findings.error(root.place(), "", "the file must hold sections such as 'server:', not " + root.kind());
        }
        return root instanceof Entry.Section section ? section : empty;
    }

    /** The content of one environment variable that stands for a list or a section. */
    static @Nullable Entry variable(String name, String path, String text, Findings findings) {
        // Taken as it is: a variable's content is not searched for further variables.
        return new YamlReader(name, false, new Placeholders("", Map.of()), findings).read(path, text);
    }

    private @Nullable Entry read(String path, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(origin)
                .setSchema(new CoreSchema())
                .setAllowRecursiveKeys(false)
                .build();
        try {
            Optional<Node> root = new Compose(settings).composeString(text);
            return root.isEmpty() ? null : entry(root.get(), path);
        } catch (MarkedYamlEngineException e) {
            Place place = e.getProblemMark()
                    .map(mark -> at(mark.getLine(), mark.getColumn()))
                    .orElse(Place.of(origin));
            findings.error(place, path, "this is not valid YAML: " + oneLine(e.getContext(), e.getProblem()));
        } catch (YamlEngineException e) {
            findings.error(Place.of(origin), path, "this is not valid YAML: " + oneLine(null, e.getMessage()));
        }
        return null;
    }

    private @Nullable Entry entry(Node node, String path) {
        Place place = place(node);
        if (!PLAIN_TAGS.contains(node.getTag())) {
            findings.error(place, path, "tags such as " + node.getTag().getValue() + " have no meaning here");
            return null;
        }
        if (!open.add(node)) {
            findings.error(place, path, "this alias refers to what it is part of");
            return null;
        }
        try {
            if (node instanceof MappingNode mapping) {
                return section(mapping, place, path);
            }
            if (node instanceof SequenceNode sequence) {
                List<Node> nodes = sequence.getValue();
                List<Entry> items = IntStream.range(0, nodes.size())
                        .mapToObj(i -> Optional.ofNullable(entry(nodes.get(i), path + "[" + i + "]")))
                        .flatMap(Optional::stream)
                        .toList();
                return new Entry.Items(place, path, items, items.size() < nodes.size());
            }
            ScalarNode scalar = (ScalarNode) node;
            return scalar.getTag().equals(Tag.NULL)
                    ? null
                    : placeholders.fill(place, path, scalar.getValue(), findings);
        } finally {
            open.remove(node);
        }
    }

    private Entry.Section section(MappingNode mapping, Place place, String path) {
        Entry.Section section = new Entry.Section(place, path);
        Set<String> seen = new LinkedHashSet<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Place keyPlace = place(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                findings.error(keyPlace, path, "a key must be one word");
                continue;
            }
            String name = placeholders.asWritten(key.getValue());
            if (!seen.add(name)) {
                findings.error(keyPlace, section.pathOf(name), "this key is written twice");
                continue;
            }
            Entry value = entry(tuple.getValueNode(), section.pathOf(name));
            if (value != null) {
                section.put(name, keyPlace, value);
            } else {
                section.putNothing(name, keyPlace);
            }
        }
        return section;
    }

    private Place place(Node node) {
        return node.getStartMark()
                .map(mark -> at(mark.getLine(), mark.getColumn()))
                .orElse(Place.of(origin));
    }

    private Place at(int line, int column) {
        return hasLines ? new Place(origin, line + 1, column + 1) : Place.of(origin);
    }

    private String oneLine(@Nullable String context, @Nullable String problem) {
        String text = context == null || context.isBlank() ? String.valueOf(problem) : context + ", " + problem;
        return placeholders.asWritten(text.replaceAll("\\s+", " ").strip());
    }
}
