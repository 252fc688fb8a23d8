package io.sparkefa.it.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OrderedDigestTest {

    private static final long SEED = 20261122;

    private final List<Long> rows =
            new SplittableRandom(SEED).longs(1000).boxed().toList();

    @Test
    void doesNotDependOnPartitions() {
        SplittableRandom random = new SplittableRandom(SEED);
        for (int attempt = 0; attempt < 100; attempt++) {
            OrderedDigest whole = OrderedDigest.EMPTY;
            for (int from = 0; from < rows.size(); ) {
                int to = Math.min(rows.size(), from + random.nextInt(300));
                whole = whole.then(digest(rows.subList(from, to)));
                from = to;
            }
            assertThat(whole).as("seed %d, attempt %d", SEED, attempt).isEqualTo(digest(rows));
        }
    }

    @Test
    void tellsOrdersApart() {
        List<Long> swapped = new ArrayList<>(rows);
        Collections.swap(swapped, 500, 501);
        assertThat(digest(swapped)).isNotEqualTo(digest(rows));
    }

    @Test
    void tellsMissingRowsApart() {
        List<Long> zeros = Collections.nCopies(3, 0L);
        assertThat(digest(zeros)).isNotEqualTo(digest(zeros.subList(1, 3)));
        assertThat(digest(rows.subList(1, 1000))).isNotEqualTo(digest(rows));
    }

    private static OrderedDigest digest(List<Long> rows) {
        OrderedDigest digest = OrderedDigest.EMPTY;
        for (long row : rows) {
            digest = digest.plus(row);
        }
        return digest;
    }
}
