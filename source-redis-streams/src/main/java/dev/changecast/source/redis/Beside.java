package dev.changecast.source.redis;

import java.util.regex.Pattern;

/** Names of keys beside a stream, which lie in the same slot of a cluster. */
final class Beside {
    private static final Pattern HASH_TAG = Pattern.compile("[^{]*\\{[^}]+}.*");

    private Beside() {}

    /** {@code {stream}:what}, or {@code stream:what} for a name that has a hash tag already. */
    static String stream(String stream, String what) {
        return (HASH_TAG.matcher(stream).matches() ? stream : "{" + stream + "}") + ":" + what;
    }
}
