package dev.changecast.examples;

import dev.changecast.core.Changecast;
import dev.changecast.core.Message;
import dev.changecast.core.publish.MessageParser;
import dev.changecast.ingress.redis.MessageSink;
import dev.changecast.ingress.redis.RedisIngress;
import dev.changecast.ingress.redis.RedisServer;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** An engine that is embedded, and publishes what other services say through Redis. */
public final class RedisToEngine {
    private RedisToEngine() {}

    /**
     * Begins to listen to Redis.
     *
     * @param changecast has been started
     * @return close it before the engine
     */
    public static RedisIngress start(Changecast changecast, String url, String password) {
        // quote ingress
        RedisIngress ingress = RedisIngress.from(RedisServer.of(url).login(null, password))
                .to(new MessageSink<Message>() {
                    @Override
                    public Message read(String json) {
                        MessageParser.Parsed parsed = MessageParser.parse(json);
                        if (!parsed.problems().isEmpty()) {
                            throw new IllegalArgumentException(parsed.problems().toString());
                        }
                        return parsed.messages().get(0);
                    }

                    @Override
                    public CompletionStage<?> publish(List<Message> messages) {
                        return changecast.publish(messages);
                    }
                });
        ingress.start();
        // end
        return ingress;
    }
}
