package dev.changecast.http.grizzly;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, which never blocks: a servlet reads what has arrived, and its listener is told when more has, on
 * worker threads, one call at a time.
 */
final class BodyInput extends ServletInputStream {
    private static final byte[] NOTHING = {};

    private final Owner exchange;

    // Guarded by this.
    private @Nullable Queue<byte[]> parts;
    private byte[] part = NOTHING;
    private int offset;
    private boolean arrived;
    private @Nullable ReadListener listener;
    private @Nullable Throwable failure;
    /** The listener wants to be told of more. */
    private boolean asked;
    /** Somebody calls the listener, or is about to; from the beginning, so that it is not called before the servlet is. */
    private boolean telling = true;

    private boolean ended;

    /** Whose body it is. */
    interface Owner {
        /** The servlet wants to read: a client that waits to be asked for its body is asked. */
        void wantsBody();

        /** All that had arrived is read. */
        void drained();

        /** All of the request has been read: of what it said, an answer needs nothing more. */
        void readAll();

        /** Runs something on a worker thread. */
        void start(Runnable task);
    }

    BodyInput(Owner exchange) {
        this.exchange = exchange;
    }

    /** More has arrived. */
    synchronized void receive(byte[] more, boolean last) {
        if (more.length > 0) {
            if (offset == part.length) {
                part = more;
                offset = 0;
            } else {
                Queue<byte[]> behind = parts == null ? new ArrayDeque<>() : parts;
                behind.add(more);
                parts = behind;
            }
        }
        arrived |= last;
    }

    /** Nothing more arrives. */
    synchronized void fail(Throwable why) {
        if (failure == null) {
            failure = why;
        }
    }

    synchronized boolean hasUnread() {
        return offset < part.length;
    }

    @Override
    public synchronized boolean isFinished() {
        return arrived && !hasUnread();
    }

    @Override
    public synchronized boolean isReady() {
        if (ended) {
            return false;
        }
        if (hasUnread() || arrived) {
            return true;
        }
        asked = true;
        return false;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        boolean tells;
        synchronized (this) {
            this.listener = listener;
            asked = true;
            tells = !telling;
        }
        exchange.wantsBody();
        if (tells) {
            exchange.start(this::tell);
        }
    }

    /** The servlet was called: from now on its listener is told of what there is. */
    void open() {
        boolean empty;
        synchronized (this) {
            telling = false;
            empty = arrived && !hasUnread() && listener == null;
        }
        if (empty) {
            exchange.readAll();
        }
        tell();
    }

    /** Tells the listener what is due; when somebody does already, that one does. */
    void tell() {
        synchronized (this) {
            if (telling) {
                return;
            }
            telling = true;
        }
        for (Call call; (call = next()) != null; ) {
            try {
                call.run();
            } catch (IOException | RuntimeException e) {
                fail(e);
            }
        }
    }

    private interface Call {
        void run() throws IOException;
    }

    private synchronized @Nullable Call next() {
        Call due = due();
        telling = due != null;
        return due;
    }

    private @Nullable Call due() {
        ReadListener told = listener;
        if (told == null || ended) {
            return null;
        }
        Throwable why = failure;
        if (why != null) {
            end();
            return () -> told.onError(why);
        }
        if (hasUnread()) {
            boolean due = asked;
            asked = false;
            return due ? told::onDataAvailable : null;
        }
        if (!arrived) {
            return null;
        }
        end();
        return () -> {
            exchange.readAll();
            told.onAllDataRead();
        };
    }

    private void end() {
        ended = true;
        listener = null;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int count;
        boolean drained;
        boolean tells;
        synchronized (this) {
            if (!hasUnread()) {
                if (arrived) {
                    return -1;
                }
                throw new IOException("the rest of the body has not arrived, and this port does not block; set a "
                        + "ReadListener, and read while isReady() is true");
            }
            count = Math.min(length, part.length - offset);
            System.arraycopy(part, offset, bytes, from, count);
            offset += count;
            if (offset == part.length) {
                byte[] next = parts == null ? null : parts.poll();
                part = next == null ? NOTHING : next;
                offset = 0;
            }
            drained = !hasUnread();
            tells = drained && arrived && !telling && listener != null;
        }
        if (tells) {
            exchange.start(this::tell);
        }
        if (drained) {
            exchange.drained();
        }
        return count;
    }
}
