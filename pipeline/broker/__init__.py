"""Kafka from outside the stream: the embedded broker (`embedded`), topic administration (`admin`), and clients."""
