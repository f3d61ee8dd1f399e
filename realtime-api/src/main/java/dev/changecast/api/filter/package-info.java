/** Which rows a client wants, with one meaning in the database and in the live path. */
@NullMarked
package dev.changecast.api.filter;

import org.jspecify.annotations.NullMarked;
