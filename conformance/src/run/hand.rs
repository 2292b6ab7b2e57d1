//! A command that shows a failure without any tool of ours: `printf` and bash's `/dev/tcp`.

use super::environment::Environment;
use crate::wire_log::{Entry, Event};

/// The longest command that anybody would paste.
const MOST_BYTES: usize = 2000;

/// The bytes that `actor` sent, as a command that sends them and prints the answers; `None` where
/// there is no address, several links are needed, or too much was sent.
pub(super) fn by_hand(env: &Environment, actor: &str, log: &[Entry]) -> Option<String> {
    let (host, port) = env.connector.address("main")?;
    let others = log
        .iter()
        .any(|entry| entry.event == Event::Send && entry.actor != actor && !entry.actor.is_empty());
    let cut = |entry: &&Entry| entry.event == Event::Send && entry.actor == actor;
    let hex: Vec<_> = log.iter().filter(cut).filter_map(|entry| entry.hex.as_deref()).collect();
    let length: usize = hex.iter().map(|hex| hex.len() / 2).sum();
    if others || hex.is_empty() || length > MOST_BYTES {
        return None;
    }
    let sends: Vec<_> = hex.iter().map(|hex| format!("printf '{}'", octal(hex))).collect();
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
