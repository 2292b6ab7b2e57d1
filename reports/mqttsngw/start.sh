#!/bin/sh
# Starts mosquitto and the gateway in front of it. The arguments are a folder for what is written,
# and the ports of the gateway and of mosquitto.
cd "$1" || exit 1
printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$3" > mosquitto.conf
mosquitto -c mosquitto.conf > mosquitto.log 2>&1 &
exec node gateway.mjs "$2" "$3" "$(npm root -g)"
