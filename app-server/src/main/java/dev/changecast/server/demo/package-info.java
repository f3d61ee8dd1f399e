/**
 * A database with an office in it, people who move in it, and a page that shows it live. {@link
 * dev.changecast.server.demo.Demo} puts it together.
 */
@NullMarked
package dev.changecast.server.demo;

import org.jspecify.annotations.NullMarked;
