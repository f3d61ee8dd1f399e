package dev.changecast.server.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.KeyValuePair;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * An event as a JSON object in a line of its own: {@code time}, {@code level}, {@code logger}, {@code thread}, {@code message};
 * {@code session} and whatever else the event is about; {@code error} and {@code stack} where something failed.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {
    private static final byte[] NOTHING = {};
    private static final Set<String> TAKEN = Set.of("time", "level", "logger", "thread", "message", "error", "stack");

    private final JsonFactory json = new JsonFactory();

    @Override
    public byte[] headerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] footerBytes() {
        return NOTHING;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        try (JsonGenerator out = json.createGenerator(ObjectWriteContext.empty(), line)) {
            out.writeStartObject();
            out.writeStringProperty("time", event.getInstant().toString());
            out.writeStringProperty("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
            out.writeStringProperty("logger", event.getLoggerName());
            out.writeStringProperty("thread", event.getThreadName());
            out.writeStringProperty("message", event.getFormattedMessage());
            for (Map.Entry<String, String> each : about(event).entrySet()) {
                out.writeStringProperty(each.getKey(), each.getValue());
            }
            IThrowableProxy failure = event.getThrowableProxy();
            if (failure != null) {
                String message = failure.getMessage();
                out.writeStringProperty(
                        "error", failure.getClassName() + (message == null || message.isEmpty() ? "" : ": " + message));
                out.writeStringProperty("stack", ThrowableProxyUtil.asString(failure));
            }
            out.writeEndObject();
        }
        line.writeBytes("\n".getBytes(StandardCharsets.UTF_8));
        return line.toByteArray();
    }

    private static Map<String, String> about(ILoggingEvent event) {
        Map<String, String> about = new LinkedHashMap<>(event.getMDCPropertyMap());
        List<KeyValuePair> pairs = event.getKeyValuePairs();
        if (pairs != null) {
            pairs.forEach(pair -> about.put(pair.key, String.valueOf(pair.value)));
        }
        about.keySet().removeAll(TAKEN);
        return about;
    }
}
