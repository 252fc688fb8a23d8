/**
 * Fetching and serving blocks over any transport: requests, answers, checksums, back-pressure.
 *
 * <p>The client asks for many blocks at once, learns where they are in one answer, and pulls them into leased buffers; the
 * server looks them up and exposes them as one window. Knows neither Spark nor files' names; imports the transport
 * interface, its own protocol, and leaves. Nothing here blocks a transport's thread except reading the local disk.
 */
package io.sparkefa.transfer;
