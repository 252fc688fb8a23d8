package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkefa.fuzz.AllocationBound;
import io.sparkefa.transport.ExecutorIdentity;
import io.sparkefa.transport.SessionCredentials;
import io.sparkefa.transport.WindowDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The bodies of records and the address in the card: what is read is within the documented bounds, and is written as it was
 * read. An input is a byte that says which, and the body.
 */
public final class RecordFuzz {

    private static final SessionCredentials CREDENTIALS = new SessionCredentials(
            new UUID(1, 2), new byte[SessionCredentials.KEY_BYTES], new ExecutorIdentity("s", new UUID(3, 4)));

    private RecordFuzz() {}

    private interface Decoder<T> {
        T decode() throws RecordException, IOException;
    }

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] body = Arrays.copyOfRange(input, 1, input.length);
        switch (input[0] & 3) {
            case 0 -> opening(body);
            case 1 -> acceptance(body);
            case 2 -> {
                stagedChunk(body);
                windowName(body);
            }
            default -> address(body);
        }
    }

    private static <T> Optional<T> decode(byte[] body, Decoder<T> decoder) {
        AllocationBound.check(body.length, () -> attempt(decoder));
        return attempt(decoder);
    }

    private static <T> Optional<T> attempt(Decoder<T> decoder) {
        try {
            return Optional.of(decoder.decode());
        } catch (RecordException | IOException e) {
            return Optional.empty();
        }
    }

    /** With the right proof, or nothing would ever be read. */
    private static void opening(byte[] unproven) {
        ByteBuffer id = ByteBuffer.wrap(unproven);
        if (id.remaining() < 2 * Long.BYTES) {
            return;
        }
        SessionCredentials credentials =
                new SessionCredentials(new UUID(id.getLong(), id.getLong()), CREDENTIALS.key(), CREDENTIALS.server());
        ByteBuffer meant =
                ByteBuffer.allocate(2 * Long.BYTES + 1).putLong(3).putLong(4).put((byte) 's');
        byte[] body = proven(unproven, RecordType.OPEN, ByteBuffer.wrap(unproven), meant.flip());
        decode(body, () -> Opening.decode(ByteBuffer.wrap(body), credentials)).ifPresent(opening -> {
            assertThat(opening.replyTo()).isNotEmpty();
            assertThat(opening.said()).isEqualTo(body);
            assertThat(opening.challenge()).hasSize(Opening.CHALLENGE_BYTES);
        });
        attempt(() -> Opening.decode(ByteBuffer.wrap(unproven), credentials)).ifPresent(forged -> {
            throw new AssertionError("read without a proof: " + forged);
        });
    }

    private static void acceptance(byte[] unproven) {
        Opening asked = Opening.of(
                CREDENTIALS,
                CREDENTIALS.server(),
                1,
                new byte[Opening.CHALLENGE_BYTES],
                false,
                0,
                new EfaAddress("efa", List.of(new byte[1])));
        byte[] body = proven(unproven, RecordType.ACCEPT, ByteBuffer.wrap(asked.said()), ByteBuffer.wrap(unproven));
        decode(body, () -> Acceptance.decode(ByteBuffer.wrap(body), CREDENTIALS.key(), asked))
                .ifPresent(acceptance -> {
                    if (!acceptance.regions().isEmpty()) {
                        assertThat(acceptance.encode(CREDENTIALS.key(), asked)).isEqualTo(ByteBuffer.wrap(body));
                    }
                });
    }

    private static byte[] proven(byte[] unproven, RecordType type, ByteBuffer... said) {
        return ByteBuffer.allocate(unproven.length + RecordProof.BYTES)
                .put(unproven)
                .put(RecordProof.of(CREDENTIALS.key(), type, said))
                .array();
    }

    private static void stagedChunk(byte[] body) {
        decode(body, () -> StagedChunk.decode(ByteBuffer.wrap(body))).ifPresent(chunk -> {
            ByteBuffer encoded = ByteBuffer.allocate(chunk.encodedBytes());
            chunk.encode(encoded);
            assertThat(encoded.flip()).isEqualTo(ByteBuffer.wrap(body, 0, encoded.limit()));
            for (int lengthBytes : new int[] {1, 1000, 1 << 20}) {
                attempt(() -> {
                            chunk.check(2, lengthBytes, body[0] == 2);
                            return chunk;
                        })
                        .ifPresent(checked -> {
                            assertThat(checked.extents()).hasSizeLessThanOrEqualTo(StagedChunk.MAX_EXTENTS);
                            assertThat(checked.extents()).allMatch(extent -> extent.lengthBytes() <= lengthBytes);
                        });
            }
        });
    }

    private static void windowName(byte[] body) {
        if (body.length > WindowDescriptor.MAX_ENCODED_BYTES) {
            return;
        }
        decode(body, () -> WindowName.decode(new WindowDescriptor(body))).ifPresent(name -> {
            assertThat(name.encode().encoded()).isEqualTo(body);
            assertThat(name.extents()).hasSizeLessThanOrEqualTo(WindowName.MAX_EXTENTS);
            for (long offset : new long[] {0, 1, name.lengthBytes() / 2, name.lengthBytes(), Long.MAX_VALUE}) {
                int wantedBytes = (int) Math.min(1000, Math.max(0, name.lengthBytes() - offset));
                int foundBytes = 0;
                for (StagedChunk.Extent extent : name.chunk(offset, wantedBytes).extents()) {
                    assertThat(extent.lengthBytes()).isPositive();
                    foundBytes += extent.lengthBytes();
                }
                assertThat(foundBytes).isEqualTo(wantedBytes);
            }
        });
    }

    private static void address(byte[] body) {
        decode(body, () -> EfaAddress.decode(body)).ifPresent(address -> {
            for (int rail = 0; rail < 3; rail++) {
                int there = address.railFor(rail);
                assertThat(there == -1 || address.rails().get(there).length > 0).isTrue();
            }
            boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(address.provider());
            if (ascii) {
                assertThat(address.encode()).isEqualTo(body);
            }
        });
    }
}
