package com.example.spool;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.Row;
import dev.changecast.testing.Capability;
import dev.changecast.testing.Item;
import dev.changecast.testing.Origin;
import dev.changecast.testing.SourceContract;
import dev.changecast.testing.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;

// quote contract
/** What the engine relies on, shown for directories. */
class SpoolDirectoryContractTest extends SourceContract {
    @TempDir
    private Path directory;

    @Override
    protected Origin origin() {
        return new SpoolDirectory(directory);
    }

    /** The directory, as the program sees it that writes there. */
    private record SpoolDirectory(Path directory) implements Origin {
        @Override
        public Replay replay() {
            return Replay.FROM_POSITION;
        }

        @Override
        public Set<Capability> capabilities() {
            return EnumSet.of(
                    Capability.TRANSACTIONS,
                    Capability.ROWS_AS_THEY_WERE,
                    Capability.KEEPS_UNREAD,
                    Capability.LOSES_HISTORY,
                    Capability.REPLACES_HISTORY);
        }

        @Override
        public ChangeSource source() {
            return new SpoolDirectorySource(directory);
        }

        @Override
        public ChangeSource absent() {
            return new SpoolDirectorySource(directory.resolve("missing"));
        }

        @Override
        public String relation() {
            return SpoolDirectorySource.LINES.qualifiedName();
        }

        @Override
        public void commit(List<Write> writes) throws IOException {
            if (writes.stream().anyMatch(write -> write.kind() != Write.Kind.INSERT)) {
                throw new UnsupportedOperationException("a file has only new rows");
            }
            String lines = writes.stream()
                    .map(write -> write.key() + " " + write.text() + "\n")
                    .collect(Collectors.joining());
            Path last = directory.resolve("last");
            long number = Files.exists(last) ? Long.parseLong(Files.readString(last)) + 1 : 1;
            Path unfinished = Files.writeString(directory.resolve("unfinished"), lines);
            Files.move(unfinished, directory.resolve(number + ".txt"), StandardCopyOption.ATOMIC_MOVE);
            Files.writeString(last, Long.toString(number));
        }

        @Override
        public Item read(Relation relation, Row row) {
            String[] line = row.text(relation.indexOf("text")).split(" ", 2);
            return new Item(Long.parseLong(line[0]), line[1]);
        }

        @Override
        public void loseHistory() throws IOException {
            String unread = Files.readString(directory.resolve("last"));
            commit(List.of(Write.insert(100, "the file before this one will be missing")));
            Files.delete(directory.resolve(unread + ".txt"));
        }

        @Override
        public void replaceHistory() throws IOException {
            Files.writeString(directory.resolve("epoch"), "another");
        }

        @Override
        public void close() {}
    }
}
// end
