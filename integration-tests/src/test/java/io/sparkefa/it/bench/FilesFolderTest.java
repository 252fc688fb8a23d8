package io.sparkefa.it.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesFolderTest {

    @TempDir
    Path parent;

    @Test
    void isGoneInTheEndWithAllThatIsInIt() throws Exception {
        try (FilesFolder files = FilesFolder.create(parent)) {
            Files.createDirectories(files.executors());
            Files.createDirectories(files.served());
            Files.createFile(files.served().resolve("map-0"));
            files.deleteServed();
            assertThat(files.served()).doesNotExist();
            assertThat(files.executors()).exists();
            files.deleteServed();
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void removesWhatKilledRunsHaveLeft() throws Exception {
        // Linux gives no higher number than 4194304.
        Path abandoned = Files.createDirectories(parent.resolve("sparkefa-bench-99999999-1/executors"));
        Path other = Files.createDirectory(parent.resolve("sparkefa-bench-of-somebody"));
        try (FilesFolder running = FilesFolder.create(parent);
                FilesFolder another = FilesFolder.create(parent)) {
            assertThat(abandoned.getParent()).doesNotExist();
            assertThat(parent.toFile().listFiles())
                    .containsExactlyInAnyOrder(
                            other.toFile(),
                            running.served().getParent().toFile(),
                            another.served().getParent().toFile());
        }
    }
}
