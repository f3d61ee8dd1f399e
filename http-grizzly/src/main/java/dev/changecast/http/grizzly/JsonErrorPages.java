package dev.changecast.http.grizzly;

import org.glassfish.grizzly.http.server.ErrorPageGenerator;
import org.glassfish.grizzly.http.server.Request;
import org.jspecify.annotations.Nullable;

/** Errors for programs: without the page, the product name and the stack trace that Grizzly would send. */
final class JsonErrorPages implements ErrorPageGenerator {
    @Override
    public String generate(
            Request request,
            int status,
            @Nullable String reasonPhrase,
            @Nullable String description,
            @Nullable Throwable exception) {
        request.getResponse().setContentType(Json.CONTENT_TYPE);
        return Json.error(status, status == 404 ? "there is nothing at this address" : "the request failed");
    }
}
