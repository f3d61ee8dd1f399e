/** How a plug-in describes what can be configured, and receives it. */
@NullMarked
package dev.changecast.api.setting;

import org.jspecify.annotations.NullMarked;
