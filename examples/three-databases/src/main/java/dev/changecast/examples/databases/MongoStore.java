package dev.changecast.examples.databases;

import dev.changecast.mongo.standin.ReplicaSetStandIn;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Couriers and where they are, as documents. No package ships a MongoDB: this is the stand-in of this project's tests, within
 * this very process. It keeps what it had when it is stopped, and forgets it with the process.
 */
final class MongoStore implements Store {
    private static final List<String> COURIERS = List.of("Ayla", "Bo", "Carmen", "Dario", "Emeka", "Freya", "Goran");
    private static final List<String> DISTRICTS = List.of("North", "East", "South", "West", "Old town", "Docks");
    private static final List<String> STATES = List.of("riding", "at a door", "resting");
    private static final int MOST_PARCELS = 12;

    private final int port;
    private final int networkPort;
    private final Random random = new Random();
    private @Nullable ReplicaSetStandIn mongo;

    /** @param networkPort by which others reach it: members of a replica set tell their address */
    MongoStore(int port, int networkPort) {
        this.port = port;
        this.networkPort = networkPort;
    }

    @Override
    public void start() {
        ReplicaSetStandIn present = mongo;
        if (present == null) {
            present = ReplicaSetStandIn.startedBehind(port, networkPort);
            present.run("fleet", "{create: 'couriers', changeStreamPreAndPostImages: {enabled: true}}");
            mongo = present;
        } else {
            present.start();
        }
    }

    @Override
    public void stop() {
        ReplicaSetStandIn running = mongo;
        if (running != null) {
            running.stop();
        }
    }

    @Override
    public void write(long number) {
        ReplicaSetStandIn running = mongo;
        if (running != null) {
            running.run(
                    "fleet",
                    "{update: 'couriers', updates: [{q: {_id: '%s'}, upsert: true, u: {$set: {n: NumberLong('%d'), state: '%s', parcels: %d, place: {district: '%s'}}}}]}"
                            .formatted(
                                    oneOf(COURIERS),
                                    number,
                                    oneOf(STATES),
                                    random.nextInt(MOST_PARCELS),
                                    oneOf(DISTRICTS)));
        }
    }

    private String oneOf(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
