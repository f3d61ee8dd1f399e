package dev.changecast.core.view;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.core.filter.FilterText;
import dev.changecast.core.filter.RowPredicate;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What some clients see of one relation. The channel is a hash of everything that decides it, so equal channels may
 * share bytes and nothing crosses between clients that may see different things.
 *
 * @param source the source's name
 * @param relation the relation's qualified name
 * @param exposure what the routes say
 * @param filter which rows, in canonical form
 * @param columns which columns besides the key; null for all that are not hidden
 * @param shape hash of what clients that hold rows of it were told of the relation; null for a view of changes alone, which
 *     follows its relation through every shape that it fits
 * @param channel its name on the wire
 */
public record View(
        String source,
        String relation,
        Exposure exposure,
        Filter filter,
        @Nullable List<String> columns,
        @Nullable String shape,
        String channel) {

    /** How many characters of a channel tell the shape, behind those that tell the rest. */
    private static final int SHAPE_LENGTH = 6;

    private static final int REST_LENGTH = 16;

    /** A view of changes. */
    public static View of(
            String source, String relation, Exposure exposure, Filter filter, @Nullable List<String> columns) {
        List<String> sorted = columns == null ? null : List.copyOf(new TreeSet<>(columns));
        String channel = hash(
                REST_LENGTH,
                source,
                relation,
                exposure.collection(),
                new TreeMap<Operation, String>(exposure.events()).toString(),
                exposure.columns().toString(),
                Boolean.toString(exposure.old()),
                FilterText.of(filter),
                sorted == null ? "*" : sorted.toString());
        return new View(source, relation, exposure, filter, sorted, null, channel);
    }

    /** The same, for clients that hold its rows: with another shape of the relation it is another view. */
    public View holding(Relation relation) {
        String present = shapeOf(relation);
        return new View(source, this.relation, exposure, filter, columns, present, restOf(channel) + present);
    }

    /** Whether the rows that clients hold are in this shape of the relation. */
    public boolean isOfShape(Relation relation) {
        return shape == null || shape.equals(shapeOf(relation));
    }

    /** What clients are told of a relation and what they filter by, as a short hash. */
    private String shapeOf(Relation relation) {
        TreeSet<Integer> concerned = new TreeSet<>();
        for (int index : ViewBinding.visible(this, relation)) {
            concerned.add(index);
        }
        RowPredicate.columns(filter).forEach(column -> concerned.add(relation.indexOf(column)));
        List<String> parts = new ArrayList<>();
        parts.add(String.valueOf(relation.identity()));
        for (int index : concerned) {
            Column column = relation.columns().get(index);
            parts.add(column.name());
            parts.add(column.type());
            parts.add(String.valueOf(column.modifier()));
            parts.add(Boolean.toString(relation.isKey(index)));
        }
        return hash(SHAPE_LENGTH, parts.toArray(String[]::new));
    }

    /** Whether a channel is that of this view but for the relation's shape. */
    public boolean differsInShape(String channel) {
        return channel.length() == this.channel.length() && restOf(channel).equals(restOf(this.channel));
    }

    private static String restOf(String channel) {
        return channel.substring(0, Math.min(channel.length(), REST_LENGTH));
    }

    private static String hash(int length, String... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            return Base64.getUrlEncoder().encodeToString(digest.digest()).substring(0, length);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public boolean isHidden(String column) {
        return exposure.columns().hides(column);
    }

    /** Two views with one channel are one view. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof View view && view.channel.equals(channel);
    }

    @Override
    public int hashCode() {
        return channel.hashCode();
    }
}
