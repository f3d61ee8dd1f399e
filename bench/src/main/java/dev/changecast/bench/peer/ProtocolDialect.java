package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;

/** Changecast's own protocol: a client is ready when it was told so. */
interface ProtocolDialect extends Dialect {
    @Override
    default String path() {
        return "/ws";
    }

    @Override
    default boolean readyWhenOpen() {
        return false;
    }
}
