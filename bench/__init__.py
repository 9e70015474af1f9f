"""The same job on other engines, in one run, on one machine, over one Kafka. Never needed to run the product."""
