/**
 * What a client sees of a relation: one pure function of route, filter and columns, the same for live changes, resumes
 * and snapshots.
 */
@NullMarked
package dev.changecast.core.view;

import org.jspecify.annotations.NullMarked;
