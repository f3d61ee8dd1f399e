package dev.changecast.http.grizzly;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.glassfish.grizzly.http.server.Response;
import org.jspecify.annotations.Nullable;

/** An answer as a servlet gives it. What is told after the exchange is over goes nowhere. */
final class HostedResponse extends HttpServletResponseWrapper {
    private final HostedExchange exchange;
    private final Response response;
    private @Nullable BodyOutput output;
    private volatile int status = 200;

    HostedResponse(HostedExchange exchange, Response response) {
        super(NotOffered.RESPONSE);
        this.exchange = exchange;
        this.response = response;
    }

    @Override
    public void setStatus(int status) {
        this.status = status;
        set(() -> response.setStatus(status));
    }

    @Override
    public int getStatus() {
        return status;
    }

    @Override
    public void setHeader(String name, String value) {
        set(() -> response.setHeader(name, value));
    }

    @Override
    public void addHeader(String name, String value) {
        set(() -> response.addHeader(name, value));
    }

    @Override
    public void setContentType(String type) {
        set(() -> response.setContentType(type));
    }

    @Override
    public void setContentLength(int length) {
        setContentLengthLong(length);
    }

    /**
     * An asynchronous answer goes out in chunks, whose last one Grizzly writes when it has put the request away. An answer
     * that ends by its length could reach the client earlier, and Grizzly would take the next request on the connection
     * for more of this one.
     */
    @Override
    public void setContentLengthLong(long length) {
        if (!exchange.isStarted()) {
            set(() -> response.setContentLengthLong(length));
        }
    }

    @Override
    public void sendError(int code, String message) throws IOException {
        byte[] body = Json.error("error", message).getBytes(StandardCharsets.UTF_8);
        setStatus(code);
        setContentType(Json.CONTENT_TYPE);
        setContentLength(body.length);
        exchange.whileOpen(() -> response.getOutputStream().write(body));
    }

    @Override
    public void sendError(int code) throws IOException {
        sendError(code, "the request failed");
    }

    @Override
    public boolean isCommitted() {
        boolean[] committed = {true};
        set(() -> committed[0] = response.isCommitted());
        return committed[0];
    }

    @Override
    public ServletOutputStream getOutputStream() {
        BodyOutput present = output;
        if (present == null) {
            present = new BodyOutput(exchange, response.getNIOOutputStream());
            output = present;
        }
        return present;
    }

    private void set(HostedExchange.Access access) {
        try {
            exchange.whileOpen(access);
        } catch (IOException e) {
            // Over: there is nobody to tell it to.
            return;
        }
    }
}
