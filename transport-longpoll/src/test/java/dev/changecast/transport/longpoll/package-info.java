@NullMarked
package dev.changecast.transport.longpoll;

import org.jspecify.annotations.NullMarked;
