//! Resource binding and stanzas (RFC 6120, 7 and 8).

use wirecheck_codecs::xmpp::{Child, Element, Stanza, StanzaKind, XmlWriter, namespace};

use super::roster::ROSTER;
use super::route::{Parts, parts};
use super::server::{LinkId, Server, Stage};

/// How many variables of an element are copied: elements within each other.
const DEEPEST: usize = 64;
/// The namespace of pings (XEP-0199).
const PING: &str = "urn:xmpp:ping";
/// The namespace of questions about an entity (XEP-0030).
const DISCO: &str = "http://jabber.org/protocol/disco#info";
/// U+FEFF, which is no byte order mark within a stream (11.6).
const MARK: char = '\u{feff}';

impl Server {
    /// Binds a resource if that is what is asked for.
    pub(super) fn bind(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        let Some(bind) = element.child(namespace::BIND, "bind") else { return false };
        if element.name() != "iq" || element.attribute("type") != Some("set") {
            return false;
        }
        let wanted = bind.child(namespace::BIND, "resource").map(|resource| resource.text());
        let taken = |resource: &String, server: &Self, user: &Option<String>| {
            let mut others = server.links.values();
            others.any(|link| &link.user == user && link.resource.as_ref() == Some(resource))
        };
        let user = self.links.get(&id).and_then(|link| link.user.clone());
        let wanted = wanted.filter(|wanted| !wanted.is_empty());
        let mut others = self.links.iter().filter(|(other, _)| **other != id);
        let shared = others.any(|(_, link)| link.user == user && link.is_available());
        if shared && self.faulty("one-resource-of-each") {
            self.fail_stanza(id, element, "cancel", "conflict");
            return true;
        }
        if wanted.is_none() && self.faulty("generates-no-resource") {
            self.fail_stanza(id, element, "modify", "bad-request");
            return true;
        }
        let generated = wanted.is_none();
        let resource = match wanted {
            Some(wanted) if self.faulty("binds-duplicates") => wanted,
            Some(wanted) if !taken(&wanted, self, &user) => wanted,
            Some(_) if self.varies("refuses-conflicts") => {
                self.fail_stanza(id, element, "modify", "conflict");
                return true;
            }
            Some(wanted) if !self.varies("generates-resources") => {
                self.end_older(id, &wanted);
                wanted
            }
            None if self.faulty("generates-same-resource") => "resource".to_owned(),
            _ => self.fresh(),
        };
        let Some(link) = self.links.get_mut(&id) else { return true };
        if link.user.is_none() {
            link.user = Some("stranger".to_owned());
        }
        link.resource = Some(resource);
        link.stage = Stage::Bound;
        let (jid, named) = (link.jid().unwrap_or_default(), link.named);
        let secured = link.tls.on;
        let plain = link.plain;
        let shown = match self.options.fault.as_deref() {
            Some("binds-bare-jid") if generated => jid.split('/').next().unwrap_or_default(),
            Some("mixes-up-accounts-over-tls") if secured => "somebody@localhost/resource",
            Some("binds-another-user") if plain => "somebody@localhost/resource",
            Some("binds-somebody-else") if named => "somebody@localhost/resource",
            _ => &jid,
        };
        let answer = XmlWriter::new().start("iq").attribute("type", "result");
        let answer = answer.attribute("id", element.attribute("id").unwrap_or_default());
        let answer = answer.start("bind").attribute("xmlns", namespace::BIND);
        self.send(id, answer.start("jid").text(shown).end().end().end().finish());
        if self.varies("asks-clients") {
            let ping = XmlWriter::new().start("iq").attribute("type", "get");
            let ping = ping.attribute("id", "are-you-there").attribute("to", &jid);
            let ping = ping.start("ping").attribute("xmlns", PING).end();
            self.deliver(id, ping.end().finish());
        }
        true
    }

    /// Ends the streams that have the resource already (7.7.2.2).
    fn end_older(&mut self, id: LinkId, resource: &str) {
        let user = self.links.get(&id).and_then(|link| link.user.clone());
        let links = self.links.iter().filter(|(other, link)| {
            **other != id && link.user == user && link.resource.as_deref() == Some(resource)
        });
        let older: Vec<_> = links.map(|(other, _)| *other).collect();
        for other in older {
            self.fail_stream(other, "conflict", "");
            if let Some(link) = self.links.get_mut(&other) {
                link.resource = None;
            }
        }
    }

