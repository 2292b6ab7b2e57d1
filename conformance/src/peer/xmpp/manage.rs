//! Stream management: counts, requests, and sessions that outlive their connection (XEP-0198).

use std::collections::{BTreeSet, VecDeque};

use wirecheck_codecs::xmpp::{Document, Element, StanzaKind, XmlWriter, namespace};

use super::server::{LinkId, LinkState, Server, Stage};

const SM: &str = namespace::STREAM_MANAGEMENT;
/// How many sessions without a connection are kept, and how many stanzas of each.
const MOST: usize = 1_000;

/// What is counted on a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Managed {
    id: String,
    resumable: bool,
    /// Stanzas of the client that were handled.
    handled: u32,
    /// Stanzas that were sent to the client.
    sent: u32,
    /// Those of them that it has not acknowledged.
    unacknowledged: VecDeque<Vec<u8>>,
}

/// A session whose connection is gone.
#[derive(Clone, Debug)]
pub(super) struct Detached {
    pub(super) user: String,
    pub(super) resource: String,
    pub(super) host: String,
    presence: Option<Document>,
    directed: BTreeSet<String>,
    interested: bool,
    managed: Managed,
}

impl Detached {
    /// Keeps a stanza until the session is resumed.
    pub(super) fn keep(&mut self, stanza: &[u8]) {
        self.managed.keep(stanza);
    }
}

impl Managed {
    fn keep(&mut self, stanza: &[u8]) {
        self.sent = self.sent.wrapping_add(1);
        self.unacknowledged.push_back(stanza.to_vec());
        if self.unacknowledged.len() > MOST {
            self.unacknowledged.pop_front();
        }
    }

    /// Forgets what the client has; false if it has more than was sent.
    fn acknowledge(&mut self, handled: u32) -> bool {
        let open = u32::try_from(self.unacknowledged.len()).unwrap_or(u32::MAX);
        let before = self.sent.wrapping_sub(open);
        let fresh = handled.wrapping_sub(before);
        if fresh > open {
            return false;
        }
        self.unacknowledged.drain(..fresh as usize);
        true
    }
}

fn answer(name: &str) -> XmlWriter {
    XmlWriter::new().start(name).attribute("xmlns", SM)
}

impl Server {
    pub(super) fn manage(&mut self, id: LinkId, element: &Element<'_>) {
        match element.name() {
            "enable" => self.enable(id, element),
            "resume" => self.resume(id, element),
            "r" => {
                let Some(link) = self.links.get(&id) else { return };
                let Some(managed) = &link.managed else { return };
                let handled = managed.handled;
                let handled = if self.faulty("counts-too-high") { handled + 1 } else { handled };
                if !self.faulty("ignores-requests") {
                    let answer = answer("a").attribute("h", &handled.to_string());
                    self.send(id, answer.end().finish());
                }
            }
            "a" => {
                let handled = number(element);
                let managed = self.links.get_mut(&id).and_then(|link| link.managed.as_mut());
                let (Some(managed), Some(handled)) = (managed, handled) else { return };
                if !managed.acknowledge(handled) && !self.faulty("takes-any-acknowledgement") {
                    self.too_high(id, handled);
                }
            }
            _ => self.fail_stream(id, "unsupported-stanza-type", ""),
        }
    }

    fn enable(&mut self, id: LinkId, element: &Element<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let early = link.stage != Stage::Bound && !self.faulty("enables-before-bind");
        if early || link.managed.is_some() {
            self.failed(id, "unexpected-request");
            return;
        }
        let resumable = matches!(element.attribute("resume"), Some("true" | "1"));
        let name = match self.faulty("repeats-session-ids") {
            true => "session".to_owned(),
            false => self.fresh(),
        };
        let mut enabled = answer("enabled");
        if resumable {
            if !self.faulty("enabled-without-id") {
                enabled = enabled.attribute("id", &name);
            }
            enabled = enabled.attribute("resume", "true");
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.managed = Some(Managed { id: name, resumable, ..Managed::default() });
        }
        self.send(id, enabled.end().finish());
        if self.varies("requests-acknowledgements") {
            self.send(id, answer("r").end().finish());
        }
    }

