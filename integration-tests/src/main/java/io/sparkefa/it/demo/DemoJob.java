package io.sparkefa.it.demo;

import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import java.util.List;
import org.apache.spark.sql.Row;

/** The demo's job: generated rows are joined, aggregated and sorted. */
enum DemoJob implements Job {
    JOIN_AGGREGATE_SORT;

    /** How many rows are generated. */
    static final String ROWS_KEY = "spark.sparkefa.demo.rows";

    private static final int MAP_TASKS = 12;
    private static final int ROWS_PER_CUSTOMER = 10;

    /** One row: the digest of the result. */
    @Override
    public List<String> run(JobContext context) {
        long rows = Long.parseLong(context.setting(ROWS_KEY, "1000000"));
        List<OrderedDigest> partitions = context.session()
                .sql("SELECT *, xxhash64(*) AS row_hash FROM (" + query(rows) + ")")
                .javaRDD()
                .mapPartitions(result -> {
                    OrderedDigest digest = OrderedDigest.EMPTY;
                    while (result.hasNext()) {
                        Row row = result.next();
                        digest = digest.plus(row.getLong(row.size() - 1));
                    }
                    return List.of(digest).iterator();
                })
                .collect();
        return List.of(partitions.stream()
                .reduce(OrderedDigest.EMPTY, OrderedDigest::then)
                .toString());
    }

    /** Hexadecimal digits of a hash cannot be compressed by Spark's codec, so about 150 bytes for each row are moved. */
    private static String query(long rows) {
        return """
                SELECT customer, name, count(*) AS sales, sum(crc32(cast(note AS binary))) AS notes
                FROM (SELECT pmod(xxhash64(id), %1$d) AS customer, sha2(cast(id AS string), 512) AS note
                    FROM range(0, %2$d, 1, %3$d))
                JOIN (SELECT id AS customer, sha2(cast(id AS string), 256) AS name FROM range(0, %1$d, 1, %3$d))
                USING (customer)
                GROUP BY customer, name
                ORDER BY name""".formatted(rows / ROWS_PER_CUSTOMER, rows, MAP_TASKS);
    }
}
