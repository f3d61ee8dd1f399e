package dev.changecast.core.log;

import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Zeros behind the newest frame, on disk before frames take their place: forcing a write that neither lengthens the file
 * nor takes new blocks spares the file system its journal, half of the time of a small write. (PostgreSQL and etcd
 * prepare their logs in the same way.) Large writes do without, as they would be written twice. A recovery finds no frame
 * in zeros and cuts them off.
 */
final class Headroom {
    private static final int SMALL = 16 * 1024;
    private static final int AHEAD = 256 * 1024;

    private @Nullable DiskFile file;
    private long end;

    /** Called after frames were written there and before they are forced. */
    void prepare(DiskFile file, long from, long to) {
        if (this.file != file) {
            this.file = file;
            end = 0;
        }
        if (to <= end || to - from > SMALL) {
            return;
        }
        ByteBuffer zeros = ByteBuffer.allocate(AHEAD);
        try {
            for (long at = to; zeros.hasRemaining(); ) {
                at += file.write(zeros, at);
            }
            end = to + AHEAD;
        } catch (IOException e) {
            // A disk that is nearly full: the frames do without, and have the last word on whether they fit.
            forget();
        }
    }

    /** Gives back what is left of it, when nothing more will be written to the file; best effort. */
    void release(Segment segment) {
        if (file == segment.file && end > segment.size()) {
            try {
                segment.file.truncate(segment.size());
            } catch (IOException e) {
                // Zeros at the end of a segment are read by nobody.
            }
        }
        forget();
    }

    /** The file is not what it was. */
    void forget() {
        file = null;
        end = 0;
    }
}
