/** The cases of {@code dev/bench}: what each of them prepares, measures and cleans up, and {@link io.sparkefa.it.bench.cases.Cases all} of them. */
package io.sparkefa.it.bench.cases;
