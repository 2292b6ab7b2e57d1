//! A command that shows a failure without any tool of ours: `printf` and bash's `/dev/tcp` and
//! `/dev/udp`, and openssl for TLS.

use super::environment::Environment;
use crate::driver::Address;
use crate::transport::Carrier;
use crate::wire_log::{Entry, Event};

/// The longest command that anybody would paste.
const MOST_BYTES: usize = 2000;

/// The bytes that `actor` sent, as a command that sends them and prints the answers; `None` where
/// there is no address, several links are needed, or too much was sent.
pub(super) fn by_hand(env: &Environment, actor: &str, log: &[Entry]) -> Option<String> {
    let Address { host, port, scheme } = env.connector.address("main")?;
    if scheme.websocket.is_some() {
        // Nothing that is everywhere masks frames.
        return None;
    }
    let others = log
        .iter()
        .any(|entry| entry.event == Event::Send && entry.actor != actor && !entry.actor.is_empty());
    let cut = |entry: &&Entry| entry.event == Event::Send && entry.actor == actor;
    let hex: Vec<_> = log.iter().filter(cut).filter_map(|entry| entry.hex.as_deref()).collect();
    let length: usize = hex.iter().map(|hex| hex.len() / 2).sum();
    // Nobody types DTLS.
    let dtls = log.iter().any(|entry| entry.event == Event::Tls);
    if others || dtls || hex.is_empty() || length > MOST_BYTES {
        return None;
    }
    if scheme.carrier == Carrier::Udp {
        // One printf is one write, and so one datagram.
        let sends = hex.iter().map(|hex| format!("printf \"{}\" >&3", octal(hex)));
        let sends = sends.collect::<Vec<_>>().join("; sleep 1; ");
        return Some(format!(
            "bash -c 'exec 3<>/dev/udp/{host}/{port}; {sends}; timeout 3 cat <&3 | od -An -tx1'"
        ));
    }
    let sends: Vec<_> = hex.iter().map(|hex| format!("printf '{}'", octal(hex))).collect();
    if scheme.tls {
        return Some(format!(
            "{{ {}; sleep 3; }} | openssl s_client -quiet -connect {host}:{port} 2>/dev/null | \
             od -An -tx1",
            sends.join("; sleep 1; ")
        ));
    }
    Some(format!(
        "{{ {}; }} | bash -c 'exec 3<>/dev/tcp/{host}/{port}; cat >&3; timeout 3 cat <&3 | od -An -tx1; \
         [ ${{PIPESTATUS[0]}} = 124 ] && echo still open || echo closed'",
        sends.join("; sleep 1; ")
    ))
}

/// `printf` text for plain sh: octal escapes for everything that is not a letter or a digit.
fn octal(hex: &str) -> String {
    let bytes = wirecheck_codecs::json::from_hex(hex).unwrap_or_default();
    bytes
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' => char::from(*byte).to_string(),
            _ => format!("\\{byte:03o}"),
        })
        .collect()
}
