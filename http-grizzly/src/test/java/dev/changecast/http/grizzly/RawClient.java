package dev.changecast.http.grizzly;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** A WebSocket client that may break every rule. */
final class RawClient implements AutoCloseable {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    final Socket socket;
    final DataInputStream in;
    private final Random random = new Random(7);

    /** What the server sent: one frame. */
    record Frame(int opcode, boolean last, boolean compressed, byte[] payload) {
        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        int closeCode() {
            return (payload[0] & 0xFF) << 8 | payload[1] & 0xFF;
        }

        String closeReason() {
            return new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
        }
    }

    RawClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), 1 << 16));
    }

    static RawClient plain(int port) throws IOException {
        return new RawClient(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Takes little from the network before it reads. */
    static RawClient withSmallBuffer(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new RawClient(socket).upgraded("/ws");
    }

    static RawClient connected(int port) throws IOException {
        return plain(port).upgraded("/ws");
    }

    RawClient upgraded(String target, String... headers) throws IOException {
        send(handshake(target, headers));
        String response = readHead();
        if (!response.startsWith("HTTP/1.1 101 ")) {
            throw new IOException("not upgraded: " + response);
        }
        return this;
    }

    static byte[] handshake(String target, String... headers) {
        String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        return ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + more
                        + "\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    void sendText(String text) throws IOException {
        send(frame(TEXT, true, text.getBytes(StandardCharsets.UTF_8)));
    }

    byte[] frame(int opcode, boolean last, byte[] payload) {
        byte[] mask = new byte[4];
        random.nextBytes(mask);
        return frame(opcode, last, payload, mask);
    }

    static byte[] unmaskedFrame(int opcode, byte[] payload) {
        return frame(opcode, true, payload, null);
    }

    private static byte[] frame(
            int opcode, boolean last, byte[] payload, byte @org.jspecify.annotations.Nullable [] mask) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int masked = mask == null ? 0 : 0x80;
        out.write(opcode | (last ? 0x80 : 0));
        if (payload.length <= 125) {
            out.write(masked | payload.length);
        } else if (payload.length <= 0xFFFF) {
            out.write(masked | 126);
            out.write(payload.length >>> 8);
            out.write(payload.length);
        } else {
            out.write(masked | 127);
            out.writeBytes(new byte[4]);
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.write(payload.length >>> shift);
            }
        }
        if (mask == null) {
            out.writeBytes(payload);
        } else {
            out.writeBytes(mask);
            for (int i = 0; i < payload.length; i++) {
                out.write(payload[i] ^ mask[i % 4]);
            }
        }
        return out.toByteArray();
    }

    /** Status line and headers. */
    String readHead() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int state = 0; state < 4; ) {
            int next = in.readByte();
            head.write(next);
            state = next == (state % 2 == 0 ? '\r' : '\n') ? state + 1 : next == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    Frame readFrame() throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        long length = second & 0x7F;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        return new Frame(first & 0x0F, (first & 0x80) != 0, (first & 0x40) != 0, payload);
    }

    /** The next frame that closes, past all others. */
    Frame readClose() throws IOException {
        Frame frame = readFrame();
        while (frame.opcode() != CLOSE) {
            frame = readFrame();
        }
        return frame;
    }

    /** Reads what still comes until the server has closed. */
    void awaitEnd() throws IOException {
        try {
            while (in.read() >= 0) {
                // What comes after the close frame does not matter.
            }
        } catch (EOFException | java.net.SocketException e) {
            // Closed, too.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
