package io.sparkefa.fuzz;

import io.sparkefa.config.ShuffleConfigFuzz;
import io.sparkefa.shuffle.MapOutputIndexFuzz;
import io.sparkefa.transfer.AnswerFuzz;
import io.sparkefa.transfer.RequestFuzz;
import io.sparkefa.transfer.protocol.CardFuzz;
import io.sparkefa.transfer.protocol.MessageFuzz;
import io.sparkefa.transport.efa.ReaderRecordFuzz;
import io.sparkefa.transport.efa.RecordFuzz;
import io.sparkefa.transport.efa.ServerRecordFuzz;
import io.sparkefa.transport.socket.ReaderFrameFuzz;
import io.sparkefa.transport.socket.ServerFrameFuzz;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Something that is given bytes that may be anything, and the inputs that are known to lead somewhere in it. */
enum FuzzTarget {
    MESSAGE(MessageFuzz.class),
    CARD(CardFuzz.class),
    MAP_OUTPUT_INDEX(MapOutputIndexFuzz.class),
    SHUFFLE_CONFIG(ShuffleConfigFuzz.class),
    REQUEST(RequestFuzz.class),
    ANSWER(AnswerFuzz.class),
    SERVER_FRAME(ServerFrameFuzz.class),
    READER_FRAME(ReaderFrameFuzz.class),
    RECORD(RecordFuzz.class),
    SERVER_RECORD(ServerRecordFuzz.class),
    READER_RECORD(ReaderRecordFuzz.class);

    private final Class<?> target;

    FuzzTarget(Class<?> target) {
        this.target = target;
    }

    /** The name of the target's class, which is also that of its file of seeds. */
    String title() {
        return target.getSimpleName();
    }

    String className() {
        return target.getName();
    }

    /** Gives the target one input; throws what the target throws. */
    void run(byte[] input) throws Throwable {
        MethodType takesBytes = MethodType.methodType(void.class, byte[].class);
        MethodHandle entry = MethodHandles.publicLookup().findStatic(target, "fuzzerTestOneInput", takesBytes);
        entry.invokeExact(input);
    }

    /** The known inputs: one to a line, in hexadecimal digits; lines that begin with # say where the next one is from. */
    List<byte[]> seeds() throws IOException {
        String resource = "/fuzz/" + title() + ".seeds";
        try (InputStream in = FuzzTarget.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("there is no resource " + resource);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            return text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList();
        }
    }
}
