package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.core.publish.Publisher;
import dev.changecast.core.room.RoomNews;
import dev.changecast.core.room.RoomRegistry;
import dev.changecast.core.room.RoomTimer;
import dev.changecast.core.room.SocialSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What sessions need for rooms, presence and chat: the settings, the register that they share, and a way to publish. */
final class Social implements RoomTimer {
    private final SocialSettings settings;
    private final List<Dispatcher> dispatchers;
    private final RoomRegistry registry;
    private volatile Publisher publisher = messages -> CompletableFuture.failedFuture(
            new ChangecastException(ErrorCode.BUSY, "the server is starting; try again in a moment"));

    /** @param dispatchers those that own the sessions; the first of them keeps the time */
    Social(SocialSettings settings, List<Dispatcher> dispatchers) {
        this.settings = settings;
        this.dispatchers = dispatchers;
        this.registry = new RoomRegistry(settings.presence(), settings.limits(), this, this::tell);
    }

    SocialSettings settings() {
        return settings;
    }

    RoomRegistry registry() {
        return registry;
    }

    void publishBy(Publisher present) {
        publisher = present;
    }

    /** Publishes what a client says; see {@link Publisher#publish}. */
    CompletionStage<List<Receipt>> publish(Message message) {
        return publisher.publish(List.of(message));
    }

    @Override
    public long now() {
        return System.nanoTime();
    }

    @Override
    public void at(long time, Runnable task) {
        Dispatcher home = dispatchers.get(0);
        home.execute(() -> home.at(time, task));
    }

    private void tell(List<RoomNews> all) {
        dispatchers.forEach(dispatcher -> dispatcher.execute(() -> dispatcher.tell(all)));
    }
}