    fn resume(&mut self, id: LinkId, element: &Element<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let user = link.user.clone();
        let early = link.stage == Stage::Unknown;
        let previous = element.attribute("previd").unwrap_or_default().to_owned();
        let known = self.detached.get(&previous);
        let known = known.filter(|known| early || Some(&known.user) == user.as_ref());
        let known = known.filter(|_| early || link.stage == Stage::Authenticated).cloned();
        let Some(mut session) = known else {
            if self.faulty("resumes-unknown-session") {
                let resumed = answer("resumed").attribute("previd", &previous);
                self.send(id, resumed.attribute("h", "0").end().finish());
            } else {
                self.failed(id, "item-not-found");
            }
            return;
        };
        let Some(handled) = number(element) else {
            self.failed(id, "bad-request");
            return;
        };
        if !session.managed.acknowledge(handled) && !self.faulty("resumes-with-any-h") {
            self.too_high(id, handled);
            return;
        }
        self.detached.remove(&previous);
        let more = u32::from(self.faulty("resumed-counts-too-high"));
        let own = session.managed.handled.wrapping_add(more).to_string();
        let named = if self.faulty("resumed-names-no-session") { "" } else { &previous };
        let resumed = answer("resumed").attribute("previd", named).attribute("h", &own);
        self.send(id, resumed.end().finish());
        let again: Vec<_> = session.managed.unacknowledged.iter().cloned().collect();
        if !self.faulty("no-redelivery-on-resume") {
            for stanza in again {
                self.send(id, stanza);
            }
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.stage = Stage::Bound;
            link.user = Some(session.user);
            link.resource = Some(session.resource);
            link.presence = session.presence;
            link.directed = session.directed;
            link.interested = session.interested;
            link.managed = Some(session.managed);
        }
    }

    /// The client claims to have more than it was sent (XEP-0198 section 6).
    fn too_high(&mut self, id: LinkId, handled: u32) {
        if self.faulty("h-too-high-closes-silently") {
            self.shut(id);
        } else if self.faulty("h-too-high-other-condition") {
            self.fail_stream(id, "bad-format", "");
        } else {
            let more = format!("<handled-count-too-high xmlns='{SM}' h='{handled}'/>");
            self.fail_stream(id, "undefined-condition", &more);
        }
    }

    fn failed(&mut self, id: LinkId, condition: &str) {
        let failed = answer("failed").start(condition);
        let failed = failed.attribute("xmlns", namespace::STANZA_CONDITIONS).end();
        self.send(id, failed.end().finish());
    }

    /// A stanza of the client was handled.
    pub(super) fn handled(&mut self, id: LinkId, kind: StanzaKind) {
        if kind != StanzaKind::Iq && self.faulty("counts-iqs-alone") {
            return;
        }
        if let Some(managed) = self.links.get_mut(&id).and_then(|link| link.managed.as_mut()) {
            managed.handled = managed.handled.wrapping_add(1);
        }
    }

    /// Sends a stanza, which counts.
    pub(super) fn deliver(&mut self, id: LinkId, stanza: Vec<u8>) {
        if let Some(managed) = self.links.get_mut(&id).and_then(|link| link.managed.as_mut()) {
            managed.keep(&stanza);
        }
        self.send(id, stanza);
    }

    /// Keeps the session of a connection that went without a word, if it can be resumed.
    pub(super) fn detach(&mut self, link: &LinkState) -> bool {
        let (Some(user), Some(resource), Some(managed)) =
            (&link.user, &link.resource, &link.managed)
        else {
            return false;
        };
        if !managed.resumable {
            return false;
        }
        let session = Detached {
            user: user.clone(),
            resource: resource.clone(),
            host: link.host.clone(),
            presence: link.presence.clone(),
            directed: link.directed.clone(),
            interested: link.interested,
            managed: managed.clone(),
        };
        self.detached.insert(managed.id.clone(), session);
        while self.detached.len() > MOST {
            self.detached.pop_first();
        }
        true
    }
}

fn number(element: &Element<'_>) -> Option<u32> {
    element.attribute("h")?.parse().ok()
}
