/**
 * What Prometheus asks for: the engine's numbers, the sources' own, and those of the JVM and the process. The table of all
 * of them is docs/metrics.md.
 */
@NullMarked
package dev.changecast.server.metrics;

import org.jspecify.annotations.NullMarked;
