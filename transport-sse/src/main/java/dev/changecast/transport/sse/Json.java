package dev.changecast.transport.sse;

import java.io.StringWriter;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** Reading what clients and the engine say in JSON. */
final class Json {
    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxNumberLength(100)
                    .maxNameLength(1000)
                    .build())
            .build();

    /** For the engine's own messages, whose documents have the bounds of the database. */
    private static final JsonFactory TRUSTING = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private Json() {}

    /** The text again if it is exactly one JSON object; empty when it is not. */
    static Optional<String> object(String text) {
        StringWriter json = new StringWriter();
        try (JsonParser parser = STRICT.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            try (JsonGenerator copy = STRICT.createGenerator(ObjectWriteContext.empty(), json)) {
                copy.copyCurrentStructureExact(parser);
            }
            return parser.nextToken() == null ? Optional.of(json.toString()) : Optional.empty();
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    /** Reads a message of the engine. */
    static JsonParser parser(byte[] message) {
        return TRUSTING.createParser(ObjectReadContext.empty(), message);
    }
}
