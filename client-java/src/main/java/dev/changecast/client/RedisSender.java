package dev.changecast.client;

import java.util.ArrayList;
import java.util.List;

/** {@code PUBLISH} to the channels that a server with {@code redis_pubsub} is subscribed to. */
final class RedisSender implements Sender {
    private final RedisPublish redis;
    private final String prefix;

    RedisSender(RedisPublish redis, String prefix) {
        this.redis = redis;
        this.prefix = prefix;
    }

    @Override
    public List<Outcome> send(List<Message> messages) throws InterruptedException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Message message : messages) {
            boolean waits = !outcomes.isEmpty() && outcomes.get(outcomes.size() - 1) instanceof Later;
            outcomes.add(waits ? outcomes.get(outcomes.size() - 1) : send(message));
        }
        return outcomes;
    }

    private Outcome send(Message message) throws InterruptedException {
        if (message.to().size() > 1) {
            // With one id on several channels, the server would take the second for a repetition of the first.
            return new Refused(PublishException.unsent(
                    "over Redis a message has one address, not " + message.to().size() + ": publish several"));
        }
        String channel = prefix + message.to().get(0);
        try {
            if (redis.publish(channel, Json.payload(message)) > 0) {
                return new Published(new Receipt(message.id(), null, false));
            }
            return new Later(
                    PublishException.unsent("no server is subscribed to " + channel + ", and Redis keeps nothing"),
                    null);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return new Later(
                    new PublishException("Redis does not take messages: " + e.getMessage(), 0, 0, true, e), null);
        }
    }

    @Override
    public String toString() {
        return "Redis channels " + prefix + "*";
    }
}
