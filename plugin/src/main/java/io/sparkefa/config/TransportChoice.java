package io.sparkefa.config;

/** Over what shuffle blocks are fetched. */
public enum TransportChoice {
    /** The fastest transport that works. */
    AUTO,
    /** EFA, which every executor must then have; towards peers to which it fails, parallel TCP flows until it works again. */
    EFA,
    /** Parallel TCP flows. */
    SOCKETS,
    /** Only Spark's own client: the plugin is off. */
    NETTY
}
