package io.sparkefa.simulation;

/** Mistakes that the checks of a run must find: what proves that they can. */
enum Sabotage {
    NONE,
    /** Bytes that were read are changed, where no checksum covers them. */
    WRONG_BYTES,
    /** Blocks that were received are never released. */
    KEPT_BLOCK,
    /** Some reads never end. */
    FORGOTTEN_READ,
    /** A timer goes on after its executor has stopped. */
    FORGOTTEN_TIMER
}
