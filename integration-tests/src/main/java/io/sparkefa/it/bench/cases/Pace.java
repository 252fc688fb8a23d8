package io.sparkefa.it.bench.cases;

/**
 * How long a run measures. Cases follow it as far as it makes sense for them.
 *
 * @param rounds how often each contender has its turn in each case
 * @param roundMs how long one turn measures
 * @param warmUpMs how long each contender does the same before, in each case
 * @param quick whether the run is to show in minutes that all is well, and not to be relied on
 */
public record Pace(int rounds, int roundMs, int warmUpMs, boolean quick) {}
