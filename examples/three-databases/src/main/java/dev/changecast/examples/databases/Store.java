package dev.changecast.examples.databases;

/** One kind of database: how it is started, stopped and written to. It is never written to by two threads. */
interface Store {
    /**
     * Starts it, for the first time or again with what it had, and makes its tables where there are none.
     *
     * @throws Exception when that is impossible here
     */
    void start() throws Exception;

    /** Ends it, as a failing machine would where that loses nothing. */
    void stop() throws Exception;

    /**
     * One thing that happens, in one transaction. The row that it writes has this number.
     *
     * @throws Exception when it may have happened, and may not
     */
    void write(long number) throws Exception;
}
