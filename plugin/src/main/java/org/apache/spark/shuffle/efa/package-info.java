/**
 * The entry points that Spark calls: shuffle manager, block resolver, reader and the client that the reader fetches with.
 *
 * <p>In Spark's own package for what Spark keeps to itself. Called on Spark's task and server threads; the answers of
 * fetches arrive on transport threads. Only members whose erased signatures are the same in Spark 3.5, 4.0, 4.1 and 4.2 may
 * be used here; what differs has a class of its own ({@code EfaBlockResolver}, {@code ExternalSorters}). May import
 * everything; nothing imports it.
 */
@NullMarked
package org.apache.spark.shuffle.efa;

import org.jspecify.annotations.NullMarked;
