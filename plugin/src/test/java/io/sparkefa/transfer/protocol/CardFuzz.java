package io.sparkefa.transfer.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.AllocationBound;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Collectors;

/** Cards: what is read is within the documented bounds, is written as it was read, and keeps its key to itself. */
public final class CardFuzz {

    private static final String REPLACEMENT = "\uFFFD";

    private CardFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        AllocationBound.check(input.length, () -> decode(input));
        Optional<Card> decoded = decode(input);
        if (decoded.isEmpty()) {
            return;
        }
        Card card = decoded.get();
        assertThat(card.protocolVersion()).isEqualTo(Message.PROTOCOL_VERSION);
        assertThat(card.transports()).hasSizeLessThanOrEqualTo(Card.MAX_TRANSPORTS);
        assertThat(card.transports())
                .allMatch(address -> address.encoded().length <= TransportAddress.MAX_ENCODED_BYTES);
        assertThat(card.session().key()).hasSize(SessionCredentials.KEY_BYTES);
        assertThat(card.toString())
                .doesNotContain(HexFormat.of().formatHex(card.session().key()));
        String texts = card.applicationId()
                + card.executorId()
                + card.transports().stream().map(TransportAddress::transport).collect(Collectors.joining());
        if (!texts.contains(REPLACEMENT)) {
            assertThat(card.encode()).isEqualTo(ByteBuffer.wrap(input));
        }
    }

    private static Optional<Card> decode(byte[] input) {
        try {
            return Optional.of(Card.decode(ByteBuffer.wrap(input)));
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }
}
