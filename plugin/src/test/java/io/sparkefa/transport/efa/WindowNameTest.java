package io.sparkefa.transport.efa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkefa.transport.WindowDescriptor;
import io.sparkefa.transport.efa.StagedChunk.Extent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowNameTest {

    private static final WindowName IN_PLACE =
            new WindowName(-7, List.of(new Extent(1, 1000, 10), new Extent(0, 1L << 40, 1), new Extent(255, 0, 20)));

    @Test
    void saysWhatItWasToldTo() throws RecordException {
        WindowName full = new WindowName(8, Collections.nCopies(WindowName.MAX_EXTENTS, new Extent(1, 2, 3)));
        for (WindowName name : List.of(IN_PLACE, full, new WindowName(Long.MAX_VALUE, List.of()))) {
            assertThat(WindowName.decode(name.encode())).isEqualTo(name);
        }
        assertThat(full.encode().encoded()).hasSizeLessThanOrEqualTo(WindowDescriptor.MAX_ENCODED_BYTES);
        assertThat(new WindowName(1, List.of()).isInPlace()).isFalse();
        assertThat(IN_PLACE.isInPlace()).isTrue();
        assertThat(IN_PLACE.lengthBytes()).isEqualTo(31);
    }

    @Test
    void everyRangeIsWhereItsBytesAre() {
        List<Long> bytes = addresses(IN_PLACE.extents());
        for (int from = 0; from < bytes.size(); from++) {
            for (int to = from + 1; to <= bytes.size(); to++) {
                StagedChunk chunk = IN_PLACE.chunk(from, to - from);
                assertThat(addresses(chunk.extents())).isEqualTo(bytes.subList(from, to));
                assertThat(chunk.check()).isEqualTo(new StagedChunk.Unchecked());
            }
        }
    }

    private static List<Long> addresses(List<Extent> extents) {
        List<Long> addresses = new ArrayList<>();
        for (Extent extent : extents) {
            for (int i = 0; i < extent.lengthBytes(); i++) {
                addresses.add(((long) extent.region() << 56) + extent.offset() + i);
            }
        }
        return addresses;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 9, 20, 22, 33, 512})
    void otherLengthsAreRefused(int lengthBytes) {
        assertThatThrownBy(() -> WindowName.decode(new WindowDescriptor(new byte[lengthBytes])))
                .isInstanceOf(RecordException.class)
                .hasMessageContaining(lengthBytes + " bytes");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void extentsOfNoLengthAreRefused(int lengthBytes) {
        byte[] encoded = ByteBuffer.allocate(Long.BYTES + Extent.ENCODED_BYTES)
                .putLong(1)
                .put((byte) 1)
                .putLong(2)
                .putInt(lengthBytes)
                .array();
        assertThatThrownBy(() -> WindowName.decode(new WindowDescriptor(encoded)))
                .isInstanceOf(RecordException.class);
    }
}
