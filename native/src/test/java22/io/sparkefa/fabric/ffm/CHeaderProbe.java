package io.sparkefa.fabric.ffm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Asks the C compiler for numbers: a program that prints them is written, compiled against the headers that are installed, and
 * run. Other headers: {@code -Dsparkefa.libfabric.include=folder}.
 */
final class CHeaderProbe {

    private static final Path INCLUDE = Path.of(System.getProperty("sparkefa.libfabric.include", "/usr/include"));

    private static final List<String> HEADERS = List.of(
            "stddef.h",
            "stdio.h",
            "sys/mman.h",
            "linux/mman.h",
            "sys/resource.h",
            "dlfcn.h",
            "rdma/fabric.h",
            "rdma/fi_errno.h",
            "rdma/fi_eq.h",
            "rdma/fi_domain.h",
            "rdma/fi_endpoint.h",
            "rdma/fi_cm.h",
            "rdma/fi_rma.h",
            "rdma/fi_tagged.h",
            "rdma/fi_ext.h");

    private final List<String> statements = new ArrayList<>();

    /** What keeps this from working; nothing when all is there. */
    static Optional<String> obstacle() {
        if (!Files.exists(INCLUDE.resolve("rdma/fi_ext.h"))) {
            return Optional.of("there are no headers of libfabric in " + INCLUDE + " (libfabric-dev)");
        }
        return Files.isExecutable(Path.of("/usr/bin/gcc")) ? Optional.empty() : Optional.of("there is no gcc");
    }

    /** Asks for an integer. */
    void add(String expression) {
        statements.add("printf(\"%lld " + expression + "\\n\", (long long) (" + expression + "));");
    }

    /** Asks for an integer that headers of older versions do not have. */
    void addSince(int major, int minor, String expression) {
        statements.add("#if FI_MAJOR_VERSION > " + major + " || FI_MAJOR_VERSION == " + major
                + " && FI_MINOR_VERSION >= " + minor);
        add(expression);
        statements.add("#endif");
    }

    /** @return the answers, by expression */
    Map<String, Long> run(Path folder) throws IOException, InterruptedException {
        Path source = folder.resolve("probe.c");
        Path program = folder.resolve("probe");
        Files.writeString(source, source());
        execute("gcc", "-D_GNU_SOURCE", "-I" + INCLUDE, "-o", program.toString(), source.toString());
        Map<String, Long> answers = new LinkedHashMap<>();
        for (String line : execute(program.toString()).lines().toList()) {
            int space = line.indexOf(' ');
            answers.put(line.substring(space + 1), Long.parseLong(line.substring(0, space)));
        }
        return answers;
    }

    private String source() {
        StringBuilder text = new StringBuilder();
        for (String header : HEADERS) {
            text.append("#include <").append(header).append(">\n");
        }
        text.append("int main(void) {\n");
        for (String statement : statements) {
            text.append(statement).append('\n');
        }
        return text.append("return 0;\n}\n").toString();
    }

    private static String execute(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + " failed:\n" + output);
        }
        return output;
    }
}
