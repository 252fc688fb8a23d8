/** How to use the binding, in one small program; a test runs it. */
@NullMarked
package io.sparkefa.fabric.example;

import org.jspecify.annotations.NullMarked;
