package io.sparkefa.fabric.ffm;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkefa.fabric.Access;
import io.sparkefa.fabric.Capability;
import io.sparkefa.fabric.FabricError;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layouts and constants of this package against the C headers that are installed, field by field. */
class HeadersTest {

    /** Options that came after 1.14, by the minor version of 1.x that brought them. */
    private static final Map<String, Integer> NEWER_OPTIONS = Map.of(
            "FI_OPT_CUDA_API_PERMITTED", 18,
            "FI_OPT_SHARED_MEMORY_PERMITTED", 21,
            "FI_OPT_EFA_EMULATED_READ", 18,
            "FI_OPT_EFA_EMULATED_WRITE", 18,
            "FI_OPT_EFA_USE_DEVICE_RDMA", 18);

    private static final Map<FabricError, String> ERRORS = Map.ofEntries(
            entry(FabricError.NO_SUCH_ENTRY, "FI_ENOENT"),
            entry(FabricError.INTERRUPTED, "FI_EINTR"),
            entry(FabricError.IO, "FI_EIO"),
            entry(FabricError.TRY_AGAIN, "FI_EAGAIN"),
            entry(FabricError.NO_MEMORY, "FI_ENOMEM"),
            entry(FabricError.NO_ACCESS, "FI_EACCES"),
            entry(FabricError.BUSY, "FI_EBUSY"),
            entry(FabricError.INVALID, "FI_EINVAL"),
            entry(FabricError.NO_SUCH_FUNCTION, "FI_ENOSYS"),
            entry(FabricError.NO_DATA, "FI_ENODATA"),
            entry(FabricError.MESSAGE_TOO_LONG, "FI_EMSGSIZE"),
            entry(FabricError.NOT_SUPPORTED, "FI_EOPNOTSUPP"),
            entry(FabricError.CONNECTION_ABORTED, "FI_ECONNABORTED"),
            entry(FabricError.CONNECTION_RESET, "FI_ECONNRESET"),
            entry(FabricError.NOT_CONNECTED, "FI_ENOTCONN"),
            entry(FabricError.TIMED_OUT, "FI_ETIMEDOUT"),
            entry(FabricError.CONNECTION_REFUSED, "FI_ECONNREFUSED"),
            entry(FabricError.HOST_UNREACHABLE, "FI_EHOSTUNREACH"),
            entry(FabricError.REMOTE_IO, "FI_EREMOTEIO"),
            entry(FabricError.CANCELLED, "FI_ECANCELED"),
            entry(FabricError.TRUNCATED, "FI_ETRUNC"),
            entry(FabricError.NO_KEY, "FI_ENOKEY"),
            entry(FabricError.OVERRUN, "FI_EOVERRUN"),
            entry(FabricError.NO_RECEIVE_BUFFER, "FI_ENORX"),
            entry(FabricError.OTHER, "FI_EOTHER"));

    private static final Map<Capability, String> CAPABILITIES = Map.ofEntries(
            entry(Capability.MESSAGE, "FI_MSG"),
            entry(Capability.RMA, "FI_RMA"),
            entry(Capability.TAGGED, "FI_TAGGED"),
            entry(Capability.READ, "FI_READ"),
            entry(Capability.WRITE, "FI_WRITE"),
            entry(Capability.RECEIVE, "FI_RECV"),
            entry(Capability.SEND, "FI_SEND"),
            entry(Capability.REMOTE_READ, "FI_REMOTE_READ"),
            entry(Capability.REMOTE_WRITE, "FI_REMOTE_WRITE"),
            entry(Capability.REMOTE_COMMUNICATION, "FI_REMOTE_COMM"),
            entry(Capability.SOURCE, "FI_SOURCE"));

    private static final Map<Access, String> ACCESSES = Map.of(
            Access.SEND, "FI_SEND",
            Access.RECEIVE, "FI_RECV",
            Access.READ, "FI_READ",
            Access.WRITE, "FI_WRITE",
            Access.REMOTE_READ, "FI_REMOTE_READ",
            Access.REMOTE_WRITE, "FI_REMOTE_WRITE");

