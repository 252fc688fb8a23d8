/** What is measured, in which units, and how single figures are summed up. Knows neither Spark nor processes but by their ids. */
package io.sparkefa.it.bench.measure;
