package dev.changecast.source.postgres;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What tells the history that triggers write from others. A dump that is restored makes the tables anew, and in another
 * cluster there is another system; then what they hold is of another place.
 *
 * @param isHere whether it was made where it is
 */
record Installation(String id, int version, boolean isHere) {
    /** The version of the functions that this class of sources calls. */
    static final int VERSION = 1;

    private static final String QUERY = """
            SELECT i.id::text, i.version,
                   i.system = (SELECT system_identifier::text FROM pg_control_system())
                   AND i.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND i.change_table = 'changecast.change'::regclass
            FROM changecast.installation i""";

    /** Null when there is none. */
    static @Nullable Installation read(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(QUERY)) {
            return row.next() ? new Installation(row.getString(1), row.getInt(2), row.getBoolean(3)) : null;
        }
    }

    /** The name of the history: other letters for every other one. */
    String epoch() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
            return new BigInteger(1, Arrays.copyOf(digest, 8)).toString(36) + "_t";
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every JDK has SHA-256", impossible);
        }
    }
}
