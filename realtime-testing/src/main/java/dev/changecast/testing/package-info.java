/**
 * What tests of an engine, a source or a transport are made of: a scripted source, clients with and without a network, a
 * proxy that breaks connections, and waiting for conditions.
 */
@NullMarked
package dev.changecast.testing;

import org.jspecify.annotations.NullMarked;
