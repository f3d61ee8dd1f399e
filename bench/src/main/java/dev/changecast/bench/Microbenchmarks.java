package dev.changecast.bench;

import dev.changecast.bench.report.Section;
import dev.changecast.bench.report.Spread;
import dev.changecast.bench.report.Table;
import java.util.Collection;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** JMH, for parts of the engine alone. */
final class Microbenchmarks implements Benchmark {
    @Override
    public Section run(Settings settings) throws Exception {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("dev\\.changecast\\..*Benchmark")
                .verbosity(VerboseMode.NORMAL)
                .forks(settings.count(2, 1))
                .warmupIterations(settings.count(3, 1))
                .measurementIterations(settings.count(5, 1))
                .warmupTime(TimeValue.milliseconds(settings.count(1000, 200)))
                .measurementTime(TimeValue.milliseconds(settings.count(1000, 200)))
                .jvmArgsAppend("-Xmx512m");
        Collection<RunResult> results = new Runner(options.build()).run();
        Table table = new Table("what", "with", "time", "± (99.9 %)", "unit");
        for (RunResult result : results) {
            String benchmark = result.getParams().getBenchmark();
            table.row(
                    benchmark.replaceAll("^.*\\.([^.]+\\.[^.]+)$", "$1"),
                    result.getParams().getParamsKeys().stream()
                            .map(key -> key + " " + result.getParams().getParam(key))
                            .collect(Collectors.joining(", ")),
                    Spread.text(result.getPrimaryResult().getScore()),
                    Spread.text(result.getPrimaryResult().getScoreError()),
                    result.getPrimaryResult().getScoreUnit());
        }
        return new Section("jmh", "Parts of the engine alone").table(table);
    }
}
