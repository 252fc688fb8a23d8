package io.sparkefa.fabric.ffm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.sparkefa.fabric.FabricRequest;
import io.sparkefa.fabric.FabricSupport;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A program for {@link SignalHandlersTest}, to be run in a JVM of its own: loads libfabric, says which handlers of signals that
 * changed, and whether null pointers are still noticed where compiled code does not look for them but waits for SIGSEGV.
 */
final class SignalHandlerProcess {

    /** The real-time signals beyond belong to the JDK's own channels. */
    private static final int SIGNAL_COUNT = 31;

    /** Of {@code struct sigaction}, whose first field is the handler; 152 in glibc. */
    private static final long SIGACTION_BYTES = 256;

    private static final MethodHandle SIGACTION = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().find("sigaction").orElseThrow(),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private SignalHandlerProcess() {}

    /** @param arguments {@code binding} to load libfabric as the binding does, or {@code bare} */
    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < 200_000; i++) {
            lengthOf("warm up");
        }
        long[] before = handlers();
        if (arguments[0].equals("binding")) {
            FabricSupport support = FabricSupport.load(new FabricRequest("sockets", Optional.empty(), 0));
            System.out.println("available " + support.available() + support.unavailabilityCause());
        } else {
            SymbolLookup.libraryLookup("libfabric.so.1", Arena.global());
        }
        System.out.println(
                "infinipath " + Files.readString(Path.of("/proc/self/maps")).contains("libinfinipath"));
        System.out.println("changed " + changes(before, handlers()));
        System.out.flush();
        int caught = 0;
        for (int i = 0; i < 1000; i++) {
            try {
                lengthOf(null);
            } catch (NullPointerException expected) {
                caught++;
            }
        }
        System.out.println("caught " + caught);
    }

    private static int lengthOf(String text) {
        return text.length();
    }

    private static long[] handlers() {
        long[] handlers = new long[SIGNAL_COUNT + 1];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(SIGACTION_BYTES, JAVA_LONG.byteAlignment());
            for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
                int result = (int) SIGACTION.invokeExact(signal, 0L, action.address());
                handlers[signal] = result == 0 ? action.get(JAVA_LONG, 0) : 0;
            }
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
        return handlers;
    }

    private static List<Integer> changes(long[] before, long[] after) {
        List<Integer> signals = new ArrayList<>();
        for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
            if (before[signal] != after[signal]) {
                signals.add(signal);
            }
        }
        return signals;
    }
}
