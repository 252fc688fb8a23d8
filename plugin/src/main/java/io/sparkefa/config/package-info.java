/**
 * What a user can set: each key is declared once, in {@link io.sparkefa.config.ConfigKeys}, and read once, into a
 * {@link io.sparkefa.config.ShuffleConfig}; the pages about it are generated from the declarations.
 *
 * <p>Immutable, usable from any thread. A leaf: imports no sibling, and not Spark either; whoever has Spark's settings hands
 * in a lookup.
 */
package io.sparkefa.config;
