/**
 * The test's side of the emulated EFA device (src/test/c): its counters, and the faults it is to have. Everything goes through
 * files of the device's directory, so it works on the own process as on others, running or dead, and without the device being
 * loaded here. Any thread may use it. Imported by tests only.
 */
@NullMarked
package io.sparkefa.fabric.emulated;

import org.jspecify.annotations.NullMarked;