    @TempDir
    Path folder;

    private final CHeaderProbe probe = new CHeaderProbe();
    private final Map<String, Long> expected = new LinkedHashMap<>();

    @BeforeEach
    void needsHeaders() {
        assumeTrue(
                CHeaderProbe.obstacle().isEmpty(), () -> CHeaderProbe.obstacle().orElse(""));
    }

    @Test
    void layoutsAreThoseOfTheHeaders() throws Exception {
        for (StructLayout layout : Layouts.all()) {
            String struct = "struct " + layout.name().orElseThrow();
            for (MemoryLayout field : layout.memberLayouts()) {
                if (field instanceof PaddingLayout) {
                    continue;
                }
                String name = field.name().orElseThrow();
                expect("offsetof(" + struct + ", " + name + ")", Struct.offset(layout, name));
                expect("sizeof ((" + struct + " *) 0)->" + name, field.byteSize());
            }
        }
        compare();
    }

    /** Completions come as an array, so here the length counts too; all others may be longer than we know. */
    @Test
    void completionsHaveTheLengthOfTheHeaders() throws Exception {
        expect("sizeof(struct fi_cq_tagged_entry)", Layouts.FI_CQ_TAGGED_ENTRY.byteSize());
        compare();
    }

    @Test
    void constantsAreThoseOfTheHeaders() throws Exception {
        for (Field field : Constants.class.getDeclaredFields()) {
            Integer minor = NEWER_OPTIONS.get(field.getName());
            long value = ((Number) field.get(null)).longValue();
            if (minor == null) {
                expect(field.getName(), value);
            } else {
                probe.addSince(1, minor, field.getName());
                expected.put(field.getName(), value);
            }
        }
        compare();
    }

    @Test
    void enumsAreThoseOfTheHeaders() throws Exception {
        assertThat(ERRORS).containsOnlyKeys(FabricError.values());
        assertThat(CAPABILITIES).containsOnlyKeys(Capability.values());
        assertThat(ACCESSES).containsOnlyKeys(Access.values());
        ERRORS.forEach((error, name) -> expect(name, error.code()));
        CAPABILITIES.forEach((capability, name) -> expect(name, capability.bits()));
        ACCESSES.forEach((access, name) -> expect(name, access.bits()));
        compare();
    }

    @Test
    void constantsOfTheSystemAreThoseOfItsHeaders() throws Exception {
        expect("PROT_READ | PROT_WRITE", LibC.PROT_READ_WRITE);
        expect("MAP_PRIVATE | MAP_ANONYMOUS", LibC.MAP_PRIVATE_ANONYMOUS);
        expect("MAP_HUGETLB | MAP_HUGE_2MB", LibC.MAP_HUGETLB_2MB);
        expect("MADV_HUGEPAGE", LibC.MADV_HUGEPAGE);
        expect("MADV_POPULATE_WRITE", LibC.MADV_POPULATE_WRITE);
        expect("RLIMIT_MEMLOCK", LibC.RLIMIT_MEMLOCK);
        expect("sizeof(struct rlimit)", 2L * Long.BYTES);
        expect("offsetof(struct rlimit, rlim_cur)", 0);
        expect("RTLD_NOW", LibC.RTLD_NOW);
        expect("sizeof(Dl_info)", 4L * Long.BYTES);
        expect("offsetof(Dl_info, dli_fname)", 0);
        compare();
    }

    private void expect(String expression, long value) {
        probe.add(expression);
        expected.put(expression, value);
    }

    private void compare() throws Exception {
        Map<String, Long> actual = probe.run(folder);
        SoftAssertions all = new SoftAssertions();
        expected.forEach((expression, value) -> {
            if (actual.containsKey(expression) || !NEWER_OPTIONS.containsKey(expression)) {
                all.assertThat(actual.get(expression)).as(expression).isEqualTo(value);
            }
        });
        all.assertAll();
    }
}
