package dev.changecast.core.view;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Operation;
import dev.changecast.core.filter.FilterText;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
 * @param channel its name on the wire
 */
public record View(
        String source,
        String relation,
        Exposure exposure,
        Filter filter,
        @Nullable List<String> columns,
        String channel) {

    public static View of(
            String source, String relation, Exposure exposure, Filter filter, @Nullable List<String> columns) {
        List<String> sorted = columns == null ? null : List.copyOf(new TreeSet<>(columns));
        return new View(
                source, relation, exposure, filter, sorted, channel(source, relation, exposure, filter, sorted));
    }

    private static String channel(
            String source, String relation, Exposure exposure, Filter filter, @Nullable List<String> columns) {
        List<String> parts = List.of(
                source,
                relation,
                exposure.collection(),
                new TreeMap<Operation, String>(exposure.events()).toString(),
                new TreeSet<>(exposure.hide()).toString(),
                Boolean.toString(exposure.old()),
                FilterText.of(filter),
                columns == null ? "*" : columns.toString());
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : parts) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
                digest.update(bytes);
            }
            byte[] head = java.util.Arrays.copyOf(digest.digest(), 12);
            return Base64.getUrlEncoder().withoutPadding().encodeToString(head);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public boolean isHidden(String column) {
        return exposure.hide().contains(column);
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
