/**
 * What the product promises, held against what a real database says in the end. Writers write what the database lets them
 * write, clients follow with random filters, faults are injected; then every client's rows are compared with a SELECT.
 * Everything random comes from a seed that a failure names: {@code -Doracle.seed=4711} runs it again, and {@code
 * -Doracle.seconds=3600} lets the mixed run go on for so long.
 */
@NullMarked
package dev.changecast.server.oracle;

import org.jspecify.annotations.NullMarked;
