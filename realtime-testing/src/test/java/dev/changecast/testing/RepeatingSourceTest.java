package dev.changecast.testing;

/** One that cannot tell what the log already holds. */
class RepeatingSourceTest extends SourceContract {
    @Override
    protected Origin origin() {
        return new QueueOrigin(false);
    }
}
