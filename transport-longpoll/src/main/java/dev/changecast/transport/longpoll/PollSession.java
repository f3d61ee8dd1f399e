package dev.changecast.transport.longpoll;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.Payload;
import dev.changecast.transport.longpoll.PollAnswer.Close;
import dev.changecast.transport.servlet.ConnectionEvents;
import dev.changecast.transport.servlet.Exchange;
import dev.changecast.transport.servlet.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One session: what waits for its client's next poll, and the answer that the client has not yet acknowledged, which is
 * given again until it does. The engine is told that a batch is delivered when it was acknowledged, so at most one is
 * held. While the answers to commands are gathered, it is told earlier, so that several batches go into one answer, up to
 * a bound.
 */
final class PollSession implements ClientConnection {
    private static final Logger LOG = LoggerFactory.getLogger(PollSession.class);

    /** How many bytes are gathered for one answer at most, but for the last batch. */
    private static final int GATHER_BYTES = 64 * 1024;

    private final String id;
    private final PollSessions sessions;
    private final ConnectionEvents events;

    // Guarded by this.
    private final List<Payload> gathered = new ArrayList<>();
    private long gatheredBytes;
    private @Nullable WriteDone gatheredDone;
    private @Nullable PollAnswer unacknowledged;
    private long lastSeq;
    private long acknowledged;
    private long lastRequest;
    private @Nullable Waiting waiting;
    private @Nullable Close close;
    private boolean ended;
    private long lastPoll = System.nanoTime();

    /** Who wants to know when the client has acknowledged an answer. */
    private final List<Question> questions = new ArrayList<>(1);

    private record Question(long seq, Runnable received) {}

    /** A poll that is not answered yet. */
    private static final class Waiting {
        final Exchange exchange;
        final boolean gathers;

        @Nullable
        Future<?> timer;

        boolean gathering;

        Waiting(Exchange exchange, boolean gathers) {
            this.exchange = exchange;
            this.gathers = gathers;
        }
    }

    PollSession(String id, PollSessions sessions) {
        this.id = id;
        this.sessions = sessions;
        this.events = new ConnectionEvents(failure -> {
            LOG.error("a session by long polling: the engine failed at what the client sent", failure);
            close(1011, "the server failed");
        });
    }

    String id() {
        return id;
    }

    /** What arrives, on its way to the engine. */
    ConnectionEvents events() {
        return events;
    }

    /** Serves one poll; answers it now or later. */
    void poll(PollRequest request, Exchange exchange) {
        WriteDone done = null;
        WriteDone early = null;
        Waiting superseded = null;
        PollAnswer nothing = null;
        boolean fresh;
        Problem problem = null;
        Runnable answer = null;
        List<Question> settled = List.of();
        synchronized (this) {
            problem = problemOf(request);
            fresh = request.request() == 0 || request.request() > lastRequest;
            if (problem == null) {
                lastPoll = System.nanoTime();
                lastRequest = Math.max(lastRequest, request.request());
                superseded = stopWaiting();
                nothing = nothing();
                PollAnswer inFlight = unacknowledged;
                if (inFlight != null && request.ack() == inFlight.seq()) {
                    acknowledged = inFlight.seq();
                    unacknowledged = null;
                    done = inFlight.done();
                    settled = settled();
                }
                boolean awaitsAnswers = fresh && !request.commands().isEmpty();
                Waiting now = new Waiting(exchange, awaitsAnswers && request.waitSeconds() > 0);
                waiting = now;
                if (unacknowledged != null || !now.gathers) {
                    answer = answerIfAny();
                } else if (!gathered.isEmpty()) {
                    gather(now);
                    early = gatheredDone;
                    gatheredDone = null;
                }
            }
        }
        if (superseded != null && nothing != null) {
            respond(superseded.exchange, nothing);
        }
        if (problem != null) {
            exchange.refuse(problem);
            return;
        }
        events.alive();
        if (answer != null) {
            answer.run();
        }
        if (done != null) {
            done.done(true);
        }
        if (early != null) {
            early.done(true);
        }
        settled.forEach(question -> question.received.run());
        if (fresh) {
            request.commands().forEach(events::message);
        }
        awaitMessages(exchange, request.waitSeconds());
    }

    /** An empty answer names the last that was acknowledged: not one that may never have arrived. */
    private PollAnswer nothing() {
        return PollAnswer.empty(id, acknowledged, null);
    }

    private @Nullable Problem problemOf(PollRequest request) {
        if (ended) {
            return unknown();
        }
        long ack = request.ack();
        if (ack == 0 || ack == acknowledged || unacknowledged != null && ack == unacknowledged.seq()) {
            return null;
        }
        return Problem.badRequest("\"ack\" is the seq of the last answer that arrived, "
                + (unacknowledged == null ? acknowledged : acknowledged + " or " + unacknowledged.seq()) + ", not "
                + ack);
    }

    static Problem unknown() {
        return new Problem(
                410,
                ErrorCode.UNKNOWN_SESSION,
                "there is no such session any more; poll without \"session\" and subscribe with \"since\"");
    }

    /** The poll waits from now on, unless it was answered already. */
    private void awaitMessages(Exchange exchange, int seconds) {
        synchronized (this) {
            Waiting now = waiting;
            if (now == null || now.exchange != exchange) {
                return;
            }
            if (!now.gathering) {
                now.timer = sessions.after(seconds * 1000L, () -> timeUp(now));
            }
        }
        exchange.onGone(() -> gone(exchange));
    }

