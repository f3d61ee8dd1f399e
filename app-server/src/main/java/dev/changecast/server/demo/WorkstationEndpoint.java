package dev.changecast.server.demo;

import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /demo/workstations}: the rows as they are. {@code POST /demo/workstations/{id}}: an ordinary UPDATE, as any
 * application would do it; nothing here tells the page or the engine of it.
 */
final class WorkstationEndpoint implements Endpoint {
    static final String PATH = "/demo/workstations";

    private static final Logger LOG = LoggerFactory.getLogger(WorkstationEndpoint.class);
    private static final Pattern ONE = Pattern.compile(PATH + "/(\\d{1,9})");

    private static final String ALL = "SELECT coalesce(json_agg(w ORDER BY id), '[]')::text FROM workstations w";
    private static final String UPDATE = """
            UPDATE workstations
            SET status = ?::workstation_status, employee = ?, notes = ?, updated_at = now()
            WHERE id = ?
            RETURNING pg_current_xact_id()::text
            """;

    private final DataSource office;

    WorkstationEndpoint(DataSource office) {
        this.office = office;
    }

    @Override
    public Reply answer(Request request) {
        Matcher one = ONE.matcher(request.path());
        try {
            if (request.path().equals(PATH)) {
                return request.method().equals("GET")
                        ? all()
                        : Replies.refused(405, "Only GET is answered here.").with("Allow", "GET");
            }
            if (!one.matches()) {
                return Replies.refused(404, "There is nothing here; a workstation is " + PATH + "/7.");
            }
            return request.method().equals("POST")
                    ? update(Integer.parseInt(one.group(1)), WorkstationChange.parse(request.body()))
                    : Replies.refused(405, "Only POST is answered here.").with("Allow", "POST");
        } catch (WorkstationChange.InvalidException e) {
            return Replies.refused(400, e.getMessage());
        } catch (SQLException e) {
            LOG.warn("the demo's page could not use the database: {}", e.getMessage());
            return Replies.refused(503, "The database cannot be used at the moment.");
        }
    }

    private Reply all() throws SQLException {
        try (Connection connection = office.getConnection();
                PreparedStatement select = connection.prepareStatement(ALL);
                ResultSet rows = select.executeQuery()) {
            rows.next();
            return Reply.json(200, rows.getString(1));
        }
    }

    private Reply update(int id, WorkstationChange change) throws SQLException {
        try (Connection connection = office.getConnection();
                PreparedStatement update = connection.prepareStatement(UPDATE)) {
            update.setString(1, change.status());
            update.setString(2, change.employee());
            update.setString(3, change.notes());
            update.setInt(4, id);
            try (ResultSet updated = update.executeQuery()) {
                if (!updated.next()) {
                    return Replies.refused(404, "There is no workstation " + id + " any more.");
                }
                return Reply.json(
                        200,
                        Replies.JSON
                                .createObjectNode()
                                .put("tx", updated.getString(1))
                                .toString());
            }
        }
    }
}
