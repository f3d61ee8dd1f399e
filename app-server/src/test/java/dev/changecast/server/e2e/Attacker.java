package dev.changecast.server.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A connection that keeps no rule, to the server of this machine. */
final class Attacker implements AutoCloseable {
    /** Whom the proxy of the tests, which they are themselves, says that it is. */
    static final String ADDRESS = "198.51.100.7";

    private static final byte[] MASK = {1, 2, 3, 4};

    private final Socket socket;
    private final DataInputStream in;

    private Attacker(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    static Attacker connect(int port) {
        return connect(port, 64 * 1024);
    }

    /** @param buffer how much the system takes for it from the network */
    static Attacker connect(int port, int buffer) {
        try {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(buffer);
            socket.setSoTimeout(30_000);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new Attacker(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String handshake(String... headers) {
        return "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-Forwarded-For: "
                + ADDRESS
                + "\r\n"
                + String.join(
                        "",
                        java.util.Arrays.stream(headers)
                                .map(header -> header + "\r\n")
                                .toList())
                + "\r\n";
    }

    Attacker send(String text) {
        return send(text.getBytes(ISO_8859_1));
    }

    /** Sends; that the server has closed already is no error. */
    Attacker send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException closed) {
            // What came before tells why.
        }
        return this;
    }

    Attacker text(String message) {
        return send(frame(0x81, message.getBytes(UTF_8)));
    }

    static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length <= 125) {
            frame.write(0x80 | payload.length);
        } else if (payload.length <= 0xFFFF) {
            frame.write(0x80 | 126);
            frame.write(payload.length >>> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            frame.writeBytes(new byte[4]);
            for (int shift = 24; shift >= 0; shift -= 8) {
                frame.write(payload.length >>> shift);
            }
        }
        frame.writeBytes(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ MASK[i % 4]);
        }
        return frame.toByteArray();
    }

    /** Status line and headers; what there was of them when the server closed. */
    String head() {
        StringBuilder head = new StringBuilder();
        try {
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readByte());
            }
        } catch (IOException closed) {
            return head.toString();
        }
        return head.toString();
    }

    /** All that comes until the server closes. */
    String rest() {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        byte[] part = new byte[4096];
        try {
            for (int count = in.read(part); count >= 0; count = in.read(part)) {
                rest.write(part, 0, count);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server does not close; it said " + rest.toString(ISO_8859_1), e);
        } catch (IOException closed) {
            // Hard, too.
        }
        return rest.toString(ISO_8859_1);
    }

    /** The next message, or with {@code close:} and the code how it ended. */
    String message() {
        try {
            while (true) {
                int first = in.readUnsignedByte();
                int length = in.readUnsignedByte() & 0x7F;
                length = length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
                byte[] payload = in.readNBytes(length);
                if ((first & 0x0F) == 8) {
                    return "close:" + ((payload[0] & 0xFF) << 8 | payload[1] & 0xFF);
                }
                if ((first & 0x0F) == 1) {
                    return new String(payload, UTF_8);
                }
            }
        } catch (IOException closed) {
            return "cut";
        }
    }

    /** The first message that contains this, past all others; or how it ended. */
    String await(String part) {
        String message = message();
        while (!message.contains(part) && !message.startsWith("close:") && !message.equals("cut")) {
            message = message();
        }
        return message;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
