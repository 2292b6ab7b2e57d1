#!/bin/sh
# Starts prosody in the foreground, in the folder that is the argument, with the accounts alice and
# bob, whose passwords are in WIRECHECK_PASSWORD and WIRECHECK_PASSWORD_BOB and must differ.
set -e
: "${WIRECHECK_PASSWORD:?}" "${WIRECHECK_PASSWORD_BOB:?}"
sed "s#@DIR@#$1#g" "$1/prosody.cfg.lua" > "$1/filled.cfg.lua"
mkdir -p "$1/data"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$1/localhost.key" -out "$1/localhost.crt" 2>/dev/null
prosodyctl --config "$1/filled.cfg.lua" register alice localhost "$WIRECHECK_PASSWORD"
prosodyctl --config "$1/filled.cfg.lua" register bob localhost "$WIRECHECK_PASSWORD_BOB"
exec prosody -F --config "$1/filled.cfg.lua"
