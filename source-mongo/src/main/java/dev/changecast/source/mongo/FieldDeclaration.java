package dev.changecast.source.mongo;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A field that the configuration names: {@code app.users.email string}. Dots behind the collection lead into documents
 * ({@code app.users.address.city string}).
 *
 * @param collection {@code database.collection}
 * @param path the field, or the way to it, which is also its column's name
 */
record FieldDeclaration(String collection, String path, FieldKind kind) {
    private static final Pattern FORM = Pattern.compile("\\s*([^.\\s]+\\.[^.\\s]+)\\.(\\S+)\\s+(\\S+)\\s*");

    static FieldDeclaration parse(String text) {
        Matcher matcher = FORM.matcher(text);
        FieldKind kind = matcher.matches() ? FieldKind.named(matcher.group(3)) : null;
        if (kind == null) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "a field is declared as database.collection.field type (app.users.email string), where type is one of "
                            + FieldKind.aliases() + ", not: " + text);
        }
        return new FieldDeclaration(matcher.group(1), matcher.group(2), kind);
    }
}
