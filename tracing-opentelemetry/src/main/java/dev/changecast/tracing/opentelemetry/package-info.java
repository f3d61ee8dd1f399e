/** Traces of transactions, from their commit until they are written to the clients, by OpenTelemetry's API. */
@NullMarked
package dev.changecast.tracing.opentelemetry;

import org.jspecify.annotations.NullMarked;
