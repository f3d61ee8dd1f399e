package dev.changecast.server.dashboard;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process takes of its machine.
 *
 * @param processors how many there are for it
 * @param cpu how busy it keeps them, 0 to 1 for all together; not a number where that is not known
 * @param machineCpu how busy they are with everything that runs
 * @param heapUsed bytes, with what is garbage already
 * @param heapMax bytes
 * @param resident bytes of real memory; -1 where that is not known
 * @param collecting how long garbage was collected since the start, in milliseconds
 * @param threads how many
 * @param files how many are open, sockets too; -1 where that is not known
 * @param filesMax how many may be
 */
record ProcessFigures(
        int processors,
        double cpu,
        double machineCpu,
        long heapUsed,
        long heapMax,
        long resident,
        long collecting,
        int threads,
        long files,
        long filesMax) {
    private static final Path STATUS = Path.of("/proc/self/statm");

    /** Pages are of this size wherever this file exists and the JVM runs, but for rare kernels. */
    private static final long PAGE = 4096;

    static ProcessFigures now() {
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        double cpu = Double.NaN;
        double machineCpu = Double.NaN;
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            cpu = known(system.getProcessCpuLoad());
            machineCpu = known(system.getCpuLoad());
        }
        long files = -1;
        long filesMax = -1;
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            files = unix.getOpenFileDescriptorCount();
            filesMax = unix.getMaxFileDescriptorCount();
        }
        return new ProcessFigures(
                Runtime.getRuntime().availableProcessors(),
                cpu,
                machineCpu,
                heap.getUsed(),
                heap.getMax(),
                residentBytes(),
                ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                        .filter(millis -> millis > 0)
                        .sum(),
                ManagementFactory.getThreadMXBean().getThreadCount(),
                files,
                filesMax);
    }

    private static double known(double load) {
        return load < 0 ? Double.NaN : load;
    }

    private static long residentBytes() {
        try {
            return Long.parseLong(Files.readString(STATUS).split(" ")[1]) * PAGE;
        } catch (IOException | RuntimeException elsewhere) {
            return -1;
        }
    }
}
