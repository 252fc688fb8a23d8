/**
 * How executors exchange control messages and how readers pull bytes: the service provider interface of the plugin.
 *
 * <p>A transport knows sessions, messages and windows; it knows neither Spark nor what the bytes mean. Callbacks run on
 * threads of the transport and must not block. Implementations live in the subpackages, import this package and leaves
 * only, and never each other.
 */
package io.sparkefa.transport;