    pub(super) fn stanza(&mut self, id: LinkId, element: &Element<'_>) {
        let Some(stanza) = Stanza::of(*element) else {
            if !self.varies("ignores-unknown-elements") {
                self.fail_stream(id, "unsupported-stanza-type", "");
            }
            return;
        };
        self.handled(id, stanza.kind);
        let Some(from) = self.links.get(&id).and_then(|link| link.jid()) else { return };
        let foreign = element.attribute("from").is_some_and(|claimed| !from.starts_with(claimed));
        if foreign && self.varies("refuses-foreign-from") {
            self.fail_stream(id, "invalid-from", "");
            return;
        }
        match stanza.kind {
            StanzaKind::Iq => {
                let to = stanza.to().unwrap_or_default();
                self.iq(id, &stanza, &from, parts(to));
            }
            StanzaKind::Message => self.message(id, element, &from),
            StanzaKind::Presence => self.presence(id, &stanza, &from),
        }
    }

    fn iq(&mut self, id: LinkId, stanza: &Stanza<'_>, from: &str, to: Parts<'_>) {
        let element = &stanza.element;
        let full = stanza.to().unwrap_or_default();
        match stanza.kind_type() {
            Some("get" | "set") => {}
            Some("result" | "error") => {
                let unknown = stanza.error().is_some_and(|error| error.condition.is_none());
                if unknown && self.faulty("ends-on-unknown-conditions") {
                    self.fail_stream(id, "bad-format", "");
                    return;
                }
                if !to.2.is_empty() {
                    if !self.faulty("loses-iq-answers") {
                        self.reach_resource(id, element, from, full);
                    }
                } else if self.faulty("answers-results") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
                return;
            }
            _ => {
                if self.faulty("answers-prefixed") {
                    let name = self.id_of(element);
                    let xml = "<c:iq xmlns:c='jabber:client' type='error'";
                    self.deliver(id, format!("{xml} id='{name}'/>").into_bytes());
                } else if !self.faulty("takes-any-iq-type") {
                    self.fail_stanza(id, element, "modify", "bad-request");
                }
                return;
            }
        }
        let own = from.starts_with(&format!("{}@", to.0));
        let answers = to.2.is_empty() && (to.0.is_empty() || own);
        let known = self.knows(to);
        if !answers && known && to.2.is_empty() && self.faulty("delivers-iqs-to-accounts") {
            self.iq_to_account(id, element, from, full);
            return;
        }
        let silent = match known {
            true => self.faulty("ignores-iqs-to-accounts"),
            false => self.faulty("ignores-iqs-to-nobody"),
        };
        if !answers && silent && (!known || to.2.is_empty()) {
            return;
        }
        if !to.2.is_empty() {
            let hidden = !self.shares_presence(to, from);
            let reached = !hidden && self.reach_resource(id, element, from, full);
            if !reached && !self.faulty("ignores-iqs-without-match") {
                self.fail_stanza(id, element, "cancel", "service-unavailable");
            }
            return;
        }
        if !answers && element.child(ROSTER, "query").is_some() {
            let asks = stanza.kind_type() == Some("get");
            if asks && self.faulty("silent-on-foreign-rosters") {
                return;
            }
            if self.faulty("lets-anybody-at-rosters") {
                self.roster_of(id, stanza, to.0);
            } else {
                let sets = stanza.kind_type() == Some("set");
                let bare = if self.faulty("foreign-roster-other-condition") {
                    "item-not-found"
                } else if sets {
                    "forbidden"
                } else {
                    "service-unavailable"
                };
                self.fail_stanza(id, element, "cancel", bare);
            }
            return;
        }
        if answers && element.child(ROSTER, "query").is_some() {
            let user = self.links.get(&id).and_then(|link| link.user.clone());
            self.roster_of(id, stanza, &user.unwrap_or_default());
            return;
        }
        let ping = element.child(PING, "ping").is_some();
        let asks = element.child(DISCO, "query").is_some();
        if self.faulty("no-iq-answers") || ping && self.faulty("no-pong") {
            return;
        }
        if !answers || !(ping || asks) || stanza.kind_type() != Some("get") {
            let other = self.faulty("unknown-iq-other-condition");
            let condition = if other { "bad-request" } else { "service-unavailable" };
            self.fail_stanza(id, element, "cancel", condition);
            return;
        }
        let mut answer = XmlWriter::new().start("iq").attribute("type", "result");
        answer = answer.attribute("id", element.attribute("id").unwrap_or_default());
        answer = answer.attribute("to", from);
        if let Some(to) = stanza.to().filter(|_| !self.faulty("answers-without-from")) {
            answer = answer.attribute("from", to);
        }
        answer = match self.options.fault.as_deref().filter(|_| ping) {
            Some("sends-stanzas-of-servers") => answer.attribute("xmlns", namespace::SERVER),
            Some("results-with-two-payloads") => {
                let first = answer.start("a").attribute("xmlns", "urn:example:a").end();
                first.start("b").attribute("xmlns", "urn:example:b").end()
            }
            Some("results-with-error-element") => {
                answer.start("error").attribute("type", "cancel").end()
            }
            _ => answer,
        };
        if asks {
            answer = answer.start("query").attribute("xmlns", DISCO);
            answer = answer.start("identity").attribute("category", "server");
            answer = answer.attribute("type", "im").end();
            let features = [DISCO, ROSTER, PING];
            let hidden = self.faulty("ping-undeclared");
            for feature in features.iter().filter(|feature| !hidden || **feature != PING) {
                answer = answer.start("feature").attribute("var", feature).end();
            }
            answer = answer.end();
        }
        self.deliver(id, answer.end().finish());
    }

