package dev.changecast.server.oracle;

/** What a client speaks over: the one connection that it has, whatever the transport. */
interface Line {
    /** What comes over a line; called by threads of the transport. */
    interface Owner {
        void opened(Line line);

        void received(String message);

        /** @param code the close code; 1006 when there was none */
        void ended(int code, String reason);

        /** Whether more is wanted; when it is not, nothing comes until {@link Line#request} was called. */
        boolean wantsMore();
    }

    void send(String message);

    /** More is wanted. */
    void request();

    /** Ends it without a word. */
    void abort();
}
