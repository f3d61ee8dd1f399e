package dev.changecast.bench.peer;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the operating system says a process and its children have used.
 *
 * @param cpuSeconds processor time in user and kernel mode since its start
 * @param residentBytes memory that is in RAM now
 */
public record Usage(double cpuSeconds, long residentBytes) {
    /** The kernel's unit of time in {@code /proc}; the same on every Linux that runs Java. */
    private static final double TICKS_PER_SECOND = 100;

    static Usage of(ProcessHandle process) {
        List<Long> processes = Stream.concat(Stream.of(process), process.descendants())
                .map(ProcessHandle::pid)
                .toList();
        double cpu = 0;
        long resident = 0;
        for (long each : processes) {
            try {
                cpu += cpuSeconds(Path.of("/proc/" + each + "/stat"));
                resident += residentBytes(each);
            } catch (IOException e) {
                // A child that has just ended.
            }
        }
        return new Usage(cpu, resident);
    }

    static Map<String, Double> threads(long process) throws IOException {
        Map<String, Double> seconds = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + process + "/task"))) {
            for (Path thread : threads) {
                String name = Files.readString(thread.resolve("comm")).strip();
                seconds.merge(name, cpuSeconds(thread.resolve("stat")), Double::sum);
            }
        }
        return seconds;
    }

    private static double cpuSeconds(Path file) throws IOException {
        String stat = Files.readString(file);
        // The name in parentheses can hold anything, so fields are counted from behind it.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    private static long residentBytes(long process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }
}
