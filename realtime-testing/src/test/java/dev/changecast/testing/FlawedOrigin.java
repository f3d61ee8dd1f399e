package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.StartPoint;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The scripted database with something wrong about its sources or itself; it is not waited for long. */
class FlawedOrigin extends InMemoryOrigin {
    private final UnaryOperator<ChangeSource> flaw;

    FlawedOrigin(UnaryOperator<ChangeSource> flaw) {
        this.flaw = flaw;
    }

    /** Its sources give wrongly what they captured rightly. */
    static Supplier<Origin> giving(UnaryOperator<ChangeSink> flaw) {
        return () -> new FlawedOrigin(source -> new Delegates.Source(source) {
            @Override
            public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
                real.run(start, flaw.apply(sink));
            }
        });
    }

    /** Its sources behave wrongly. */
    static Supplier<Origin> with(UnaryOperator<ChangeSource> flaw) {
        return () -> new FlawedOrigin(flaw);
    }

    /** It says that it can do something more. */
    static Supplier<Origin> boasting(Capability capability) {
        return () -> new FlawedOrigin(source -> source) {
            @Override
            public Set<Capability> capabilities() {
                Set<Capability> more = EnumSet.copyOf(super.capabilities());
                more.add(capability);
                return more;
            }
        };
    }

    /** It says that it cannot do something that it can do. */
    static Supplier<Origin> modest(Capability capability) {
        return () -> new FlawedOrigin(source -> source) {
            @Override
            public Set<Capability> capabilities() {
                Set<Capability> fewer = EnumSet.copyOf(super.capabilities());
                fewer.remove(capability);
                return fewer;
            }
        };
    }

    @Override
    public ChangeSource source() {
        return flaw.apply(super.source());
    }

    @Override
    public Duration patience() {
        return Duration.ofMillis(1_500);
    }

    @Override
    public Duration withoutRoom() {
        return Duration.ofSeconds(1);
    }
}
