/** A CometD server to compare with. */
@NullMarked
package dev.changecast.bench.cometd;

import org.jspecify.annotations.NullMarked;
