@NullMarked
package dev.changecast.server;

import org.jspecify.annotations.NullMarked;
