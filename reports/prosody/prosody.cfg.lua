-- One host without STARTTLS, federation or limits; TLS has a port of its own.
run_as_root = true
prosody_user = "root"
prosody_group = "root"
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
certificates = "@DIR@"
log = { { levels = { min = "warn" }, to = "file", filename = "@DIR@/prosody.log" } }
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { 21522 }
c2s_direct_tls_ports = { 21523 }
http_ports = { 21580 }
http_interfaces = { "127.0.0.1" }
http_default_host = "localhost"
consider_websocket_secure = true
https_ports = { }
use_ipv6 = false
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_hashed"
storage = "internal"
modules_enabled = { "roster", "saslauth", "disco", "ping", "smacks", "websocket" }
modules_disabled = { "s2s", "tls" }
VirtualHost "localhost"
  ssl = { certificate = "@DIR@/localhost.crt", key = "@DIR@/localhost.key" }
