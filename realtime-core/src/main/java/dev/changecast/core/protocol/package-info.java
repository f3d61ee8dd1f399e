/** Version 1 of the wire protocol: commands in, messages out. Internal to the engine; clients rely on the wire alone. */
@NullMarked
package dev.changecast.core.protocol;

import org.jspecify.annotations.NullMarked;
