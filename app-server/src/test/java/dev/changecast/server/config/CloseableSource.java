package dev.changecast.server.config;

import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A source that does nothing but remember what was done to it. */
final class CloseableSource implements ChangeSource {
    @Nullable
    SettingValues values;

    boolean closed;

    @Override
    public Replay replay() {
        return Replay.NONE;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) {}

    @Override
    public void acknowledge(Checkpoint durable) {}

    @Override
    public CheckResult check() {
        return CheckResult.OK;
    }

    @Override
    public List<Relation> relations() {
        return List.of();
    }

    @Override
    public void close() {
        closed = true;
    }
}
