/**
 * The configuration: a YAML file, changed by the environment, checked against descriptions of what can be set, with every
 * error found told at once. It is read in the order {@link dev.changecast.server.config.YamlReader}, {@link
 * dev.changecast.server.config.EnvironmentOverrides}, {@link dev.changecast.server.config.ConfigurationReader}.
 */
@NullMarked
package dev.changecast.server.config;

import org.jspecify.annotations.NullMarked;
