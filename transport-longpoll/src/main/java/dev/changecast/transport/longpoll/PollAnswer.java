package dev.changecast.transport.longpoll;

import dev.changecast.api.transport.ClientConnection.WriteDone;
import dev.changecast.api.transport.Payload;
import dev.changecast.transport.servlet.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client gets for one poll.
 *
 * @param seq counts answers that hold messages; an empty one repeats that of the last before it
 * @param done told when the client has it; null when the engine was told before
 * @param close why the session is over; null when it is not
 */
record PollAnswer(
        String session,
        long seq,
        List<Payload> messages,
        @Nullable WriteDone done,
        @Nullable Close close) {

    /** The end of a session, in the protocol's codes. */
    record Close(int code, String reason) {}

    static PollAnswer empty(String session, long seq, @Nullable Close close) {
        return new PollAnswer(session, seq, List.of(), null, close);
    }

    /** {@code {"session":...,"seq":...,"messages":[...]}}, and {@code "close"} at the end of a session. */
    byte[] json() {
        int size = messages.stream().mapToInt(message -> message.size() + 1).sum();
        ByteArrayOutputStream json = new ByteArrayOutputStream(size + 128);
        json.writeBytes(utf8("{\"session\":\"" + session + "\",\"seq\":" + seq + ",\"messages\":["));
        for (int i = 0; i < messages.size(); i++) {
            if (i > 0) {
                json.write(',');
            }
            json.writeBytes(messages.get(i).json());
        }
        json.write(']');
        if (close != null) {
            json.writeBytes(
                    utf8(",\"close\":{\"code\":" + close.code + ",\"reason\":" + Problem.quoted(close.reason) + "}"));
        }
        json.write('}');
        return json.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
