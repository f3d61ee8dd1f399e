@NullMarked
package dev.changecast.auth.jwt;

import org.jspecify.annotations.NullMarked;
