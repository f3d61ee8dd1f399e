package dev.changecast.testing;

class InMemorySourceTest extends SourceContract {
    @Override
    protected Origin origin() {
        return new InMemoryOrigin();
    }
}
