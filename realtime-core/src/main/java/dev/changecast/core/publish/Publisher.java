package dev.changecast.core.publish;

import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Puts messages among the published ones; see {@link dev.changecast.core.Changecast#publish(List)}. */
@FunctionalInterface
public interface Publisher {
    /** Never blocks, and fails by the stage alone. */
    CompletionStage<List<Receipt>> publish(List<Message> messages);
}
