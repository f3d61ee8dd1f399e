package dev.changecast.core.session;

import dev.changecast.core.Identity;
import java.util.Set;

/**
 * Whose pushed changes a part of the log is read for.
 *
 * @param addresses those of the session
 * @param identity whose rows they are
 */
record PushReading(Set<String> addresses, Identity identity) {}
