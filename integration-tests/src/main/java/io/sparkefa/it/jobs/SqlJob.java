package io.sparkefa.it.jobs;

import io.sparkefa.it.app.Job;
import io.sparkefa.it.app.JobContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Shuffles of SQL queries, with and without adaptive execution. A query that is here for what adaptive execution makes of it fails
 * when the final plan shows that it did not.
 */
public enum SqlJob implements Job {
    AGGREGATE(Order.ANY, "", Map.of("spark.sql.adaptive.enabled", "false"), """
            SELECT pmod(hash(id), 700) AS g, count(*), sum(id), min(hash(id, 7)), max(name), count(DISTINCT pmod(id, 97))
            FROM (SELECT id, concat('name-', id * 31 % 10007) AS name FROM range(0, 60000, 1, 8))
            GROUP BY g"""),

    /** Both sides shuffled and merged, with rows of 24 columns. */
    WIDE_JOIN(
            Order.ANY,
            "",
            Map.of("spark.sql.adaptive.enabled", "false", "spark.sql.autoBroadcastJoinThreshold", "-1"),
            """
            SELECT to_json(struct(*)) FROM
            (SELECT id % 4001 AS k, id AS a1, id * 2 AS a2, cast(id AS string) AS a3, hash(id) AS a4, id % 2 = 0 AS a5,
                cast(id AS decimal(20, 3)) AS a6, date_add(DATE'2020-01-01', cast(id % 1000 AS int)) AS a7,
                repeat('x', cast(id % 40 AS int)) AS a8, array(id, id + 1) AS a9, named_struct('p', id, 'q', 'r') AS a10,
                if(id % 3 = 0, NULL, id) AS a11 FROM range(0, 9000, 1, 6)) l
            JOIN
            (SELECT id % 5003 AS k, id AS b1, -id AS b2, sha1(cast(id AS string)) AS b3, id % 7 AS b4, id > 5 AS b5,
                cast(id AS decimal(38, 0)) AS b6, unhex(hex(id)) AS b7, concat_ws(',', id, id) AS b8,
                array('u', 'v') AS b9, id / 4 AS b10, coalesce(NULL, id) AS b11 FROM range(0, 8000, 1, 5)) r
            USING (k)"""),

    SORT(
            Order.OF_QUERY,
            "",
            Map.of("spark.sql.adaptive.enabled", "false"),
            "SELECT hash(id) AS h, id, repeat('s', cast(id % 20 AS int)) FROM range(0, 20000, 1, 7) ORDER BY h DESC, id"),

    WINDOW(Order.ANY, "", Map.of("spark.sql.adaptive.enabled", "false"), """
            SELECT g, id, row_number() OVER w, sum(id) OVER w, lag(id, 3) OVER w, ntile(4) OVER w
            FROM (SELECT pmod(hash(id), 50) AS g, id FROM range(0, 12000, 1, 6))
            WINDOW w AS (PARTITION BY g ORDER BY id)"""),

    EMPTY_SIDE(
            Order.ANY,
            "",
            Map.of("spark.sql.adaptive.enabled", "false", "spark.sql.autoBroadcastJoinThreshold", "-1"),
            """
            SELECT l.id, r.id FROM range(0, 1000, 1, 4) l
            LEFT JOIN (SELECT id FROM range(0, 1000, 1, 4) WHERE hash(id) = 42) r ON l.id = r.id"""),

    /** 60 small reducers' partitions become few: readers fetch ranges of reducers, as batches where Spark may. */
    AQE_COALESCED(
            Order.ANY,
            "AQEShuffleRead coalesced",
            Map.of("spark.sql.adaptive.enabled", "true", "spark.sql.shuffle.partitions", "60"),
            """
            SELECT pmod(hash(id), 2000) AS g, count(*), sum(id), max(repeat('m', cast(id % 50 AS int)))
            FROM range(0, 40000, 1, 8) GROUP BY g"""),

    /** One hot key: its partition is split by ranges of maps. */
    AQE_SKEW_JOIN(
            Order.ANY,
            "skewed",
            Map.of(
                    "spark.sql.adaptive.enabled", "true",
                    "spark.sql.autoBroadcastJoinThreshold", "-1",
                    "spark.sql.adaptive.autoBroadcastJoinThreshold", "-1",
                    "spark.sql.adaptive.skewJoin.skewedPartitionFactor", "2",
                    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes", "20KB",
                    "spark.sql.adaptive.advisoryPartitionSizeInBytes", "40KB"),
            """
            SELECT pmod(hash(a.v, b.w), 1500) AS g, count(*), sum(a.v), sum(hash(a.pad)), max(b.w)
            FROM (SELECT if(id % 10 < 7, 0, id % 800) AS k, id AS v, sha2(cast(id AS string), 256) AS pad
                  FROM range(0, 24000, 1, 8)) a
            JOIN (SELECT id % 800 AS k, id AS w FROM range(0, 1600, 1, 4)) b ON a.k = b.k
            GROUP BY g"""),

    /** The join turns into a broadcast after the shuffle was written: each map's output is read on its own. */
    AQE_LOCAL_READ(
            Order.ANY,
            "AQEShuffleRead local",
            Map.of(
                    "spark.sql.adaptive.enabled", "true",
                    "spark.sql.autoBroadcastJoinThreshold", "-1",
                    "spark.sql.adaptive.autoBroadcastJoinThreshold", "1MB"),
            """
            SELECT a.id, a.s, b.id FROM
            (SELECT id, sha1(cast(id AS string)) AS s FROM range(0, 6000, 1, 6)) a
            JOIN (SELECT id FROM range(0, 6000, 1, 4) WHERE hash(id) % 5 = 0) b ON a.id = b.id"""),

    AQE_REBALANCE(
            Order.ANY,
            "AQEShuffleRead",
            Map.of("spark.sql.adaptive.enabled", "true", "spark.sql.adaptive.advisoryPartitionSizeInBytes", "30KB"),
            "SELECT /*+ REBALANCE(g) */ id % 3 AS g, id, sha1(cast(id AS string)) FROM range(0, 9000, 1, 8)");

    private enum Order {
        OF_QUERY,
        ANY
    }

    private final Order order;
    private final String expectedInPlan;

    @SuppressWarnings("ImmutableEnumChecker") // made by Map.of
    private final Map<String, String> settings;

    private final String query;

    SqlJob(Order order, String expectedInPlan, Map<String, String> settings, String query) {
        this.order = order;
        this.expectedInPlan = expectedInPlan;
        this.settings = settings;
        this.query = query;
    }

    @Override
    public List<String> run(JobContext context) {
        SparkSession session = context.session();
        settings.forEach((key, value) -> session.conf().set(key, value));
        try {
            Dataset<Row> result = session.sql(query);
            List<String> rows = new ArrayList<>();
            for (Row row : result.collectAsList()) {
                rows.add(row.toString());
            }
            String plan = result.queryExecution().executedPlan().toString();
            if (!plan.contains(expectedInPlan)) {
                throw new IllegalStateException("no " + expectedInPlan + " in the final plan:\n" + plan);
            }
            if (order == Order.ANY) {
                Collections.sort(rows);
            }
            return rows;
        } finally {
            settings.keySet().forEach(key -> session.conf().unset(key));
        }
    }
}
