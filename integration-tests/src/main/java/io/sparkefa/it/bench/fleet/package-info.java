/** The applications that are compared: which there are, how they are started, and how they are told what to do. */
package io.sparkefa.it.bench.fleet;
