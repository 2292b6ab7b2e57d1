//! OSCORE in front of the server: requests are unprotected, and what answers them is protected on
//! its way out (RFC 8613, section 8).

use std::collections::BTreeMap;

use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::oscore::{
    Binding, Content, OscoreOption, ReplayWindow, SecurityContext,
};
use wirecheck_codecs::coap::{CoapOption, Code, Context, Message, OptionNumber, Options, decode};

use super::machine::MOST;
use crate::oscore::Keys;
use crate::peer::Options as Set;
use crate::peer::datagram::{EndpointId, Output};

/// Room for any message of the server.
const ROOM: usize = 8192;

/// What a client needs.
pub(super) fn keys() -> Keys {
    Keys {
        master_secret: b"wirecheck-oscore".to_vec(),
        master_salt: b"salt".to_vec(),
        id_context: None,
        sender_id: vec![1],
        recipient_id: vec![2],
    }
}

/// What became of a request.
pub(super) enum Opened {
    /// It has nothing of OSCORE.
    Plain,
    /// It was protected; the bytes of what it says.
    Inner(Vec<u8>),
    /// It is not processed: a code and the reason.
    Refused(&'static str, &'static str),
}

/// What answers are bound to: as it is now, and as it was before the first answer.
#[derive(Debug)]
struct Bound {
    binding: Binding,
    first: Binding,
}

/// The context, and what answers are bound to.
#[derive(Debug)]
pub(super) struct Oscore {
    context: Option<SecurityContext>,
    /// By endpoint and Token.
    bindings: BTreeMap<(EndpointId, Vec<u8>), Bound>,
    /// What was sent, by endpoint and Message ID: sent again, a message is the same.
    sent: BTreeMap<(EndpointId, u16), Vec<u8>>,
}

impl Oscore {
    pub(super) fn new() -> Self {
        let context = keys().of_the_other().context().ok();
        Self { context, bindings: BTreeMap::new(), sent: BTreeMap::new() }
    }

    /// Verifies and decrypts a request that is protected.
    pub(super) fn open(&mut self, set: &Set, from: EndpointId, message: &Message<'_>) -> Opened {
        let key = (from, message.token.to_vec());
        let Some(option) = message.option(OptionNumber::OSCORE) else {
            self.bindings.remove(&key);
            return Opened::Plain;
        };
        if message.payload.is_empty() && set.faulty("oscore-option-alone-is-plain") {
            return Opened::Plain;
        }
        let Some(context) = &mut self.context else { return Opened::Plain };
        let value = tolerated(set, option.value);
        let mut options: Vec<_> =
            message.options.iter().filter(|it| it.number != OptionNumber::OSCORE).collect();
        options.push(CoapOption::new(OptionNumber::OSCORE, &value));
        let Some(options) = Options::sorted(&mut options) else { return Opened::Plain };
        let outer = Content { code: message.code, options, payload: message.payload };
        if set.faulty("oscore-takes-replays") {
            context.replay_window = ReplayWindow::default();
        }
        let mut buffer = vec![0; ROOM];
        let repaired = match set.faulty("oscore-takes-damaged-tags") {
            true => repair(context, &outer),
            false => None,
        };
        let outer = Content { payload: repaired.as_deref().unwrap_or(outer.payload), ..outer };
        let (content, binding) = match context.unprotect_request(&outer, &mut buffer) {
            Ok(opened) => opened,
            Err(failure) => {
                // The refusal is not protected, whatever else was asked with this Token.
                self.bindings.remove(&key);
                let code = match failure.response() {
                    Some(Code::UNAUTHORIZED) => "4.01",
                    Some(Code::BAD_REQUEST) => "4.00",
                    _ => "4.02",
                };
                return Opened::Refused(code, failure.name());
            }
        };
        let Content { code, options, payload } = content;
        let code = if set.faulty("oscore-outer-code-counts") { message.code } else { code };
        let inner = bytes(&Message { code, options, payload, ..*message });
        if self.bindings.len() >= MOST {
            self.bindings.clear();
        }
        let first = binding.clone();
        self.bindings.insert(key, Bound { binding, first });
        Opened::Inner(inner)
    }

