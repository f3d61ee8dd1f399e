package dev.changecast.core.log;

import dev.changecast.core.log.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a directory holds, after whatever end the last run had: takes the newest lineage, back to the first
 * gap; cuts off what is torn, then the transaction that has no end. Each step leaves a directory from which it can
 * start again.
 */
final class Recovery {
    private static final Logger LOGGER = LoggerFactory.getLogger(Recovery.class);

    /** What a segment is called until its header is on disk. */
    static final String UNFINISHED = ".new";

    private final String place;
    private final Disk disk;
    private final RelationTable relations;

    /** Oldest first. */
    private final Deque<Segment> segments = new ArrayDeque<>();

    Recovery(String place, Disk disk, RelationTable relations) {
        this.place = place;
        this.disk = disk;
        this.relations = relations;
    }

    /** The segments, oldest first, of which the last is to be appended to; none when there is no log yet. */
    List<Segment> run() throws IOException {
        try {
            return recover();
        } catch (IOException | RuntimeException e) {
            segments.forEach(Segment::goes);
            throw e;
        }
    }

    private List<Segment> recover() throws IOException {
        Deque<String> names = segmentNames();
        SegmentScan.Found newest = null;
        while (newest == null && !names.isEmpty()) {
            newest = openNewest(names.removeLast());
        }
        if (newest == null) {
            return List.of();
        }
        segments.add(newest.segment());
        boolean connected = true;
        while (!names.isEmpty()) {
            String name = names.removeLast();
            connected = connected && openBefore(name, segments.getFirst());
            if (!connected) {
                delete(name);
            }
        }
        cut(newest);
        return new ArrayList<>(segments);
    }

    /** Oldest first, without suffix. */
    private Deque<String> segmentNames() throws IOException {
        Deque<String> segmentNames = new ArrayDeque<>();
        List<String> names = disk.names();
        names.sort(Comparator.naturalOrder());
        for (String name : names) {
            if (name.matches("\\d{20}\\.log")) {
                segmentNames.add(name.substring(0, name.length() - SegmentHeader.SUFFIX.length()));
            } else if (name.endsWith(UNFINISHED)) {
                disk.delete(name);
            }
        }
        return segmentNames;
    }

    /** Null when the segment is of no use: one without a header can hold nothing that is known to be sound. */
    private SegmentScan.@Nullable Found openNewest(String name) throws IOException {
        DiskFile file = disk.open(name + SegmentHeader.SUFFIX);
        SegmentHeader header = SegmentHeader.read(file, place + "/" + name + SegmentHeader.SUFFIX);
        if (header != null) {
            return SegmentScan.scan(header, file, Long.MAX_VALUE, relations);
        }
        file.close();
        LOGGER.error("{}/{}.log has a damaged header; the log goes on without it", place, name);
        delete(name);
        return null;
    }

    /** Takes this segment if it ends where the next begins. */
    private boolean openBefore(String name, Segment next) throws IOException {
        DiskFile file = disk.open(name + SegmentHeader.SUFFIX);
        SegmentHeader header = SegmentHeader.read(file, place + "/" + name + SegmentHeader.SUFFIX);
        if (header != null && header.lineage().equals(next.header.lineage())) {
            Segment segment = SegmentIndex.read(disk, header, file, relations);
            if (segment == null || !connects(segment, next)) {
                segment = SegmentScan.scan(header, file, next.header.firstSequence(), relations)
                        .segment();
            }
            if (connects(segment, next)) {
                segments.addFirst(segment);
                return true;
            }
        }
        file.close();
        if (header == null || header.lineage().equals(next.header.lineage())) {
            LOGGER.error("{}/{}.log is damaged; the log now begins with {}", place, name, next.header.before());
        }
        return false;
    }

    private static boolean connects(Segment segment, Segment next) {
        return segment.end().equals(next.header.before());
    }

    /** Ends the log outside a transaction. */
    private void cut(SegmentScan.Found newest) throws IOException {
        SegmentScan.Found last = newest;
        while (!last.complete()) {
            Segment segment = last.segment();
            if (segments.size() == 1) {
                empty(segment);
                return;
            }
            segments.removeLast();
            segment.goes();
            delete(segment.header.name());
            Segment before = segments.getLast();
            last = SegmentScan.scan(before.header, before.file, segment.header.firstSequence(), relations);
        }
        truncate(last);
    }

    private void truncate(SegmentScan.Found last) throws IOException {
        Segment segment = last.segment();
        DiskFile file = segment.file;
        long size = file.size();
        // The segment will grow again, so an index of what it was must never be found.
        disk.delete(segment.header.name() + SegmentIndex.SUFFIX);
        disk.force();
        if (size > last.completeSize()) {
            LOGGER.info(
                    "{}/{}.log: cut from {} to {} bytes, the end of the last complete transaction",
                    place,
                    segment.header.name(),
                    size,
                    last.completeSize());
            file.truncate(last.completeSize());
            file.force();
            segment = SegmentScan.scan(segment.header, file, Long.MAX_VALUE, relations)
                    .segment();
        }
        segments.removeLast();
        segments.addLast(segment);
    }

    /** The whole log is one incomplete transaction: nothing but the checkpoint before it remains. */
    private void empty(Segment segment) throws IOException {
        SegmentHeader header = segment.header;
        LogEnd before = new LogEnd(
                header.before().sequence(),
                header.before().checkpoint().position(),
                false,
                header.before().checkpoint());
        segment.goes();
        disk.delete(header.name() + SegmentIndex.SUFFIX);
        segments.clear();
        segments.add(create(disk, new SegmentHeader(header.createdAt(), header.lineage(), header.epoch(), before)));
    }

    /** A new segment without frames, in place of any of that name: wholly or not at all. */
    static Segment create(Disk disk, SegmentHeader header) throws IOException {
        String name = header.name();
        byte[] bytes = header.encode();
        try (DiskFile file = disk.create(name + UNFINISHED)) {
            SegmentOutput output = new SegmentOutput(file, 0, ByteBuffer.allocate(bytes.length));
            output.put(bytes, 0, bytes.length);
            output.flush();
            file.force();
        }
        disk.rename(name + UNFINISHED, name + SegmentHeader.SUFFIX);
        return new Segment(header, disk.open(name + SegmentHeader.SUFFIX), bytes.length);
    }

    private void delete(String name) throws IOException {
        disk.delete(name + SegmentIndex.SUFFIX);
        disk.delete(name + SegmentHeader.SUFFIX);
        disk.force();
    }
}
