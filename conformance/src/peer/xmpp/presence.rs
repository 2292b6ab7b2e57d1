//! Presence: who is available, who may know, and who asks to (RFC 6121, sections 3 and 4).

use wirecheck_codecs::xmpp::{Document, Element, Stanza, XmlWriter, namespace};

use super::roster::Request;
use super::server::{LinkId, LinkState, Server, Stage};
use super::stanza::rewritten;

/// The priority in a presence stanza (4.7.2.3).
pub(super) fn priority(presence: &Document) -> i8 {
    let element = presence.element();
    let priority = element.child(namespace::CLIENT, "priority");
    priority.and_then(|priority| priority.text().trim().parse().ok()).unwrap_or(0)
}

impl Server {
    pub(super) fn presence(&mut self, id: LinkId, stanza: &Stanza<'_>, from: &str) {
        let to = stanza.to().unwrap_or_default().to_owned();
        let kind = stanza.kind_type();
        if let Some(request) = kind.and_then(Request::from_name) {
            self.ask(id, &stanza.element, from, &to, request);
        } else if matches!(kind, None | Some("unavailable")) {
            match to.split_once('/').unwrap_or((&to, "")) {
                ("", _) => self.broadcast(id, &stanza.element, from),
                (bare, resource) => {
                    let (local, host) = bare.split_once('@').unwrap_or(("", bare));
                    self.route(&stanza.element, from, (local, host, resource));
                }
            }
        }
    }

    /// The resources of a user that are available.
    fn available(&self, user: &str) -> Vec<LinkId> {
        let fits = |link: &LinkState| link.user.as_deref() == Some(user) && link.is_available();
        self.links.iter().filter(|(_, link)| fits(link)).map(|(id, _)| *id).collect()
    }

