package dev.changecast.testing;

class RedeliveringSourceTest extends SourceContract {
    @Override
    protected Origin origin() {
        return new QueueOrigin(true);
    }
}
