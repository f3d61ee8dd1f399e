package dev.changecast.core.room;

import dev.changecast.core.PresenceSettings;
import dev.changecast.core.RoomLimits;
import dev.changecast.core.Route.Readers;
import org.jspecify.annotations.Nullable;

/**
 * What people may do with each other.
 *
 * @param chat which users may write to other users; null for none
 */
public record SocialSettings(
        RoomRules rooms,
        RoomLimits limits,
        PresenceSettings presence,
        @Nullable Readers chat) {}
