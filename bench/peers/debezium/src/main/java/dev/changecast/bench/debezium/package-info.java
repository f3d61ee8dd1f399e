/** Debezium's embedded engine to compare with. */
@NullMarked
package dev.changecast.bench.debezium;

import org.jspecify.annotations.NullMarked;
