package dev.changecast.server.oracle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * Sets the next transaction id of a database that was shut down in order, as {@code pg_resetwal} does: in the control file
 * and in the checkpoint record that it leads to. Every row has to be frozen before.
 */
final class TransactionCounter {
    private static final int SEGMENT_BYTES = 16 * 1024 * 1024;
    private static final int RECORD_HEADER_BYTES = 24;
    private static final int TRANSACTIONS_PER_SEGMENT = 32 * 8192 * 4;

    /** Where the control file has the place of the checkpoint record, and its copy of the record. */
    private static final int CHECKPOINT_AT = 32;

    private static final int COPY_AT = 40;

    /** How far before the oldest transaction id is to lie. */
    private static final long OLDEST_BEFORE = 100_000_000;

    private TransactionCounter() {}

    /** @param present the next id at present, or a lower one that is close, to find the field by */
    static void set(Path data, long present, long next) throws IOException {
        Path controlFile = data.resolve("global/pg_control");
        ByteBuffer control = read(controlFile);
        int controlEnd = checked(control);
        long checkpoint = control.getLong(CHECKPOINT_AT);
        int field = field(control, present);
        int timeline = control.getInt(COPY_AT + 8);
        Path segment = data.resolve("pg_wal")
                .resolve(String.format(
                        "%08X%08X%08X", timeline, checkpoint >>> 32, (checkpoint & 0xFFFFFFFFL) / SEGMENT_BYTES));
        ByteBuffer wal = read(segment);
        int record = (int) (checkpoint % SEGMENT_BYTES);
        int length = wal.getInt(record);
        int copy = record + RECORD_HEADER_BYTES + 2;
        if (wal.getLong(copy + field) != control.getLong(COPY_AT + field) || record % 8192 + length > 8192) {
            throw new IOException("the checkpoint record at " + Long.toHexString(checkpoint) + " is not as expected");
        }
        put(control, COPY_AT + field, next);
        put(wal, copy + field, next);
        control.putInt(controlEnd, crc(control, 0, controlEnd));
        CRC32C crc = new CRC32C();
        crc.update(wal.array(), record + RECORD_HEADER_BYTES, length - RECORD_HEADER_BYTES);
        crc.update(wal.array(), record, 20);
        wal.putInt(record + 20, (int) crc.getValue());
        Files.write(controlFile, control.array(), StandardOpenOption.WRITE);
        Files.write(segment, wal.array(), StandardOpenOption.WRITE);
        String status = String.format("%04X", (next & 0xFFFFFFFFL) / TRANSACTIONS_PER_SEGMENT);
        Files.write(data.resolve("pg_xact").resolve(status), new byte[TRANSACTIONS_PER_SEGMENT / 4]);
    }

    private static void put(ByteBuffer into, int at, long next) {
        into.putLong(at, next);
        // Behind it the next oid, multixact and multixact offset, and then the oldest transaction id.
        into.putInt(at + 20, (int) (next - OLDEST_BEFORE));
    }

    private static ByteBuffer read(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the next transaction id is in a checkpoint, which differs between versions. */
    private static int field(ByteBuffer control, long present) throws IOException {
        for (int at = 16; at < 48; at += 8) {
            long value = control.getLong(COPY_AT + at);
            if (value >= present && value < present + 1000) {
                return at;
            }
        }
        throw new IOException("no next transaction id near " + present + " in the control file");
    }

    /** Where the checksum is: behind what it is the checksum of. */
    private static int checked(ByteBuffer control) throws IOException {
        for (int end = 200; end < 512; end += 4) {
            if (crc(control, 0, end) == control.getInt(end)) {
                return end;
            }
        }
        throw new IOException("the control file has no checksum where one is expected");
    }

    private static int crc(ByteBuffer bytes, int from, int to) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), from, to - from);
        return (int) crc.getValue();
    }
}
