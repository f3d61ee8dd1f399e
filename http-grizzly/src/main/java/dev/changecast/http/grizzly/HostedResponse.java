package dev.changecast.http.grizzly;

import dev.changecast.http.grizzly.BodyOutput.Framing;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.Method;
import org.glassfish.grizzly.http.Protocol;
import org.glassfish.grizzly.http.util.FastHttpDateFormat;
import org.glassfish.grizzly.http.util.HttpStatus;
import org.jspecify.annotations.Nullable;

/** An answer as a servlet gives it. What is told after its head has been sent, or the exchange is over, goes nowhere. */
final class HostedResponse extends HttpServletResponseWrapper {
    private static final int UNKNOWN = -1;

    private final HostedExchange exchange;
    private final boolean takesChunks;
    private final boolean takesBody;
    private final BodyOutput output;

    // Guarded by this, which is never held while the output's lock is taken: the output asks for these under its own.
    private final List<Header> headers = new ArrayList<>(4);
    private int status = 200;
    private long length = UNKNOWN;
    private boolean keepsAlive;

    private record Header(String name, String value) {}

    HostedResponse(HostedExchange exchange, HttpRequestPacket packet) {
        super(NotOffered.RESPONSE);
        this.exchange = exchange;
        this.takesChunks = packet.getProtocol() == Protocol.HTTP_1_1;
        this.takesBody = packet.getMethod() != Method.HEAD;
        this.keepsAlive = packet.getProcessingState().isKeepAlive();
        this.output = new BodyOutput(exchange, this);
    }

    @Override
    public synchronized void setStatus(int status) {
        if (isOpen()) {
            this.status = status;
        }
    }

    @Override
    public synchronized int getStatus() {
        return status;
    }

    @Override
    public synchronized void setHeader(String name, String value) {
        if (isOpen()) {
            headers.removeIf(header -> header.name.equalsIgnoreCase(name));
            addHeader(name, value);
        }
    }

    @Override
    public synchronized void addHeader(String name, String value) {
        if (!isOpen()) {
            return;
        }
        if (name.equalsIgnoreCase("Content-Length")) {
            length = Long.parseLong(value);
        } else if (name.equalsIgnoreCase("Connection")) {
            keepsAlive &= !value.equalsIgnoreCase("close");
        } else {
            headers.add(new Header(name, value));
        }
    }

    @Override
    public void setContentType(String type) {
        setHeader("Content-Type", type);
    }

    @Override
    public void setContentLength(int length) {
        setContentLengthLong(length);
    }

    @Override
    public synchronized void setContentLengthLong(long length) {
        if (isOpen()) {
            this.length = length;
        }
    }

    @Override
    public void sendError(int code, String message) throws IOException {
        byte[] body = Json.error("error", message).getBytes(StandardCharsets.UTF_8);
        output.reset();
        setStatus(code);
        setContentType(Json.CONTENT_TYPE);
        setContentLength(body.length);
        output.write(body);
    }

    @Override
    public void sendError(int code) throws IOException {
        sendError(code, "the request failed");
    }

    @Override
    public boolean isCommitted() {
        return exchange.isOver() || output.isCommitted();
    }

    @Override
    public ServletOutputStream getOutputStream() {
        return output;
    }

    private boolean isOpen() {
        return !isCommitted();
    }

    /** Nothing of what was said holds. */
    void forget() {
        synchronized (this) {
            headers.clear();
        }
        output.reset();
    }

    /** The servlet has thrown. */
    void failed() {
        try {
            sendError(HttpStatus.INTERNAL_SERVER_ERROR_500.getStatusCode());
        } catch (IOException e) {
            // The client is gone.
            closes();
        }
    }

    /** Sends what was not sent yet. */
    void finish() {
        output.finish();
    }

    /** No other request follows on the connection. */
    synchronized void closes() {
        keepsAlive = false;
    }

    synchronized boolean keepsAlive() {
        return keepsAlive;
    }

    /** How many bytes the body has, when it is framed by that. */
    synchronized long length() {
        return length;
    }

    /**
     * Decides how the end of the body is told.
     *
     * @param whole the bytes of the body when it is complete; negative when more may come
     */
    synchronized Framing commit(int whole) {
        if (status == 204 || status == 304) {
            length = UNKNOWN;
            return Framing.NONE;
        }
        if (length < 0 && whole >= 0) {
            length = whole;
        }
        if (length < 0 && !takesChunks) {
            keepsAlive = false;
        }
        if (!takesBody) {
            return Framing.NONE;
        }
        return length >= 0 ? Framing.LENGTH : takesChunks ? Framing.CHUNKS : Framing.CLOSE;
    }

    /** Status line and headers, with the empty line after them. */
    synchronized byte[] head(Framing framing) {
        StringBuilder head = new StringBuilder(256);
        head.append("HTTP/1.1 ").append(status).append(' ');
        @Nullable HttpStatus known = HttpStatus.getHttpStatus(status);
        head.append(known == null ? "" : known.getReasonPhrase()).append("\r\n");
        headers.forEach(header -> append(head, header.name, header.value));
        append(head, "Date", FastHttpDateFormat.getCurrentDate());
        if (length >= 0) {
            append(head, "Content-Length", String.valueOf(length));
        } else if (framing == Framing.CHUNKS) {
            append(head, "Transfer-Encoding", "chunked");
        }
        if (!keepsAlive) {
            append(head, "Connection", "close");
        } else if (!takesChunks) {
            append(head, "Connection", "keep-alive");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void append(StringBuilder head, String name, String value) {
        head.append(name).append(": ");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            // A line break would begin a header of somebody else's.
            head.append(c < ' ' && c != '\t' ? ' ' : c);
        }
        head.append("\r\n");
    }
}
