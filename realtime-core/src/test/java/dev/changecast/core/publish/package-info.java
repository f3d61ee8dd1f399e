@NullMarked
package dev.changecast.core.publish;

import org.jspecify.annotations.NullMarked;
