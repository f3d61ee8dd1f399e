/** What is measured of processes, and how figures are shown. */
@NullMarked
package dev.changecast.bench.report;

import org.jspecify.annotations.NullMarked;
