package dev.changecast.core.room;

import dev.changecast.api.transport.Payload;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What those who watch a room are told of its members. Whoever was told as much as this number says, or more, skips it.
 *
 * @param room null for everybody who is online
 */
public record RoomNews(@Nullable String room, long number, List<Payload> messages) {
    public RoomNews {
        messages = List.copyOf(messages);
    }
}
