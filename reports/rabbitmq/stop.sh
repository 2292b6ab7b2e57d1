#!/bin/sh
# Stops what start.sh has started, and the port mapper that it has started.
kill "$(cat "$1/rabbitmq.pid")"
while kill -0 "$(cat "$1/rabbitmq.pid")" 2>/dev/null; do sleep 0.1; done
ERL_EPMD_PORT=21896 epmd -kill
