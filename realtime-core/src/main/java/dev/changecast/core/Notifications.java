package dev.changecast.core;

import java.time.Duration;

/**
 * How many notifications wait for users who are not there, and how long. What exceeds it is dropped, the oldest of the
 * lowest priority first, and its user is told how many that were.
 *
 * @param perUser how many wait for one user; 0 for none at all
 * @param keep how long they wait at most
 * @param total how many wait for all users together: what bounds the memory, about 60 bytes for each and 200 for each user
 * @param bytes how much they may take on disk, with what is no longer waiting and not yet cleared away
 */
public record Notifications(int perUser, Duration keep, int total, long bytes) {
    private static final long MIB = 1024 * 1024;
    private static final int MOST_PER_USER = 10_000;

    /** 100 of each user, for 7 days; 500 000 in all, 1 GiB. */
    public static final Notifications DEFAULT = new Notifications(100, Duration.ofDays(7), 500_000, 1024 * MIB);

    public Notifications {
        if (perUser < 0 || perUser > MOST_PER_USER) {
            throw new IllegalArgumentException(
                    "of one user 0 to " + MOST_PER_USER + " notifications may wait, not " + perUser);
        }
        if (keep.isNegative() || keep.isZero()) {
            throw new IllegalArgumentException("notifications must be kept for more than nothing, not " + keep);
        }
        if (total < 1) {
            throw new IllegalArgumentException("1 notification at least may wait in all, not " + total);
        }
        if (bytes < MIB) {
            throw new IllegalArgumentException("notifications need 1 MiB of disk at least, not " + bytes);
        }
    }

    public Notifications perUser(int most) {
        return new Notifications(most, keep, total, bytes);
    }

    public Notifications keep(Duration time) {
        return new Notifications(perUser, time, total, bytes);
    }

    public Notifications total(int most) {
        return new Notifications(perUser, keep, most, bytes);
    }

    public Notifications bytes(long most) {
        return new Notifications(perUser, keep, total, most);
    }
}
