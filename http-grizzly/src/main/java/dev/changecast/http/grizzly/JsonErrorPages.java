package dev.changecast.http.grizzly;

import java.util.Locale;
import org.glassfish.grizzly.http.server.ErrorPageGenerator;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.util.HttpStatus;
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
        String name = HttpStatus.getHttpStatus(status).getReasonPhrase();
        return Json.error(
                name.toLowerCase(Locale.ROOT).replace(' ', '_'),
                status == 404 ? "there is nothing at this address" : "the request failed");
    }
}
