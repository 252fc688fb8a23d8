/**
 * The transport over parallel TCP flows, with plain NIO. {@code docs/protocol.md}, "Sockets framing", has the byte widths.
 *
 * <p>A session with a peer has one or more flows. Reads wait in one queue per connection, cut into stripes; each flow takes
 * the next stripe when it has room, so that a slow flow takes fewer, and the bytes are received straight into their
 * destination. The server answers each stripe on the flow that asked, with {@code sendfile} or gathered memory.
 *
 * <p>Threads: a few {@link io.sparkefa.transport.socket.SocketLoop}s serve all flows of both directions, whatever the number
 * of peers; a flow belongs to one loop, and what is marked as confined is touched by that loop's thread only. Imports the
 * transport interface and {@code io.sparkefa.metrics}.
 */
package io.sparkefa.transport.socket;
