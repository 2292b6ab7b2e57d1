#!/bin/sh
# Starts ejabberd in the foreground, without epmd and distribution, and adds the account "wirecheck"
# with the password of WIRECHECK_PASSWORD. The argument is a folder for everything it writes.
set -e
mkdir -p "$1/mnesia"
cd "$1"
export EJABBERD_CONFIG_PATH="$1/ejabberd.yml" EJABBERD_LOG_PATH="$1/ejabberd.log" HOME="$1"
export ERL_CRASH_DUMP="$1/crash.dump" CONTRIB_MODULES_PATH="$1/modules"
ERL_LIBS=$(dirname "$(ls -d /usr/lib/*/ejabberd-[0-9]*.[0-9][0-9] | head -n 1)")
export ERL_LIBS
exec erl -noinput +K true -mnesia dir "\"$1/mnesia\"" -s ejabberd -eval '
  application:ensure_all_started(ejabberd),
  Password = list_to_binary(os:getenv("WIRECHECK_PASSWORD")),
  ok = ejabberd_auth:try_register(<<"wirecheck">>, <<"localhost">>, Password),
  io:format("ready~n").'
