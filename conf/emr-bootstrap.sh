#!/usr/bin/env bash
# Bootstrap action for Amazon EMR: puts the plugin's jar on every node of the cluster, as /opt/spark-efa/spark-efa.jar.
# Argument: where the jar is in S3, for example s3://my-bucket/spark-efa-0.1.0.jar
set -euo pipefail

jar=${1:-}
if [[ $# -ne 1 || ! $jar =~ ^s3://.+\.jar$ ]]; then
    echo "emr-bootstrap.sh: needs one argument, the jar in S3 (s3://bucket/path/spark-efa-<version>.jar), and got: $*" >&2
    exit 1
fi
sudo mkdir -p /opt/spark-efa
sudo aws s3 cp --no-progress "$jar" /opt/spark-efa/spark-efa.jar
sudo chmod 644 /opt/spark-efa/spark-efa.jar
