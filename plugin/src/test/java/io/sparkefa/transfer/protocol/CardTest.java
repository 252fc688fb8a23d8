package io.sparkefa.transfer.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.TransportAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class CardTest {

    private static final byte[] KEY = new byte[SessionCredentials.KEY_BYTES];

    static {
        Arrays.fill(KEY, (byte) 0x5a);
    }

    private static final Card CARD = new Card(
            Message.PROTOCOL_VERSION,
            "app-20261122-0001",
            new SessionCredentials(new UUID(3, 4), KEY, new ExecutorIdentity("17", new UUID(1, 2))),
            List.of(new TransportAddress("efa", new byte[32]), new TransportAddress("sockets", new byte[] {1, 2})));

    @Test
    void whatIsWrittenIsReadAgain() throws ProtocolException {
        Card read = Card.decode(CARD.encode());
        assertThat(read.applicationId()).isEqualTo(CARD.applicationId());
        assertThat(read.executorId()).isEqualTo(CARD.executorId());
        assertThat(read.session()).isEqualTo(CARD.session());
        assertThat(read.transports()).hasSize(2);
        assertThat(read.transports().get(1).transport()).isEqualTo("sockets");
        assertThat(read.transports().get(1).encoded()).containsExactly(1, 2);
    }

    @Test
    void theKeyIsNotShown() {
        assertThat(CARD.session().toString())
                .isEqualTo("session " + CARD.session().sessionId());
    }

    @Test
    void anotherVersionIsReadNoFurther() {
        ByteBuffer other = CARD.encode().putShort(4, (short) 2).limit(6);
        assertThatThrownBy(() -> Card.decode(other))
                .isInstanceOf(ProtocolException.class)
                .hasMessage("protocol version 2; this executor speaks 1");
    }

    @Test
    void anythingElseIsAProtocolError() {
        assertThatThrownBy(
                        () -> Card.decode(ByteBuffer.wrap("shuffle".getBytes(java.nio.charset.StandardCharsets.UTF_8))))
                .isInstanceOf(ProtocolException.class)
                .hasMessageContaining("not a card");
        ByteBuffer whole = CARD.encode();
        for (int length = 0; length < whole.remaining(); length++) {
            ByteBuffer cut = whole.slice(0, length);
            assertThatThrownBy(() -> Card.decode(cut)).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void damageEndsInACardOrAProtocolError() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 50_000; round++) {
            ByteBuffer bytes = CARD.encode();
            bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt(256));
            bytes.put(random.nextInt(bytes.limit()), (byte) random.nextInt(256));
            try {
                Card.decode(bytes);
            } catch (ProtocolException expected) {
                assertThat(expected).hasMessageNotContaining("null");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }
}
