@NullMarked
package dev.changecast.transport.websocket;

import org.jspecify.annotations.NullMarked;
