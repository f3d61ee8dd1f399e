package dev.changecast.bench.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of a JVM's heap is referenced: what is left after a collection. */
public final class LiveHeap {
    private static final Pattern USED = Pattern.compile("used (\\d+)K");

    private LiveHeap() {}

    /** Collects, and says what is left, in bytes. */
    public static long of(ServerProcess process) throws IOException {
        // Twice: what the first one finds unreachable may still have to be cleaned up.
        command(process, "GC.run");
        command(process, "GC.run");
        Matcher used = USED.matcher(command(process, "GC.heap_info"));
        if (!used.find()) {
            throw new IOException("jcmd told nothing of the heap");
        }
        return 1024 * Long.parseLong(used.group(1));
    }

    private static String command(ServerProcess process, String command) throws IOException {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Process running = new ProcessBuilder(jcmd, Long.toString(process.pid()), command)
                .redirectErrorStream(true)
                .start();
        return new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
