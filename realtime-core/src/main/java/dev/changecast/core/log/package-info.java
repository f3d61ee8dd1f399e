/**
 * The log of a feed: what a source has given, transaction by transaction, before any route is asked. {@link
 * dev.changecast.core.log.FeedLog} is written by the capture thread; a thread of its own brings it to disk; sessions,
 * the hub and listeners read it through {@link dev.changecast.core.log.LogReader}, each by its own cursor.
 *
 * <h2>The way of a change</h2>
 *
 * {@code FrameEncoder} collects changes until there is a frame, {@code Tail} keeps the newest frames in memory and hands
 * them to {@code LogWriter}, which gives them to a {@code Store}: {@code SegmentStore} for files, {@code MemoryStore} for
 * none. {@code Recovery} makes a log of what it finds in a directory.
 *
 * <h2>Files</h2>
 *
 * The directory of a feed holds segments, named after the number of their first frame ({@code 00000000000000000001.log}),
 * beside each sealed one its {@code .index}, and {@code lock}, which keeps a second process out. A file that ends in
 * {@code .new} was never finished and is deleted. All numbers are big-endian; a <i>varint</i> has seven bits per byte,
 * the lowest first; text is UTF-8 behind its length as a varint; a position is two longs.
 *
 * <p>A segment begins with a header. Its first four fields have these places in every version.
 *
 * <pre>
 *  0  magic    CCASTLOG
 *  8  int      version, 2
 * 12  int      length of the header
 * 16  int      CRC32C of the header, with zero here
 * 20  long     created, milliseconds since 1970
 * 28  long     lineage: drawn at each restart of the log; segments of another lineage are left-overs
 *     text     epoch
 *     long     number of the frame before the first
 *     position where that ended
 *     byte     1 when the segment begins inside a transaction
 *     position of the last checkpoint before; byte, 1 when a token (text) follows
 * </pre>
 *
 * Frames follow. Their numbers run through all segments without a gap, over restarts too.
 *
 * <pre>
 *  0  int      CRC32C of the rest
 *  4  int      length of the whole frame
 *  8  byte     1 changes, 2 progress, 3 fence, 4 definition of a relation
 *  9  byte     1 first of its transaction, 2 last, 4 with the transaction's name, 8 with a token
 * 10  long     number; a definition has that of the frame after it
 * 18  position before
 * 34  position after: of the checkpoint, the last change, or the same
 *
 *     changes
 * 50  position where the transaction begins
 * 66  long int committed at, seconds and nanoseconds
 * 78  int      how many changes
 * 82  long     how many the transaction has before
 *     text     its name, if flagged; token, if flagged
 *     varint   how many relations, then the number of each
 *     entries  varint  number of the relation
 *              byte    operation (0 insert, 1 update, 2 delete, 3 truncate), +4 with the new row, +8 with the old one
 *              varint  minor, less that of the entry before
 *              rows    int length, varint number of columns, then per value a varint (length * 4 + form: 0 null,
 *                      1 absent, 2 literal, 3 text) and its bytes
 *
 *     progress: token, if flagged     fence: text, its id     definition: varint, its number; the relation
 * </pre>
 *
 * A transaction up to 64 KiB is one frame, so one checksum says whether it is there; a larger one is several, and can be
 * read before it is complete, since its source gives only what is committed. Where the source assigns positions itself, so
 * that what breaks off comes again at others, the frames of one wait for its commit, up to 16 MiB. A segment defines each relation before its
 * first use, so that it can be read without the others.
 *
 * <h2>After a crash</h2>
 *
 * The newest segment is read through to the first frame that is torn, damaged or out of order, and cut there; then the
 * transaction that has no end is cut off, through several segments if need be. The older segments are taken as far back
 * as each ends where the next begins. The log's end is now its last complete checkpoint; what comes after it the source
 * still has, because nothing is acknowledged before it is on disk.
 */
@NullMarked
package dev.changecast.core.log;

import org.jspecify.annotations.NullMarked;
