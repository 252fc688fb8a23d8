package io.sparkefa.fabric;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers a {@link FabricRequest}: asks for one thing after the other, and the first that is missing is the answer. */
final class FabricProbe {

    /** The first Java with the foreign function interface that the binding is made of (JEP 454). */
    private static final int FIRST_JAVA_VERSION = 22;

    /** The layouts of the binding hold for 64-bit Linux. */
    private static final Set<String> SYSTEMS = Set.of("Linux amd64", "Linux aarch64");

    /** Where AWS's EFA installer puts it (Amazon Linux and RHEL, then Ubuntu and Debian), then where the system looks. */
    private static final List<String> USUAL_PATHS =
            List.of("/opt/amazon/efa/lib64/libfabric.so.1", "/opt/amazon/efa/lib/libfabric.so.1", "libfabric.so.1");

    /** Older ones were never compared with the layouts. */
    private static final LibraryVersion OLDEST_LIBRARY = new LibraryVersion(1, 14);

    /** A new major version may change what exists, and not only append to it. */
    private static final int NEWEST_MAJOR = 2;

    private final Host host;

    FabricProbe(Host host) {
        this.host = host;
    }

    FabricSupport answer(FabricRequest request) {
        Optional<String> refusal = refusalBeforeLoading(request);
        if (refusal.isPresent()) {
            return FabricSupport.unavailable(refusal.get());
        }
        try {
            return answer(request, load(request));
        } catch (FabricException failed) {
            return FabricSupport.unavailable("libfabric does not answer: " + failed.getMessage());
        } catch (IOException notLoaded) {
            return FabricSupport.unavailable("libfabric cannot be loaded: " + notLoaded.getMessage()
                    + "; install it (AWS's EFA installer brings it), or configure where it is");
        } catch (ReflectiveOperationException | RuntimeException | LinkageError | AssertionError failed) {
            return FabricSupport.unavailable(bindingFailure(failed));
        }
    }

    private Optional<String> refusalBeforeLoading(FabricRequest request) {
        if (!SYSTEMS.contains(host.system())) {
            return Optional.of("EFA needs Linux on x86-64 or aarch64, this is " + host.system());
        }
        if (host.java().feature() < FIRST_JAVA_VERSION) {
            return Optional.of("EFA needs Java " + FIRST_JAVA_VERSION + " or newer, this is " + host.java());
        }
        return request.isForEfa() ? DangerousVariables.problemIn(host.variables()) : Optional.empty();
    }

    private Libfabric load(FabricRequest request) throws IOException, ReflectiveOperationException {
        List<String> candidates = request.libraryPath().map(List::of).orElse(USUAL_PATHS);
        return host.loaders().newLoader().load(candidates);
    }

    private FabricSupport answer(FabricRequest request, Libfabric libfabric) throws FabricException {
        LibraryVersion version = libfabric.version();
        if (version.compareTo(OLDEST_LIBRARY) < 0 || version.major() > NEWEST_MAJOR) {
            return FabricSupport.unavailable("libfabric " + version + " (" + libfabric.path()
                    + ") is not known to this binding, which works with " + OLDEST_LIBRARY + " to " + NEWEST_MAJOR
                    + ".x: configure the path of another");
        }
        List<FabricInfo> infos = libfabric.getInfo(FabricHints.of(request.provider()));
        if (infos.isEmpty()) {
            return FabricSupport.unavailable(nothingFound(request, libfabric));
        }
        Optional<String> lockRefusal = lockRefusal(request, libfabric, infos.size());
        return lockRefusal.map(FabricSupport::unavailable).orElseGet(() -> FabricSupport.of(libfabric, infos));
    }

    private String nothingFound(FabricRequest request, Libfabric libfabric) {
        String library = "libfabric " + libfabric.version() + " (" + libfabric.path() + ")";
        if (!request.isForEfa()) {
            return library + " has nothing for the provider " + request.provider() + ": see what fi_info -p \""
                    + request.provider() + "\" says";
        }
        List<String> devices = host.rdmaDevices();
        if (devices.isEmpty()) {
            return library + " finds no EFA device: /sys/class/infiniband is empty, so the instance has no EFA network"
                    + " interface, or the kernel module efa is not loaded";
        }
        if (!host.hasUsableDeviceFile()) {
            return library + " finds no EFA device: there are " + devices + ", but this user or container may not open"
                    + " /dev/infiniband/uverbs*";
        }
        return library + " finds no EFA device among " + devices + ": see what fi_info -p efa -t FI_EP_RDM says";
    }

    private Optional<String> lockRefusal(FabricRequest request, Libfabric libfabric, int nicCount) {
        long allowedBytes = libfabric.maxLockedBytes();
        if (!request.isForEfa() || request.lockedBytes() <= allowedBytes / nicCount || host.mayLockAnything()) {
            return Optional.empty();
        }
        return Optional.of("this process may lock " + allowedBytes + " bytes into memory (RLIMIT_MEMLOCK), and "
                + request.lockedBytes() + " are needed for each of " + nicCount
                + " NICs: raise it (LimitMEMLOCK=infinity for the service that starts it, ulimit -l or memlock of the"
                + " container), or grant CAP_IPC_LOCK");
    }

    private static String bindingFailure(Throwable failed) {
        for (Throwable cause = failed; cause != null; cause = next(cause)) {
            if (cause instanceof IllegalCallerException) {
                return "native access is not granted: add --enable-native-access=ALL-UNNAMED to the options of the JVM";
            }
        }
        if (failed instanceof ClassNotFoundException) {
            return "this build has no libfabric binding";
        }
        return "the libfabric binding failed: " + failed;
    }

    private static @Nullable Throwable next(Throwable failed) {
        return failed.getCause();
    }
}
