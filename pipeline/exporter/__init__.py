"""What only Kafka can tell, for Prometheus: the ledger, lag with no worker alive, brokers, replicas, disk.

Workers export what they do; this process exports what the brokers hold, through the Kafka protocol alone (no JMX), so
that it also works beside a Kafka that is somebody else's. Run one of it, by `wire exporter`.
"""
