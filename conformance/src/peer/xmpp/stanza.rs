//! Resource binding and stanzas (RFC 6120, 7 and 8).

use wirecheck_codecs::xmpp::{Child, Element, Stanza, StanzaKind, XmlWriter, namespace};

use super::presence::priority;
use super::roster::ROSTER;
use super::server::{LinkId, Server, Stage};

/// How many variables of an element are copied: elements within each other.
const DEEPEST: usize = 64;
/// The namespace of pings (XEP-0199).
const PING: &str = "urn:xmpp:ping";
/// The namespace of questions about an entity (XEP-0030).
const DISCO: &str = "http://jabber.org/protocol/disco#info";

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
        let resource = match wanted.filter(|wanted| !wanted.is_empty()) {
            Some(wanted) if !taken(&wanted, self, &user) => wanted,
            _ => self.fresh(),
        };
        let Some(link) = self.links.get_mut(&id) else { return true };
        link.resource = Some(resource);
        link.stage = Stage::Bound;
        let jid = link.jid().unwrap_or_default();
        let answer = XmlWriter::new().start("iq").attribute("type", "result");
        let answer = answer.attribute("id", element.attribute("id").unwrap_or_default());
        let answer = answer.start("bind").attribute("xmlns", namespace::BIND);
        self.send(id, answer.start("jid").text(&jid).end().end().end().finish());
        if self.varies("asks-clients") {
            let ping = XmlWriter::new().start("iq").attribute("type", "get");
            let ping = ping.attribute("id", "are-you-there").attribute("to", &jid);
            let ping = ping.start("ping").attribute("xmlns", PING).end();
            self.deliver(id, ping.end().finish());
        }
        true
    }

    pub(super) fn stanza(&mut self, id: LinkId, element: &Element<'_>) {
        let Some(stanza) = Stanza::of(*element) else {
            if !self.varies("ignores-unknown-elements") {
                self.fail_stream(id, "unsupported-stanza-type", "");
            }
            return;
        };
        self.handled(id);
        let Some(from) = self.links.get(&id).and_then(|link| link.jid()) else { return };
        let to = stanza.to().unwrap_or_default().to_owned();
        let (bare, resource) = to.split_once('/').unwrap_or((&to, ""));
        let (local, host) = bare.split_once('@').unwrap_or(("", bare));
        match stanza.kind {
            StanzaKind::Iq => self.iq(id, &stanza, &from, (local, host, resource)),
            StanzaKind::Message if !to.is_empty() => {
                let reached = !self.faulty("loses-messages")
                    && self.route(element, &from, (local, host, resource));
                let lost = !reached && !self.faulty("loses-messages");
                if lost && stanza.kind_type() != Some("error") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
            }
            StanzaKind::Presence => self.presence(id, &stanza, &from),
            StanzaKind::Message => {}
        }
    }

    fn iq(&mut self, id: LinkId, stanza: &Stanza<'_>, from: &str, to: (&str, &str, &str)) {
        let element = &stanza.element;
        match stanza.kind_type() {
            Some("get" | "set") => {}
            Some("result" | "error") => {
                if !to.2.is_empty() {
                    self.route(element, from, to);
                } else if self.faulty("answers-results") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
                return;
            }
            _ => {
                if !self.faulty("takes-any-iq-type") {
                    self.fail_stanza(id, element, "modify", "bad-request");
                }
                return;
            }
        }
        if !to.2.is_empty() && self.route(element, from, to) {
            return;
        }
        let answers =
            to.2.is_empty() && (to.0.is_empty() || from.starts_with(&format!("{}@", to.0)));
        if answers && element.child(ROSTER, "query").is_some() {
            self.roster_iq(id, stanza);
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
        answer = answer.attribute("id", &self.id_of(element)).attribute("to", from);
        if let Some(to) = stanza.to() {
            answer = answer.attribute("from", to);
        }
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
        if element.attribute("id").is_some() {
            xml = xml.attribute("id", &self.id_of(element));
        }
        if let Some(to) = element.attribute("to") {
            xml = xml.attribute("from", to);
        }
        if let Some(jid) = self.links.get(&id).and_then(|link| link.jid()) {
            xml = xml.attribute("to", &jid);
        }
        if !self.faulty("error-without-element") {
            xml = xml.start("error").attribute("type", kind).start(condition);
            xml = xml.attribute("xmlns", namespace::STANZA_CONDITIONS).end().end();
        }
        self.deliver(id, xml.end().finish());
    }

    /// Sends a stanza on to whom it is for; false if there is nobody.
    pub(super) fn route(
        &mut self,
        element: &Element<'_>,
        from: &str,
        to: (&str, &str, &str),
    ) -> bool {
        let (local, host, resource) = to;
        if !self.is_own(host) {
            return false;
        }
        let strips = self.faulty("strips-lang");
        let drops = self.faulty("drops-unknown-content");
        let bytes = rewritten(element, from, element.attribute("to").unwrap_or(""), strips, drops);
        let mut ids = Vec::new();
        for (id, link) in &self.links {
            let same = link.user.as_deref() == Some(local) && link.stage == Stage::Bound;
            let fits = match resource {
                // Without a resource, messages are for those that want them (8.5.2.1.1).
                "" if element.name() == "message" => {
                    link.presence.as_ref().is_some_and(|presence| priority(presence) >= 0)
                }
                "" => link.is_available(),
                resource => link.resource.as_deref() == Some(resource),
            };
            if same && fits && !link.closing {
                ids.push(*id);
            }
        }
        for id in &ids {
            self.deliver(*id, bytes.clone());
        }
        let mut kept = false;
        for session in self.detached.values_mut() {
            let same = session.user == local && session.host == host;
            if same && !resource.is_empty() && session.resource == resource {
                session.keep(&bytes);
                kept = true;
            }
        }
        kept || !ids.is_empty()
    }
}

/// A stanza as it is sent on: with the sender's full JID, otherwise as it came (8.4).
pub(super) fn rewritten(
    element: &Element<'_>,
    from: &str,
    to: &str,
    strips_lang: bool,
    drops_content: bool,
) -> Vec<u8> {
    let mut xml = XmlWriter::new().start(element.name()).attribute("from", from);
    xml = xml.attribute("to", to);
    for attribute in element.attributes() {
        match (attribute.namespace, attribute.name) {
            ("", "from" | "to") => {}
            ("", name) => xml = xml.attribute(name, attribute.value),
            (namespace::XML, "lang") if !strips_lang => {
                xml = xml.attribute("xml:lang", attribute.value);
            }
            _ => {}
        }
    }
    copy(xml, element, namespace::CLIENT, drops_content, 0).end().finish()
}

fn copy(
    mut xml: XmlWriter,
    element: &Element<'_>,
    inherited: &str,
    drops: bool,
    depth: usize,
) -> XmlWriter {
    for child in element.children() {
        match child {
            Child::Text(text) => xml = xml.text(text),
            Child::Element(child) => {
                let own = child.namespace();
                if depth > DEEPEST || drops && own != namespace::CLIENT {
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
                xml = copy(xml, &child, own, drops, depth + 1).end();
            }
        }
    }
    xml
}
