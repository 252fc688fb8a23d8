/**
 * What fuzzing needs around its targets, which are the classes named {@code …Fuzz} beside what they attack. Each has a method
 * {@code fuzzerTestOneInput(byte[])}, as Jazzer calls it, that throws what no input may bring about. The default build replays
 * the known inputs ({@link io.sparkefa.fuzz.SeedReplayTest}); the profile {@code fuzz} looks for others
 * ({@link io.sparkefa.fuzz.FuzzRun}). Nothing here imports Jazzer.
 */
package io.sparkefa.fuzz;
