//! XMPP on a stream, up to STARTTLS.

use serde_json::json;
use wirecheck_codecs::xmpp::json::{error_to_json, to_json};
use wirecheck_codecs::xmpp::{Context, Event, Limits, Start, Tokenizer, namespace};

use super::unreadable::Readable;
use super::{EARLIER, MISSING, Speech, index};
use crate::capture::output::{Party, Scene};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};
use crate::passive::xmpp::Observer;

const SPEC: &str = "xmpp";
/// The largest element that is looked into.
const MOST_BYTES: usize = 1 << 20;
/// How elements that a search finds begin.
const BEGINNINGS: [&[u8]; 4] = [b"<message", b"<iq", b"<presence", b"<stream:"];

/// A stream each way.
pub(in crate::capture) struct XmppSpeech {
    sides: [Side; 2],
    readable: [Readable; 2],
    /// Watches the server; gone where a part of its stream is not there.
    observer: Option<Observer>,
    told: usize,
    encrypted: bool,
    unseen: Option<&'static str>,
}

struct Side {
    tokenizer: Tokenizer,
    /// The bytes of the element at hand.
    pending: Vec<u8>,
    /// A new stream is next.
    restart: bool,
    lost: bool,
    over: bool,
}

impl Side {
    fn new(lost: bool) -> Self {
        let limits = Limits { stanza_bytes: MOST_BYTES, ..Limits::default() };
        let tokenizer = Tokenizer::new(Context { limits, ..Context::new(Start::Stream) });
        Self { tokenizer, pending: Vec::new(), restart: false, lost, over: false }
    }
}

/// What an element means for the streams.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    None,
    Restart,
    Encrypt,
}

impl XmppSpeech {
    pub(in crate::capture) fn new(from_start: bool) -> Self {
        Self {
            sides: [Side::new(!from_start), Side::new(!from_start)],
            readable: [Sender::Client, Sender::Server]
                .map(|side| Readable::new(Protocol::Xmpp, side)),
            observer: from_start.then(|| Observer::new(Sender::Server)),
            told: 0,
            encrypted: false,
            unseen: (!from_start).then_some(EARLIER),
        }
    }
}

impl XmppSpeech {
    /// Tells what the observer had to judge, and goes on without it.
    fn forget(&mut self, scene: &mut Scene<'_, '_>) {
        if let Some(observer) = self.observer.take() {
            scene.applied(Protocol::Xmpp, Party::Server, observer.findings());
        }
    }
}

fn turn(event: &Event<'_>) -> Turn {
    match event {
        Event::Element(element) if element.is(namespace::SASL, "success") => Turn::Restart,
        Event::Element(element) if element.is("urn:ietf:params:xml:ns:xmpp-tls", "proceed") => {
            Turn::Encrypt
        }
        _ => Turn::None,
    }
}

impl Speech for XmppSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.encrypted {
            let Some(side) = self.sides.get_mut(index(from)) else { return };
            if side.over {
                return;
            }
            if side.lost {
                let found = BEGINNINGS
                    .iter()
                    .filter_map(|it| rest.windows(it.len()).position(|window| window == *it));
                let Some(place) = found.min() else { return };
                rest = rest.get(place..).unwrap_or_default();
                side.tokenizer.restart(Start::Either);
                side.lost = false;
            }
            if std::mem::take(&mut side.restart) {
                side.tokenizer.restart(Start::Stream);
                side.pending.clear();
            }
            let before = rest;
            let found = side.tokenizer.feed(&mut rest);
            let used = before.get(..before.len() - rest.len()).unwrap_or_default();
            side.pending.extend(used);
            let unit = &side.pending;
            let changes = match found {
                Ok(None) => return,
                Ok(Some(event)) => {
                    let changes = turn(&event);
                    // White space may come in parts, which no two recordings need have in common.
                    if !matches!(event, Event::Space(_)) {
                        let used = unit.len();
                        scene.message(
                            SPEC,
                            from,
                            unit,
                            true,
                            || json!({ "message": to_json(&event), "used": used, "notes": [] }),
                        );
                    }
                    if let Some(readable) = self.readable.get_mut(index(from)) {
                        readable.kept();
                    }
                    if let Some(observer) = &mut self.observer {
                        let entry = scene.frame as usize;
                        match (from, &event) {
                            (Sender::Server, Event::Header(_)) => observer.header(),
                            (Sender::Server, Event::Space(_)) => observer.space(entry),
                            (Sender::Server, Event::Element(element)) => {
                                observer.element(element, entry);
                            }
                            (Sender::Client, Event::Element(element))
                                if element.is(namespace::SASL, "auth") =>
                            {
                                observer.authenticates();
                            }
                            _ => {}
                        }
                        let findings = observer.findings();
                        scene.judge(Protocol::Xmpp, Party::Server, findings, &mut self.told);
                    }
                    changes
                }
                Err(error) => {
                    scene.message(SPEC, from, unit, false, || {
                        let hex = wirecheck_codecs::json::to_hex(unit);
                        json!({ "error": error_to_json(&error), "raw": { "hex": hex } })
                    });
                    side.over = true;
                    if let Some(readable) = self.readable.get_mut(index(from)) {
                        readable.broken(Rejection::from(&error), scene);
                    }
                    return;
                }
            };
            side.pending.clear();
            match changes {
                Turn::None => {}
                Turn::Encrypt => self.encrypted = true,
                Turn::Restart => self.sides.iter_mut().for_each(|side| side.restart = true),
            }
        }
    }

    fn gap(&mut self, from: Sender, scene: &mut Scene<'_, '_>) {
        if let Some(side) = self.sides.get_mut(index(from)) {
            *side = Side::new(true);
        }
        self.forget(scene);
        self.unseen.get_or_insert(MISSING);
    }

    fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    fn end(&mut self, scene: &mut Scene<'_, '_>) {
        self.readable.iter().for_each(|readable| readable.end(scene));
        self.forget(scene);
        if let Some(why) = self.unseen {
            scene.unseen(Protocol::Xmpp, why);
        }
    }
}
