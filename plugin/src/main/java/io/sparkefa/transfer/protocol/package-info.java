/**
 * The messages of the shuffle transfer protocol and their encoding; {@code docs/protocol.md} has the byte widths.
 *
 * <p>Immutable values and stateless codecs, usable from any thread. Every field is checked before use: a message that does
 * not follow the protocol is a {@link io.sparkefa.transfer.protocol.ProtocolException}, whatever its bytes. Imports only
 * the names of the transport interface.
 */
package io.sparkefa.transfer.protocol;