    private void timeUp(Waiting whose) {
        Runnable answer = null;
        synchronized (this) {
            if (waiting == whose) {
                answer = answerIfAny();
                if (answer == null) {
                    stopWaiting();
                    PollAnswer nothing = nothing();
                    answer = () -> respond(whose.exchange, nothing);
                }
            }
        }
        if (answer != null) {
            answer.run();
        }
    }

    private synchronized void gone(Exchange exchange) {
        if (waiting != null && waiting.exchange == exchange) {
            stopWaiting();
        }
    }

    /** Takes the poll that waits out of waiting; somebody has to answer it then. */
    private @Nullable Waiting stopWaiting() {
        Waiting stopped = waiting;
        waiting = null;
        if (stopped != null) {
            lastPoll = System.nanoTime();
            if (stopped.timer != null) {
                stopped.timer.cancel(false);
            }
        }
        return stopped;
    }

    /** Answers the poll that waits, if there is something to tell: to be run without the lock. */
    private @Nullable Runnable answerIfAny() {
        Waiting now = waiting;
        if (now == null) {
            return null;
        }
        PollAnswer answer = unacknowledged;
        if (answer == null && !gathered.isEmpty()) {
            answer = new PollAnswer(id, ++lastSeq, List.copyOf(gathered), gatheredDone, null);
            unacknowledged = answer;
            gathered.clear();
            gatheredBytes = 0;
            gatheredDone = null;
        }
        boolean last = answer == null && close != null;
        if (last) {
            answer = PollAnswer.empty(id, acknowledged, close);
        }
        if (answer == null) {
            return null;
        }
        stopWaiting();
        PollAnswer given = answer;
        return () -> {
            respond(now.exchange, given);
            if (last) {
                end();
            }
        };
    }

    private static void respond(Exchange exchange, PollAnswer answer) {
        exchange.run(() -> exchange.answer(200, answer.json()));
    }

    /** More may come within moments: they wait for each other. */
    private void gather(Waiting now) {
        if (!now.gathering) {
            now.gathering = true;
            if (now.timer != null) {
                now.timer.cancel(false);
            }
            now.timer = sessions.after(sessions.gatherMillis(), () -> timeUp(now));
        }
    }

    // ---- What the engine asks for

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        boolean refused;
        WriteDone early = null;
        Runnable answer = null;
        synchronized (this) {
            refused = ended || close != null || gatheredDone != null;
            if (!refused) {
                gathered.addAll(messages);
                for (Payload message : messages) {
                    gatheredBytes += message.size();
                }
                gatheredDone = done;
                Waiting now = waiting;
                if (now != null && now.gathers && gatheredBytes < GATHER_BYTES) {
                    gather(now);
                    early = done;
                    gatheredDone = null;
                } else {
                    answer = answerIfAny();
                }
            }
        }
        if (refused) {
            done.done(false);
        } else if (early != null) {
            early.done(true);
        } else if (answer != null) {
            answer.run();
        }
    }

    /** That its client polls is what keeps a session alive, and {@link #tick} sees to that. */
    @Override
    public void ping() {
        events.alive();
    }

    /** What is told early, since more may come for the same answer, the client has got when it acknowledges that. */
    @Override
    public void confirm(Runnable received) {
        synchronized (this) {
            if (ended) {
                return;
            }
            PollAnswer answer = unacknowledged;
            if (!gathered.isEmpty() || answer != null) {
                questions.add(
                        new Question(gathered.isEmpty() && answer != null ? answer.seq() : lastSeq + 1, received));
                return;
            }
        }
        received.run();
    }

    private List<Question> settled() {
        List<Question> settled = new ArrayList<>();
        questions.removeIf(question -> question.seq <= acknowledged && settled.add(question));
        return settled;
    }

    @Override
    public void close(int code, String reason) {
        Runnable answer;
        synchronized (this) {
            if (ended || close != null) {
                return;
            }
            close = new Close(code, reason);
            sessions.after(PollSessions.FAREWELL_MILLIS, this::end);
            answer = answerIfAny();
        }
        if (answer != null) {
            answer.run();
        }
    }

    @Override
    public void abort() {
        end();
    }

    /** Looks whether anybody still polls. */
    void tick(long now, long idleNanos) {
        boolean idle;
        synchronized (this) {
            idle = waiting == null && now - lastPoll > idleNanos;
        }
        if (idle) {
            LOG.debug("a session by long polling ends: nobody has polled it for {} s", idleNanos / 1_000_000_000);
            end();
        }
    }

    /** The session is over, by whoever. */
    private void end() {
        WriteDone lost;
        WriteDone unsent;
        Waiting now;
        synchronized (this) {
            if (ended) {
                return;
            }
            ended = true;
            now = stopWaiting();
            lost = unacknowledged == null ? null : unacknowledged.done();
            unsent = gatheredDone;
            unacknowledged = null;
            gatheredDone = null;
            gathered.clear();
            questions.clear();
        }
        sessions.remove(this);
        if (now != null) {
            now.exchange.refuse(unknown());
        }
        if (lost != null) {
            lost.done(false);
        }
        if (unsent != null) {
            unsent.done(false);
        }
        events.closed();
    }
}
