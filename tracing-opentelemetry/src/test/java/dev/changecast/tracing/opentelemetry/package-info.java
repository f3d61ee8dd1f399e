@NullMarked
package dev.changecast.tracing.opentelemetry;

import org.jspecify.annotations.NullMarked;
