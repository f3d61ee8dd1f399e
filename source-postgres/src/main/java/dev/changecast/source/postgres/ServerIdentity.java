package dev.changecast.source.postgres;

import java.util.Map;

/**
 * Which history a database has.
 *
 * @param system the cluster's identifier, the same on all its standbys
 * @param database the database's oid
 * @param publication the publication's oid: made anew, it is another one
 * @param timeline the present timeline
 * @param flushed up to which LSN the present WAL reaches
 * @param switches where the ancestors of the present timeline ended, by their number
 */
record ServerIdentity(
        String system, long database, long publication, int timeline, long flushed, Map<Integer, Long> switches) {
    ServerIdentity {
        switches = Map.copyOf(switches);
    }
}
