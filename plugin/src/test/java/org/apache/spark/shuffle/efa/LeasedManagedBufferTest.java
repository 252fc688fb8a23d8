package org.apache.spark.shuffle.efa;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LeasedManagedBufferTest {

    static Stream<FakeBlock> blocks() {
        return Stream.of(
                new FakeBlock(),
                new FakeBlock(new byte[0]),
                new FakeBlock(random(1)),
                new FakeBlock(random(70_000)),
                new FakeBlock(random(3), new byte[0], random(50_000), random(1), random(7)));
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void givesTheBytesInEveryForm(FakeBlock block) throws IOException {
        byte[] expected = block.bytes();
        LeasedManagedBuffer buffer = new LeasedManagedBuffer(block);

        assertThat(buffer.size()).isEqualTo(expected.length);
        ByteBuffer nio = buffer.nioByteBuffer();
        byte[] copy = new byte[nio.remaining()];
        nio.get(copy);
        assertThat(copy).isEqualTo(expected);
        try (InputStream in = buffer.createInputStream()) {
            assertThat(in.readAllBytes()).isEqualTo(expected);
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.available()).isZero();
        }
        for (Object netty : new Object[] {buffer.convertToNetty(), buffer.convertToNettyForSsl()}) {
            ByteBuf wrapped = (ByteBuf) netty;
            byte[] read = new byte[wrapped.readableBytes()];
            wrapped.readBytes(read);
            assertThat(read).isEqualTo(expected);
            wrapped.release();
        }
        assertThat(block.holders).hasValue(1);
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void readsAndSkipsInStepsOfAnySize(FakeBlock block) throws IOException {
        long seed = new Random().nextLong();
        System.out.println("LeasedManagedBufferTest: seed " + seed);
        Random random = new Random(seed);
        byte[] expected = block.bytes();
        try (InputStream in = new LeasedManagedBuffer(block).createInputStream()) {
            int position = 0;
            while (position < expected.length) {
                assertThat(in.available()).isPositive();
                int length = 1 + random.nextInt(20_000);
                switch (random.nextInt(3)) {
                    case 0 -> assertThat(in.read()).isEqualTo(expected[position++] & 0xff);
                    case 1 -> {
                        byte[] read = new byte[length + 2];
                        int count = in.read(read, 1, length);
                        assertThat(count).isEqualTo(Math.min(length, expected.length - position));
                        assertThat(Arrays.copyOfRange(read, 1, 1 + count))
                                .isEqualTo(Arrays.copyOfRange(expected, position, position + count));
                        position += count;
                    }
                    default -> position += (int) in.skip(length);
                }
            }
            assertThat(in.read()).isEqualTo(-1);
            assertThat(in.read(new byte[1])).isEqualTo(-1);
            assertThat(in.read(new byte[0])).isZero();
            assertThat(in.skip(1)).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void passesItsReferencesOn(FakeBlock block) {
        LeasedManagedBuffer buffer = new LeasedManagedBuffer(block);

        assertThat(buffer.retain()).isSameAs(buffer);
        assertThat(buffer.release()).isSameAs(buffer);
        assertThat(block.holders).hasValue(1);
        buffer.release();
        assertThat(block.holders).hasValue(0);
    }
}
