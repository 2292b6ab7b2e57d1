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
    /// The client is owed an acknowledgement, under a fault.
    owed: bool,
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
                if self.faulty("withholds-acknowledgements") {
                    if let Some(managed) =
                        self.links.get_mut(&id).and_then(|of| of.managed.as_mut())
                    {
                        managed.owed = true;
                    }
                } else if !self.faulty("ignores-requests") {
                    self.acknowledge(id, handled);
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

    fn acknowledge(&mut self, id: LinkId, handled: u32) {
        let mut acknowledgement = answer("a");
        if !self.faulty("acknowledges-without-h") {
            acknowledgement = acknowledgement.attribute("h", &handled.to_string());
        }
        self.send(id, acknowledgement.end().finish());
    }

    fn enable(&mut self, id: LinkId, element: &Element<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let early = link.stage != Stage::Bound && !self.faulty("enables-before-bind");
        if early && self.faulty("early-enable-ends") {
            self.fail_stream(id, "unsupported-stanza-type", "");
            return;
        }
        if early {
            self.failed(id, "unexpected-request");
            return;
        }
        if link.managed.is_some() && !self.faulty("enables-twice") {
            // Twice is once too much (XEP-0198 section 3).
            self.fail_stream(id, "policy-violation", "");
            return;
        }
        if self.faulty("ignores-enable") {
            return;
        }
        let resumable = matches!(element.attribute("resume"), Some("true" | "1"))
            && !self.faulty("resumes-nothing");
        let claimed = element.attribute("id").map(str::to_owned);
        let name = match self.options.fault.as_deref() {
            Some("repeats-session-ids") => "session".to_owned(),
            Some("long-session-ids") => "s".repeat(5_000),
            Some("session-ids-of-clients") => claimed.unwrap_or_else(|| self.fresh()),
            _ => self.fresh(),
        };
        let mut enabled = answer("enabled");
        if resumable {
            if !self.faulty("enabled-without-id") {
                enabled = enabled.attribute("id", &name);
            }
            if !self.faulty("enabled-without-resume") {
                enabled = enabled.attribute("resume", "true");
            }
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
        if self.faulty("resumes-nothing") {
            return;
        }
        if !early && link.stage == Stage::Authenticated {
            self.detach_older(&previous, user.as_deref());
        }
        let Some(link) = self.links.get(&id) else { return };
        let known = self.detached.get(&previous);
        let known = known.filter(|known| early || Some(&known.user) == user.as_ref());
        let known = known.filter(|_| early || link.stage == Stage::Authenticated).cloned();
        let Some(mut session) = known else {
            if self.faulty("resumes-unknown-session") {
                let resumed = answer("resumed").attribute("previd", &previous);
                self.send(id, resumed.attribute("h", "0").end().finish());
            } else {
                self.failed(id, "item-not-found");
                if self.faulty("resumption-or-nothing") {
                    self.fail_stream(id, "unsupported-stanza-type", "");
                }
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

    /// The session of a stream that is still open goes over to a newer one (XEP-0198 section 5).
    fn detach_older(&mut self, name: &str, user: Option<&str>) {
        let older = self.links.iter().find(|(_, link)| {
            let managed = link.managed.as_ref().is_some_and(|managed| managed.id == name);
            managed && link.user.as_deref() == user && !link.closing
        });
        let Some(older) = older.map(|(id, _)| *id) else { return };
        let Some(mut link) = self.links.remove(&older) else { return };
        let detached = self.detach(&link);
        if detached {
            (link.managed, link.presence, link.resource) = (None, None, None);
        }
        self.links.insert(older, link);
        if !detached {
            return;
        }
        if !self.faulty("leaves-older-stream") {
            self.fail_stream(older, "conflict", "");
        }
    }

    /// What a client has not acknowledged goes back to who sent it (XEP-0198 section 4).
    pub(super) fn bounce(&mut self, link: &LinkState) {
        let Some(managed) = &link.managed else { return };
        let Some(own) = link.jid().filter(|_| !self.faulty("forgets-unacknowledged")) else {
            return;
        };
        for stanza in &managed.unacknowledged {
            let text = String::from_utf8_lossy(stanza);
            let Ok(document) = Document::parse(&text) else { continue };
            let element = document.element();
            let from = element.attribute("from").unwrap_or_default();
            let failed = element.attribute("type") == Some("error");
            if element.name() != "message" || failed || from.is_empty() {
                continue;
            }
            let sender = self.links.iter().find(|(_, link)| link.jid().as_deref() == Some(from));
            let Some(sender) = sender.map(|(sender, _)| *sender) else { continue };
            let mut xml = XmlWriter::new().start("message").attribute("type", "error");
            if let Some(id) = element.attribute("id") {
                xml = xml.attribute("id", id);
            }
            xml = xml.attribute("from", &own).attribute("to", from);
            xml = xml.start("error").attribute("type", "wait").start("recipient-unavailable");
            xml = xml.attribute("xmlns", namespace::STANZA_CONDITIONS).end().end();
            self.deliver(sender, xml.end().finish());
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
        let own = self.faulty("failures-of-its-own");
        let failed = answer("failed").start(if own { "something-failed" } else { condition });
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
            if std::mem::take(&mut managed.owed) {
                let handled = managed.handled;
                self.acknowledge(id, handled);
            }
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
        if !managed.resumable || self.faulty("drops-sessions") {
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
