package dev.changecast.server.demo;

import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /demo/database}: how a person connects to the demo's database with a client of their own. */
final class DatabaseEndpoint implements Endpoint {
    static final String PATH = "/demo/database";

    private final Reply reply;

    DatabaseEndpoint(int port) {
        ObjectNode body = Replies.JSON.createObjectNode();
        body.put("host", "127.0.0.1");
        body.put("port", port);
        body.put("database", DemoDatabase.NAME);
        body.put("user", DemoDatabase.USER);
        body.put("psql", psql(port));
        body.put("example", EXAMPLE);
        body.put("notify", NOTIFY);
        this.reply = Reply.json(200, body.toString());
    }

    static final String EXAMPLE = "UPDATE workstations SET status = 'reserved', employee = 'You' WHERE name = '1-01';";

    static final String NOTIFY =
            "SELECT changecast.notify('broadcast', 'notification', '{\"title\": \"Coffee is ready\"}');";

    static String psql(int port) {
        return "psql -h 127.0.0.1 -p " + port + " -U " + DemoDatabase.USER + " " + DemoDatabase.NAME;
    }

    @Override
    public Reply answer(Request request) {
        return request.method().equals("GET")
                ? reply
                : Replies.refused(405, "Only GET is answered here.").with("Allow", "GET");
    }
}
