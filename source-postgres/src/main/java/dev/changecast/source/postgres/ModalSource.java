package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One mode of capture; what fails is said in words. */
interface ModalSource extends ChangeSource {
    @Override
    void run(@Nullable StartPoint start, ChangeSink sink);

    @Override
    List<Relation> relations();

    @Override
    void close();
}
