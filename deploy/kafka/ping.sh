#!/bin/bash
# Healthy when the broker answers a request: ApiVersions, the first that every client sends. An open port alone says
# little, and starting one of Kafka's Java tools every few seconds would cost more than the broker itself.
#   ping.sh [PORT]
exec 3<>"/dev/tcp/127.0.0.1/${1:-19092}" || exit 1
# length 14 | request 18 | version 0 | correlation 1 | client id "ping"
printf '\x00\x00\x00\x0e\x00\x12\x00\x00\x00\x00\x00\x01\x00\x04ping' >&3
# the answer's length and our correlation id; a broker that hangs is the healthcheck's timeout's business
[ "$(head -c 8 <&3 | wc -c)" -eq 8 ]
