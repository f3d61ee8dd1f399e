package dev.changecast.server.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The function {@code changecast.notify}, by which SQL tells something to people. */
public final class NotifyFunction {
    /** Belongs to the source, which this server finds on the class path. */
    private static final String RESOURCE = "dev/changecast/source/postgres/notify.sql";

    private NotifyFunction() {}

    /** The statements that make it, as often as they are run; empty when the plug-in is not on the class path. */
    public static Optional<String> sql() {
        try (InputStream sql = NotifyFunction.class.getClassLoader().getResourceAsStream(RESOURCE)) {
            return sql == null ? Optional.empty() : Optional.of(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