    /// The user of ours that a bare JID is.
    fn local<'j>(&self, jid: &'j str) -> Option<&'j str> {
        let (local, host) = jid.split_once('@')?;
        (self.is_own(host) && self.options.accounts.contains_key(local)).then_some(local)
    }

    /// Tells everybody who may know, and a new resource what it may know (4.2, 4.4, 4.5).
    fn broadcast(&mut self, id: LinkId, element: &Element<'_>, from: &str) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(user) = link.user.clone() else { return };
        let is_available = element.attribute("type").is_none();
        let is_new = is_available && !link.is_available();
        link.presence = is_available.then(|| Document::from(*element));
        let mut recipients = self.recipients(&user);
        if !is_available {
            recipients.push((id, from.to_owned()));
        }
        for (recipient, to) in recipients {
            let stanza = rewritten(element, from, &to, false, false);
            self.deliver(recipient, stanza);
        }
        if is_new {
            self.welcome(id, &user);
        }
    }

    /// The available resources of a user and of who is subscribed to it, with their addresses.
    fn recipients(&self, user: &str) -> Vec<(LinkId, String)> {
        let subscribers = self.rosters.get(user).into_iter().flatten();
        let subscribers = subscribers.filter(|(_, item)| item.from);
        let subscribers = subscribers.filter_map(|(jid, _)| self.local(jid));
        let ids = subscribers.chain([user]).flat_map(|user| self.available(user));
        let address = |id: LinkId| Some((id, self.links.get(&id)?.jid()?));
        ids.filter_map(address).collect()
    }

    /// What a resource gets that has just become available.
    fn welcome(&mut self, id: LinkId, user: &str) {
        let Some(to) = self.links.get(&id).and_then(LinkState::jid) else { return };
        let roster = self.rosters.get(user).cloned().unwrap_or_default();
        let known = roster.iter().filter(|(_, item)| item.to);
        let known: Vec<_> =
            known.filter_map(|(jid, _)| self.local(jid).map(str::to_owned)).collect();
        for other in known.iter().map(String::as_str).chain([user]) {
            for other in self.available(other).into_iter().filter(|other| *other != id) {
                self.show(other, id, &to, false);
            }
        }
        for request in roster.into_values().filter_map(|item| item.pending_in) {
            self.deliver(id, request);
        }
    }

    /// Shows the presence of a resource to another one.
    fn show(&mut self, of: LinkId, recipient: LinkId, to: &str, is_gone: bool) {
        let Some(link) = self.links.get(&of) else { return };
        let (Some(from), Some(presence)) = (link.jid(), &link.presence) else { return };
        let stanza = match is_gone {
            true => unavailable(&from, to),
            false => rewritten(&presence.element(), &from, to, false, false),
        };
        self.deliver(recipient, stanza);
    }

    /// A connection is gone without a word: its resource is not available any more.
    pub(super) fn vanished(&mut self, link: &LinkState) {
        let (Some(user), Some(from), Some(_)) = (&link.user, link.jid(), &link.presence) else {
            return;
        };
        for (recipient, to) in self.recipients(user) {
            self.deliver(recipient, unavailable(&from, &to));
        }
    }

    /// A client sends a request about a subscription (3.1.2 and the like).
    fn ask(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str, request: Request) {
        let (bare, _) = from.split_once('/').unwrap_or((from, ""));
        let (contact, _) = to.split_once('/').unwrap_or((to, ""));
        let user = bare.split('@').next().unwrap_or_default();
        if self.local(contact).is_none() {
            self.fail_stanza(id, element, "cancel", "item-not-found");
            return;
        }
        if contact == bare {
            return;
        }
        let full = self.faulty("subscribe-from-full-jid");
        let sender = if full && request == Request::Subscribe { from } else { bare };
        let stanza = rewritten(element, sender, contact, false, false);
        self.request(user, bare, contact, request, stanza);
    }

    /// Changes what both sides know, and tells them.
    pub(super) fn request(
        &mut self,
        user: &str,
        bare: &str,
        contact: &str,
        request: Request,
        stanza: Vec<u8>,
    ) {
        let roster = self.rosters.entry(user.to_owned()).or_default();
        let item = roster.entry(contact.to_owned()).or_default();
        let before = item.shown();
        let routed = item.outbound(request);
        let changed = item.shown() != before;
        if routed {
            self.arrive(contact, bare, request, stanza);
        }
        let asks = request == Request::Subscribe;
        let silent = asks && self.faulty("no-push-on-subscribe");
        if (changed || asks) && !silent {
            let wrong = asks && self.faulty("wrong-state-on-subscribe");
            self.push(user, contact, wrong);
        }
        let shows = match request {
            Request::Subscribed => Some(false),
            Request::Unsubscribed => Some(true),
            _ => None,
        };
        if let (true, Some(is_gone), Some(contact)) = (routed, shows, self.local(contact)) {
            for recipient in self.available(contact) {
                let Some(to) = self.links.get(&recipient).and_then(LinkState::jid) else {
                    continue;
                };
                for of in self.available(user) {
                    self.show(of, recipient, &to, is_gone);
                }
            }
        }
    }

    /// A request reaches the contact's account (3.1.3 and the like).
    fn arrive(&mut self, contact: &str, from: &str, request: Request, stanza: Vec<u8>) {
        let Some(user) = self.local(contact).map(str::to_owned) else { return };
        let item = self.rosters.entry(user.clone()).or_default().entry(from.to_owned());
        let item = item.or_default();
        let before = item.shown();
        let delivered = item.inbound(request, &stanza);
        let changed = item.shown() != before;
        let approved = request == Request::Subscribe && item.from;
        let asks = request == Request::Subscribe;
        if delivered {
            for id in self.reached(&user, asks) {
                self.deliver(id, stanza.clone());
            }
        }
        if changed {
            self.push(&user, from, false);
        }
        let answer = match request {
            Request::Subscribe if approved => Some("subscribed"),
            Request::Subscribe if self.varies("acknowledges-subscribe") => Some("unavailable"),
            Request::Unsubscribe if delivered => Some("unsubscribed"),
            _ => None,
        };
        let Some((answer, to)) = answer.zip(self.local(from).map(str::to_owned)) else { return };
        let xml = XmlWriter::new().start("presence").attribute("from", contact);
        let xml = xml.attribute("to", from).attribute("type", answer).end().finish();
        for id in self.available(&to) {
            self.deliver(id, xml.clone());
        }
    }

    /// The resources that a request is delivered to.
    fn reached(&self, user: &str, asks: bool) -> Vec<LinkId> {
        let mut ids = self.available(user);
        if !asks {
            return ids;
        }
        if self.faulty("subscribe-to-one-resource") {
            ids.drain(..ids.len().saturating_sub(1));
        }
        if self.faulty("subscribe-skips-negative-priority") {
            let presence = |id: &LinkId| self.links.get(id).and_then(|of| of.presence.as_ref());
            ids.retain(|id| presence(id).is_some_and(|presence| priority(presence) >= 0));
        }
        if self.faulty("subscribe-to-unavailable") {
            let fits = |link: &LinkState| {
                link.user.as_deref() == Some(user)
                    && link.stage == Stage::Bound
                    && !link.is_available()
            };
            ids.extend(self.links.iter().filter(|(_, link)| fits(link)).map(|(id, _)| *id));
        }
        ids
    }
}

fn unavailable(from: &str, to: &str) -> Vec<u8> {
    let xml = XmlWriter::new().start("presence").attribute("from", from).attribute("to", to);
    xml.attribute("type", "unavailable").end().finish()
}
