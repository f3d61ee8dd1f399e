package dev.changecast.bench;

import dev.changecast.bench.report.Section;

/** Something that is measured; prints its progress. */
interface Benchmark {
    Section run(Settings settings) throws Exception;
}
