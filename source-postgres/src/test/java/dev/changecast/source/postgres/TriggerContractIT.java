package dev.changecast.source.postgres;

import dev.changecast.testing.Origin;
import dev.changecast.testing.SourceContract;

/** What the engine relies on, with capture by triggers. */
class TriggerContractIT extends SourceContract {
    @Override
    protected Origin origin() {
        return new TriggerOrigin(TestServer.shared());
    }
}
