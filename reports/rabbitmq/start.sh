#!/bin/sh
# Starts RabbitMQ in the foreground, as whoever calls this. The argument is a folder for everything
# it writes.
cd "$1" || exit 1
export HOME="$1" RABBITMQ_MNESIA_BASE="$1/mnesia" RABBITMQ_LOG_BASE="$1/log"
export RABBITMQ_CONFIG_FILE="$1/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$1/enabled_plugins"
export RABBITMQ_NODENAME=wirecheck@localhost RABBITMQ_DIST_PORT=21895
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=21896 RABBITMQ_PID_FILE="$1/rabbitmq.pid"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
exec "$(ls -d /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin | head -n 1)/rabbitmq-server"
