/**
 * Rooms and who is there: names and permissions, and the register of members that all threads share. A room's messages are
 * published messages for its address and take their way; what is here is who hears them, and who is told of whom.
 *
 * <p>{@code RoomRules} decide who may join and send, {@code RoomRegistry} knows who is where, {@code Occupancy} is one room
 * (and, once more, everybody who is online), {@code RoomNews} what its members are told of each other.
 */
@NullMarked
package dev.changecast.core.room;

import org.jspecify.annotations.NullMarked;
