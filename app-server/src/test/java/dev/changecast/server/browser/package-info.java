/**
 * The client for browsers, in a real Chromium, against the real server: what people do to pages, and what networks, servers
 * and proxies do to them.
 */
@NullMarked
package dev.changecast.server.browser;

import org.jspecify.annotations.NullMarked;
