package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.bson.Document;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A place in the oplog, as resume tokens tell it.
 *
 * @param place of an event within its time, from 1; 0 for the time itself, which stands before its events
 */
record Token(long time, int place) implements Comparable<Token> {
    private static final String FORM = "82%016X%04X";

    Document document() {
        return new Document("_data", String.format(Locale.ROOT, FORM, time, place));
    }

    /** Null for what is no token of ours. */
    static @Nullable Token parse(@Nullable Object document) {
        String data = document instanceof Document token ? String.valueOf(token.get("_data")) : "";
        if (!data.matches("82[0-9A-F]{20}")) {
            return null;
        }
        return new Token(Long.parseUnsignedLong(data.substring(2, 18), 16), Integer.parseInt(data.substring(18), 16));
    }

    @Override
    public int compareTo(Token other) {
        int byTime = Long.compareUnsigned(time, other.time);
        return byTime != 0 ? byTime : Integer.compare(place, other.place);
    }
}
