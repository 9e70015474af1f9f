"""The demonstration: a broker, a worker and a feed on one machine, watched until every story is accounted for."""
