/**
 * A long run of jobs and faults in one application, and what its executors have in use meanwhile. Runs on the driver; the report's rows
 * are its protocol.
 */
package io.sparkefa.it.soak;
