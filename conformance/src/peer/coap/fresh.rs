//! Requests that must be fresh: the Echo option of the resource `fresh` (RFC 9175, section 2).

use serde_json::json;
use wirecheck_codecs::coap::{Message, OptionNumber};
use wirecheck_codecs::json::to_hex;

use super::resources::Response;
use crate::peer::Options;

/// The resource that serves fresh requests alone.
pub(super) const FRESH: &str = "fresh";
/// How many challenges are valid at a time.
const MOST: usize = 64;

/// The challenges that were given out, the eldest first.
#[derive(Debug, Default)]
pub(super) struct Challenges {
    given: Vec<Vec<u8>>,
    count: u64,
}

impl Challenges {
    /// The refusal of a request for the resource that is not known to be fresh.
    pub(super) fn refused(&mut self, set: &Options, message: &Message<'_>) -> Option<Response> {
        let echo = message.option(OptionNumber::ECHO).map(|option| option.value);
        let known = echo.is_some_and(|echo| self.given.iter().any(|given| given == echo));
        let fresh = match echo {
            None => set.faulty("serves-what-is-not-fresh"),
            Some(_) if set.faulty("refuses-fresh-requests") => false,
            Some(_) => known || set.faulty("takes-any-echo"),
        };
        if fresh {
            return None;
        }
        let mut refusal = Response::with("4.01", "the request is not known to be fresh");
        let again = echo.is_some() && set.faulty("no-new-echo");
        if !again && !set.faulty("refuses-without-echo") {
            refusal.options.push(json!({ "echo": { "hex": to_hex(&self.next(set)) } }));
        }
        Some(refusal)
    }

    /// A challenge that nobody knows before.
    fn next(&mut self, set: &Options) -> Vec<u8> {
        self.count += 1;
        let mixed = (self.count ^ set.seed << 20).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let challenge = (mixed ^ mixed >> 29).to_be_bytes().to_vec();
        if self.given.len() >= MOST {
            self.given.remove(0);
        }
        self.given.push(challenge.clone());
        challenge
    }
}
