package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Authentication;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.CommandException;
import dev.changecast.core.protocol.CommandParser;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one client sends, on its way to being carried out: parsed and bounded on the transport's thread, handed to the
 * dispatcher that owns the session. Who sends too much, too often, or what is no command is told, and sent away when that
 * does not help.
 */
final class CommandIntake {
    /** How many commands of one client may wait to be handled. */
    private static final int WAITING_COMMANDS = 256;

    /** How many messages that are no commands a client may send before it is sent away. */
    private static final int OFFENCES = 10;

    private final ClientSession session;
    private final SessionIdentity who;
    private final SessionContext context;
    private final CommandPace pace;
    private final AtomicInteger waiting = new AtomicInteger();
    private int offences;

    /** How many characters came from a client that is not known yet. */
    private int early;

    CommandIntake(ClientSession session, SessionIdentity who, SessionContext context) {
        this.session = session;
        this.who = who;
        this.context = context;
        this.pace = new CommandPace(context.limits(), System.nanoTime());
    }

    /** Takes a message; by one thread at a time. */
    void message(String json) {
        if (waiting.incrementAndGet() > WAITING_COMMANDS) {
            handOn(() -> session.close(4429, "more than " + WAITING_COMMANDS + " commands are waiting"));
            return;
        }
        if (!who.isKnown() && (early += json.length()) > context.limits().messageBytes()) {
            handOn(() -> session.close(4429, "too much came before a token; send \"authenticate\" first"));
            return;
        }
        CommandPace.Verdict verdict = pace.judge(json.length(), System.nanoTime());
        if (verdict == CommandPace.Verdict.END || verdict == CommandPace.Verdict.TOO_MUCH) {
            handOn(() -> refuse(verdict, null));
            return;
        }
        try {
            Command command = CommandParser.parse(json);
            if (verdict != CommandPace.Verdict.TAKE) {
                handOn(() -> refuse(verdict, command.id()));
            } else if (command instanceof Command.Authenticate authenticate) {
                // Looked at here: the dispatcher serves others meanwhile.
                Authentication found = context.examine(authenticate.token());
                handOn(() -> {
                    if (!session.isOver()) {
                        who.authenticate(authenticate, found);
                    }
                });
            } else {
                handOn(() -> session.handle(command));
            }
        } catch (CommandException e) {
            handOn(() -> offence(e.id(), e.context(), e.problem()));
        }
    }

    private void handOn(Runnable task) {
        session.dispatcher().execute(() -> {
            waiting.decrementAndGet();
            task.run();
        });
    }

    /** A message that could not be read at all. Any thread. */
    void bad(String what) {
        session.dispatcher()
                .execute(() -> offence(null, "message", new ChangecastException(ErrorCode.BAD_MESSAGE, what)));
    }

    private void refuse(CommandPace.Verdict verdict, @Nullable String id) {
        if (verdict == CommandPace.Verdict.END) {
            session.close(4429, pace.whyEnded());
        } else {
            session.refuse(id, ErrorCode.RATE_LIMITED, "command", pace.why(verdict));
        }
    }

    private void offence(@Nullable String id, String context, ChangecastException problem) {
        if (session.isOver()) {
            return;
        }
        session.refuse(id, problem.code(), context, problem.getMessage());
        if (problem.code() == ErrorCode.BAD_MESSAGE && ++offences >= OFFENCES) {
            session.close(4400, offences + " messages were no commands");
        }
    }
}