    /// Protects what answers a protected request.
    pub(super) fn close(&mut self, set: &Set, out: &mut Output) {
        for (to, sent) in out {
            let Ok(Decoded::Complete { message, .. }) = decode(sent, &Context::default()) else {
                continue;
            };
            let plain = message.option(OptionNumber::OSCORE).is_none();
            if !message.code.is_response() || !plain {
                continue;
            }
            let key = (*to, message.token.to_vec());
            let Some(bound) = self.bindings.get_mut(&key) else { continue };
            let id = (*to, message.message_id);
            let known = self.sent.get(&id).cloned();
            let Some(context) = &mut self.context else { continue };
            let made = known.or_else(|| protected(set, context, bound, &message));
            if let Some(made) = made {
                if self.sent.len() >= MOST {
                    self.sent.clear();
                }
                self.sent.insert(id, made.clone());
                *sent = made;
            }
        }
    }
}

/// The bytes of a protected response.
fn protected(
    set: &Set,
    context: &mut SecurityContext,
    Bound { binding, first }: &mut Bound,
    message: &Message<'_>,
) -> Option<Vec<u8>> {
    let content =
        Content { code: message.code, options: message.options, payload: message.payload };
    let notification = content.options.first(OptionNumber::OBSERVE).is_some();
    let untold = set.faulty("oscore-own-nonce-untold");
    let own = untold || set.varies("oscore-own-nonces");
    let mut buffer = vec![0; ROOM];
    let made = if notification && set.faulty("oscore-notifications-without-partial-iv") {
        context.protect_response(&content, &mut first.clone(), false, &mut buffer)
    } else {
        context.protect_response(&content, binding, own, &mut buffer)
    };
    let Content { code, options, payload } = made.ok()?;
    let code = match notification {
        true if set.faulty("oscore-notifications-as-2.04") => Code::CHANGED,
        false if set.faulty("oscore-code-in-the-clear") => message.code,
        _ => code,
    };
    let told = OscoreOption { partial_iv: binding.partial_iv(), ..OscoreOption::default() };
    let mut value = [0; 16];
    let told = told.encode(&mut value).ok()?;
    let surplus = set.faulty("oscore-nonce-of-the-request-told") && !notification;
    let other = match (untold, surplus) {
        (true, _) => Some(&[][..]),
        (false, true) => value.get(..told),
        _ => None,
    };
    let mut list: Vec<_> = options
        .iter()
        .map(|option| match other {
            Some(value) if option.number == OptionNumber::OSCORE => {
                CoapOption::new(option.number, value)
            }
            _ => option,
        })
        .collect();
    let options = Options::sorted(&mut list)?;
    Some(bytes(&Message { code, options, payload, ..*message }))
}

/// The value of the option as a fault takes it.
fn tolerated(set: &Set, value: &[u8]) -> Vec<u8> {
    let mut value = value.to_vec();
    if set.faulty("oscore-takes-reserved-flags")
        && let Some(flags) = value.first_mut()
    {
        *flags &= 0x1F;
    }
    if set.faulty("oscore-takes-any-kid")
        && let Ok(told) = OscoreOption::decode(&value)
    {
        let own = keys().sender_id;
        let mut room = [0; 255];
        let told = OscoreOption { kid: Some(&own), ..told };
        if let Ok(length) = told.encode(&mut room) {
            value = room.get(..length).unwrap_or_default().to_vec();
        }
    }
    value
}

/// A ciphertext whose last byte is one that verifies.
fn repair(context: &SecurityContext, outer: &Content<'_>) -> Option<Vec<u8>> {
    let mut payload = outer.payload.to_vec();
    for last in 0..=u8::MAX {
        *payload.last_mut()? = last;
        let (mut trial, mut buffer) = (context.clone(), vec![0; ROOM]);
        let outer = Content { payload: &payload, ..*outer };
        if trial.unprotect_request(&outer, &mut buffer).is_ok() {
            return Some(payload);
        }
    }
    None
}

fn bytes(message: &Message<'_>) -> Vec<u8> {
    let context = Context::default();
    let mut bytes = vec![0; message.encoded_len(&context).unwrap_or_default()];
    let length = message.encode(&mut bytes, &context).unwrap_or_default();
    bytes.truncate(length);
    bytes
}
