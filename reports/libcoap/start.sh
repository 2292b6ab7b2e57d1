#!/bin/sh
# Starts the example server of libcoap as a proxy that knows its name, with DTLS and TLS at the port
# behind the one that the argument names: with the key of WIRECHECK_PASSWORD, and with a certificate
# that is made here. A client makes the resource that cases update, and prints the line that says
# that everything is there.
folder=$(mktemp -d) || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
  -keyout "$folder/key.pem" -out "$folder/cert.pem" 2>/dev/null
(
  until coap-client-notls -B 1 -m put -e "to be updated" "coap://127.0.0.1:$1/update" 2>&1 |
    grep -q 2.01; do
    coap-client-notls -B 1 -m get "coap://127.0.0.1:$1/update" 2>&1 | grep -q updated && break
    sleep 0.1
  done
  echo ready
) &
# Each session reads the files again, so that they stay as long as the server.
( while kill -0 $$ 2>/dev/null; do sleep 1; done; rm -r "$folder" ) >/dev/null &
exec coap-server-gnutls -A 127.0.0.1 -P ,proxy.wirecheck -L 1 -d 10 -p "$1" -k "$WIRECHECK_PASSWORD" -h wirecheck \
  -c "$folder/cert.pem" -j "$folder/key.pem" -n
