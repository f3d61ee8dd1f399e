package dev.changecast.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Files from the jar, read once. Only those that are named exist: no path of a request ever names a resource. */
public final class StaticFiles implements Endpoint {
    /** Pages take nothing from elsewhere, run no inline script, and cannot be framed. */
    private static final String POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
            + " form-action 'self'; frame-ancestors 'none'";

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "json", "application/json; charset=utf-8",
            "svg", "image/svg+xml");

    private static final String CLIENT = "/META-INF/resources/changecast/";
    private static final List<String> CLIENT_PAGE =
            List.of("index.html", "example.css", "example.js", "rows.js", "breakable.js", "icon.svg");

    private final Map<String, Reply> byPath = new LinkedHashMap<>();

    /**
     * @param beside the class whose package holds the files
     * @param prefix the path of the directory that they appear in, ending with {@code /}
     * @param files names relative to the package; {@code index.html} is the directory itself
     */
    public StaticFiles(Class<?> beside, String prefix, List<String> files) {
        this(beside, "", prefix, files);
    }

    private StaticFiles(Class<?> beside, String directory, String prefix, List<String> files) {
        for (String file : files) {
            byPath.put(prefix + (file.equals("index.html") ? "" : file), load(beside, directory + file));
        }
    }

    /** The client for browsers, which its own module brings, under {@code /client.js}. */
    public static StaticFiles client() {
        return new StaticFiles(StaticFiles.class, CLIENT, "/", List.of("client.js"));
    }

    /** The page that shows what the client for browsers has, which its module brings too. */
    public static StaticFiles clientPage(String prefix) {
        return new StaticFiles(StaticFiles.class, CLIENT + "example/", prefix, CLIENT_PAGE);
    }

    @Override
    public Reply answer(Request request) {
        Reply reply = byPath.get(request.path());
        if (reply == null) {
            return Reply.text(404, "There is nothing at " + printable(request.path()) + ".\n");
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return Reply.text(405, "Only GET and HEAD are answered here.\n").with("Allow", "GET, HEAD");
        }
        return reply;
    }

    private static Reply load(Class<?> beside, String file) {
        try (InputStream in = beside.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalArgumentException("there is no " + file + " beside " + beside.getName());
            }
            String type = TYPES.getOrDefault(file.substring(file.lastIndexOf('.') + 1), "application/octet-stream");
            return Reply.of(200, type, in.readAllBytes())
                    .with("Cache-Control", "no-cache")
                    .with("Content-Security-Policy", POLICY)
                    .with("Referrer-Policy", "no-referrer");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String printable(String path) {
        return path.length() <= 100 ? path : path.substring(0, 100) + "...";
    }
}