    fn id_of(&self, element: &Element<'_>) -> String {
        let id = element.attribute("id").unwrap_or_default();
        if self.faulty("changes-iq-id") { format!("{id}x") } else { id.to_owned() }
    }

    /// Answers a stanza with an error (8.3).
    pub(super) fn fail_stanza(
        &mut self,
        id: LinkId,
        element: &Element<'_>,
        kind: &str,
        condition: &str,
    ) {
        let mut xml = XmlWriter::new().start(element.name()).attribute("type", "error");
        let unnamed = element.attribute("to").is_none() && self.faulty("errors-without-id");
        if element.attribute("id").is_some() && !unnamed {
            xml = xml.attribute("id", &self.id_of(element));
        }
        if let Some(to) = element.attribute("to").filter(|_| !self.faulty("errors-without-from")) {
            xml = xml.attribute("from", to);
        }
        if let Some(jid) = self.links.get(&id).and_then(|link| link.jid()) {
            xml = xml.attribute("to", &jid);
        }
        if !self.faulty("error-without-element") {
            xml = xml.start("error");
            if !self.faulty("error-without-type") {
                xml = xml.attribute("type", kind);
            }
            xml = xml.start(match self.faulty("stanza-conditions-of-its-own") {
                true => "something-is-wrong",
                false => condition,
            });
            xml = xml.attribute("xmlns", namespace::STANZA_CONDITIONS).end().end();
        }
        self.deliver(id, xml.end().finish());
    }

    /// What must not be: an IQ for an account reaches a resource of it.
    fn iq_to_account(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str) {
        let (local, ..) = parts(to);
        let found = self
            .links
            .iter()
            .find(|(_, link)| link.user.as_deref() == Some(local) && link.is_available());
        if let Some(found) = found.map(|(found, _)| *found) {
            let bytes = self.passed_on(id, element, from, to);
            self.deliver(found, bytes);
        }
    }
}

/// How a stanza is changed on its way: it gets the sender's full JID, otherwise it is as it came
/// (8.4), apart from faults.
#[derive(Clone, Debug, Default)]
pub(super) struct Rewriting<'a> {
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    /// The language of a stanza that names none.
    pub(super) lang: Option<String>,
    pub(super) strips_lang: bool,
    pub(super) drops_content: bool,
    pub(super) drops_marks: bool,
    pub(super) only_ascii: bool,
}

impl Rewriting<'_> {
    pub(super) fn of(&self, element: &Element<'_>) -> Vec<u8> {
        let mut xml = XmlWriter::new().start(element.name());
        if !self.from.is_empty() {
            xml = xml.attribute("from", self.from);
        }
        xml = xml.attribute("to", self.to);
        let mut lang = self.lang.as_deref();
        for attribute in element.attributes() {
            match (attribute.namespace, attribute.name) {
                ("", "from" | "to") => {}
                ("", name) => xml = xml.attribute(name, attribute.value),
                (namespace::XML, "lang") => lang = Some(attribute.value),
                _ => {}
            }
        }
        if let Some(lang) = lang.filter(|_| !self.strips_lang) {
            xml = xml.attribute("xml:lang", lang);
        }
        self.copy(xml, element, namespace::CLIENT, 0).end().finish()
    }

    fn copy(
        &self,
        mut xml: XmlWriter,
        element: &Element<'_>,
        inherited: &str,
        depth: usize,
    ) -> XmlWriter {
        for child in element.children() {
            match child {
                Child::Text(text) if self.drops_marks => xml = xml.text(&text.replace(MARK, "")),
                Child::Text(text) if self.only_ascii => {
                    xml = xml.text(&text.replace(|c: char| !c.is_ascii(), "?"));
                }
                Child::Text(text) => xml = xml.text(text),
                Child::Element(child) => {
                    let own = child.namespace();
                    if depth > DEEPEST || self.drops_content && own != namespace::CLIENT {
                        continue;
                    }
                    xml = xml.start(child.name());
                    if own != inherited {
                        xml = xml.attribute("xmlns", own);
                    }
                    for attribute in child.attributes() {
                        match attribute.namespace {
                            "" => xml = xml.attribute(attribute.name, attribute.value),
                            namespace::XML => {
                                let name = format!("xml:{}", attribute.name);
                                xml = xml.attribute(&name, attribute.value);
                            }
                            _ => {}
                        }
                    }
                    xml = self.copy(xml, &child, own, depth + 1).end();
                }
            }
        }
        xml
    }
}
