package io.sparkefa;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.sparkefa.transport.Transport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may import which: the arrows of the design, and the few names that are kept out of most of the code. */
class ArchitectureTest {

    private static final String ENTRY = "org.apache.spark.shuffle.efa..";
    private static final String SPARK = "io.sparkefa.spark..";

    private static final JavaClasses PRODUCT = new ClassFileImporter().importPath(Path.of("target/classes"));

    @Test
    void importsRunOneWay() {
        check(layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("entry points")
                .definedBy(ENTRY)
                .layer("spark")
                .definedBy(SPARK)
                .layer("shuffle")
                .definedBy("io.sparkefa.shuffle..")
                .layer("transfer")
                .definedBy("io.sparkefa.transfer")
                .layer("protocol")
                .definedBy("io.sparkefa.transfer.protocol..")
                .layer("transport")
                .definedBy("io.sparkefa.transport")
                .layer("socket")
                .definedBy("io.sparkefa.transport.socket..")
                .layer("efa")
                .definedBy("io.sparkefa.transport.efa..")
                .layer("loopback")
                .definedBy("io.sparkefa.transport.loopback..")
                .layer("seal")
                .definedBy("io.sparkefa.seal..")
                .layer("buffer")
                .definedBy("io.sparkefa.buffer..")
                .layer("config")
                .definedBy("io.sparkefa.config..")
                .layer("metrics")
                .definedBy("io.sparkefa.metrics..")
                .whereLayer("entry points")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("spark")
                .mayOnlyBeAccessedByLayers("entry points")
                .whereLayer("shuffle")
                .mayOnlyBeAccessedByLayers("entry points", "spark")
                .whereLayer("transfer")
                .mayOnlyBeAccessedByLayers("entry points", "spark", "shuffle")
                .whereLayer("protocol")
                .mayOnlyBeAccessedByLayers("entry points", "spark", "transfer")
                .whereLayer("socket")
                .mayOnlyBeAccessedByLayers("spark")
                .whereLayer("efa")
                .mayOnlyBeAccessedByLayers("spark")
                .whereLayer("loopback")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("config")
                .mayOnlyBeAccessedByLayers("entry points", "spark")
                .whereLayer("shuffle")
                .mayOnlyAccessLayers("transfer", "buffer", "metrics")
                .whereLayer("transfer")
                .mayOnlyAccessLayers("protocol", "transport", "buffer", "metrics")
                .whereLayer("protocol")
                .mayOnlyAccessLayers("transport")
                .whereLayer("transport")
                .mayNotAccessAnyLayer()
                .whereLayer("socket")
                .mayOnlyAccessLayers("transport", "seal", "buffer", "metrics")
                .whereLayer("efa")
                .mayOnlyAccessLayers("transport", "seal", "buffer", "metrics")
                .whereLayer("loopback")
                .mayOnlyAccessLayers("transport", "buffer", "metrics")
                .whereLayer("seal")
                .mayOnlyBeAccessedByLayers("socket", "efa")
                .whereLayer("seal")
                .mayNotAccessAnyLayer()
                .whereLayer("buffer")
                .mayNotAccessAnyLayer()
                .whereLayer("config")
                .mayNotAccessAnyLayer()
                .whereLayer("metrics")
                .mayNotAccessAnyLayer());
    }

    @Test
    void everyPackageHasItsLayer() {
        check(noClasses()
                .should()
                .resideOutsideOfPackages(
                        ENTRY,
                        SPARK,
                        "io.sparkefa.shuffle..",
                        "io.sparkefa.transfer",
                        "io.sparkefa.transfer.protocol..",
                        "io.sparkefa.transport",
                        "io.sparkefa.transport.socket..",
                        "io.sparkefa.transport.efa..",
                        "io.sparkefa.transport.loopback..",
                        "io.sparkefa.seal..",
                        "io.sparkefa.buffer..",
                        "io.sparkefa.config..",
                        "io.sparkefa.metrics.."));
    }

    @Test
    void packagesHaveNoCycles() {
        check(slices().matching("io.sparkefa.(**)").should().beFreeOfCycles());
    }

    @Test
    void onlyTheSparkPackagesKnowSpark() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(ENTRY, SPARK)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.spark..", "scala..", "io.netty..", "com.codahale.."));
    }

    @Test
    void thePluginLoadsWhereThereIsNoForeignFunctionApi() {
        check(noClasses().should().dependOnClassesThat().resideInAPackage("java.lang.foreign.."));
    }

    @Test
    void runtimeDependenciesAreTheJdkSparkAndWhatSparkShips() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "java..",
                        "javax..",
                        "com.sun.management..",
                        "io.sparkefa..",
                        "org.apache.spark..",
                        "scala..",
                        "org.slf4j..",
                        "io.netty..",
                        "com.codahale.metrics..",
                        "org.jspecify.annotations.."));
    }

    @Test
    void oneClassConstructsTransports() {
        List<String> constructing = PRODUCT.stream()
                .filter(type -> type.isAssignableTo(Transport.class))
                .flatMap(type -> type.getConstructorCallsToSelf().stream())
                .filter(call -> !call.getOriginOwner().equals(call.getTargetOwner()))
                .map(call -> call.getOriginOwner().getFullName())
                .distinct()
                .toList();
        assertThat(constructing).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void classesAreNamedAfterAnIdea() {
        check(noClasses().should().haveNameMatching(".*(Utils|Util|Helper|Impl)"));
    }

    @Test
    void everyPackageSaysWhatItIsFor() throws IOException {
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            List<Path> packages = sources.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::getParent)
                    .distinct()
                    .toList();
            assertThat(packages)
                    .isNotEmpty()
                    .allSatisfy(folder ->
                            assertThat(folder.resolve("package-info.java")).exists());
        }
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(PRODUCT);
    }
}
