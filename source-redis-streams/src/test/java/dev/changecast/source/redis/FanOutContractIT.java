package dev.changecast.source.redis;

import dev.changecast.redis.testing.RealRedis;
import dev.changecast.testing.Origin;
import dev.changecast.testing.SourceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What the engine relies on, of a stream that is read by a cursor. */
class FanOutContractIT extends SourceContract {
    private static RealRedis redis;

    @BeforeAll
    static void startRedis() {
        redis = RealRedis.start();
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @Override
    protected Origin origin() {
        return new RedisOrigin(redis, false);
    }
}
