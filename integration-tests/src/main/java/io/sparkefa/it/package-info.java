/**
 * Whole Spark applications, on stock Spark and on the plugin, compared row for row.
 *
 * <p>{@code harness} starts applications in processes of their own and ends them; {@code app} is what runs in them; {@code jobs} are
 * the computations. Classes of {@code app} and {@code jobs} run on every Spark line and JDK 17, from one compiled jar: they use only
 * Java and those members of Spark whose descriptors are equal for Scala 2.12 and 2.13.
 */
package io.sparkefa.it;
