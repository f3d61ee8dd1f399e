package dev.changecast.core.session;

import dev.changecast.api.transport.ConnectionListener;

/** Takes what a refused client sends, and does nothing. */
final class RefusedClient implements ConnectionListener {
    @Override
    public void onMessage(String json) {}

    @Override
    public void onBadMessage(String what) {}

    @Override
    public void onAlive() {}

    @Override
    public void onClosed() {}
}
