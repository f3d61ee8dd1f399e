package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.hub.FeedHub;

/** A part of the log to be read for one session that is not at its head, by whatever thread has time. */
interface CatchUp {
    FeedHub hub();

    /** Where it ends at the latest. */
    Position until();

    LogPart.Result read();
}
