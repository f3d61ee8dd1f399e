/** A change source from scratch, as CONTRIBUTING tells it. */
@NullMarked
package com.example.spool;

import org.jspecify.annotations.NullMarked;
