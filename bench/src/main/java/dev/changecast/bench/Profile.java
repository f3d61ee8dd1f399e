package dev.changecast.bench;

import dev.changecast.bench.peer.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * Says where a Java server's time goes while it is measured: by thread, as the system counts, and by samples. The
 * recording runs from the beginning, since its start has much of the code compiled again.
 */
final class Profile {
    /** Looks at nothing. */
    static final Profile NONE = new Profile(null, "");

    private static final int SHOWN = 25;

    private final @Nullable ServerProcess process;
    private final String what;
    private Map<String, Double> threadsBefore = Map.of();
    private Instant began = Instant.EPOCH;

    private Profile(@Nullable ServerProcess process, String what) {
        this.process = process;
        this.what = what;
    }

    /** Of a process, if it is a JVM of ours. */
    static Profile start(ServerProcess process, String what) throws IOException, InterruptedException {
        if (!what.contains("Changecast")) {
            return NONE;
        }
        command(process, "JFR.start", "name=bench", "settings=profile");
        return new Profile(process, what);
    }

    void begin() throws IOException {
        if (process != null) {
            threadsBefore = process.threadSeconds();
            began = Instant.now();
        }
    }

    void end() throws IOException {
        if (process == null) {
            return;
        }
        Map<String, Double> threads = process.threadSeconds();
        threads.replaceAll((thread, seconds) -> seconds - threadsBefore.getOrDefault(thread, 0.0));
        System.out.println("\nThreads of " + what + ", CPU seconds by the operating system");
        threads.entrySet().stream()
                .filter(each -> each.getValue() >= 0.01)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(each -> System.out.printf(Locale.ROOT, "    %6.2f  %s%n", each.getValue(), each.getKey()));
    }

    /** Prints where the last round's samples lie. */
    void print() throws IOException, InterruptedException {
        if (process != null) {
            Path file = Files.createTempFile("changecast-profile", ".jfr");
            command(process, "JFR.dump", "name=bench", "filename=" + file);
            print(what, file, began);
            Files.delete(file);
        }
    }

    private static void command(ServerProcess process, String... arguments) throws IOException, InterruptedException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        List<String> command = new java.util.ArrayList<>(List.of(jcmd, Long.toString(process.pid())));
        command.addAll(List.of(arguments));
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static void print(String what, Path file, Instant began) throws IOException {
        Map<String, Integer> threads = new HashMap<>();
        Map<String, Integer> methods = new HashMap<>();
        Map<String, Integer> ours = new HashMap<>();
        int samples = 0;
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            String type = event.getEventType().getName();
            if (!type.equals("jdk.ExecutionSample") && !type.equals("jdk.NativeMethodSample")
                    || event.getStartTime().isBefore(began)
                    || event.getStackTrace() == null) {
                continue;
            }
            List<RecordedFrame> frames = event.getStackTrace().getFrames();
            String top = name(frames.get(0));
            if (top.contains("EPoll.wait") || top.endsWith(".accept") || top.endsWith("Net.poll")) {
                continue; // waiting, not working
            }
            samples++;
            threads.merge(event.getThread("sampledThread").getJavaName().replaceAll("[0-9]+", "#"), 1, Integer::sum);
            methods.merge(top, 1, Integer::sum);
            frames.stream()
                    .map(Profile::name)
                    .filter(frame -> frame.startsWith("dev.changecast"))
                    .findFirst()
                    .ifPresent(frame -> ours.merge(frame, 1, Integer::sum));
        }
        System.out.println("\nProfile of " + what + ", " + samples + " samples");
        print("by thread", threads, samples);
        print("by method", methods, samples);
        print("by the nearest method of ours", ours, samples);
    }

    private static String name(RecordedFrame frame) {
        return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
    }

    private static void print(String title, Map<String, Integer> counts, int samples) {
        System.out.println("  " + title);
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .limit(SHOWN)
                .forEach(each -> System.out.printf(
                        Locale.ROOT, "    %5.1f %%  %s%n", 100.0 * each.getValue() / samples, each.getKey()));
    }
}
