package dev.changecast.api.source;

/**
 * What the values of a column mean when they are compared. The name a person knows the type by ({@code int4}) is {@link
 * Column#type()}; this says which of them behave alike.
 */
public enum ValueType {
    BOOLEAN,
    /** A whole number of at most 64 bits. */
    INTEGER,
    /** A binary floating-point number; NaN and the infinities are written as text. */
    FLOAT,
    /** A decimal number of any precision, written as text so that no digit is lost. */
    DECIMAL,
    /** Text, compared by its bytes in UTF-8. */
    TEXT,
    /** One of a fixed list of words; equality only. */
    ENUM,
    UUID,
    DATE,
    TIME,
    /** A date and time without a zone, ISO 8601. */
    TIMESTAMP,
    /** An instant, ISO 8601 in UTC. */
    TIMESTAMP_TZ,
    /** Bytes, written in base64. */
    BINARY,
    /** A JSON document, written as it is. */
    JSON,
    /** An array, written as a JSON array. */
    ARRAY,
    /** Anything else, written as the source's own text; equality only. */
    OTHER
}
