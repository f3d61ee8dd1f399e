@NullMarked
package dev.changecast.http.grizzly;

import org.jspecify.annotations.NullMarked;
