#!/bin/sh
# Starts the example server of libcoap in the foreground. The argument is a port. A client makes the
# resource that cases update, and prints the line that says that everything is there.
(
  until coap-client-notls -B 1 -m put -e "to be updated" "coap://127.0.0.1:$1/update" 2>&1 |
    grep -q 2.01; do
    coap-client-notls -B 1 -m get "coap://127.0.0.1:$1/update" 2>&1 | grep -q updated && break
    sleep 0.1
  done
  echo ready
) &
exec coap-server-notls -A 127.0.0.1 -d 10 -p "$1"
