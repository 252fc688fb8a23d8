package io.sparkefa.config;

/** Over what shuffle blocks are fetched. */
public enum TransportChoice {
    /** The fastest transport that works. */
    AUTO,
    /** Parallel TCP flows. */
    SOCKETS,
    /** Only Spark's own client: the plugin is off. */
    NETTY
}
