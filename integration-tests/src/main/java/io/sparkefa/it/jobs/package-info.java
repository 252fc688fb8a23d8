/**
 * The computations that are compared between stock Spark and the plugin, as enums of {@link io.sparkefa.it.app.Job}. They generate
 * their input, so that every run of every line sees the same records.
 */
package io.sparkefa.it.jobs;
