/** What every part of Changecast shares: the one exception, its codes, and nothing else. */
@NullMarked
package dev.changecast.api;

import org.jspecify.annotations.NullMarked;
