//! Presence: who is available, who may know, and who asks to (RFC 6121, sections 3 and 4).

use wirecheck_codecs::xmpp::{Document, Element, Stanza, XmlWriter, namespace};

use super::roster::{Item, Request};
use super::server::{LinkId, LinkState, Server, Stage};
use super::stanza::Rewriting;

/// The priority in a presence stanza (4.7.2.3).
pub(super) fn priority(presence: &Document) -> Option<i8> {
    let element = presence.element();
    let priority = element.child(namespace::CLIENT, "priority");
    priority.and_then(|priority| priority.text().trim().parse().ok())
}

impl Server {
    pub(super) fn presence(&mut self, id: LinkId, stanza: &Stanza<'_>, from: &str) {
        let to = stanza.to().unwrap_or_default().to_owned();
        let kind = stanza.kind_type();
        let mut content = stanza.element.elements();
        let foreign = content.any(|child| child.namespace() != namespace::CLIENT);
        if foreign && self.faulty("presence-of-known-content") {
            return;
        }
        if let Some(request) = kind.and_then(Request::from_name) {
            self.ask(id, &stanza.element, from, &to, request);
        } else if matches!(kind, None | Some("unavailable")) {
            match to.as_str() {
                "" => self.broadcast(id, &stanza.element, from),
                to => self.directed(id, &stanza.element, from, to),
            }
        } else if kind == Some("probe") {
            if !to.is_empty() && self.local(&to).is_none() && self.faulty("answers-probes") {
                self.fail_stanza(id, &stanza.element, "cancel", "service-unavailable");
            }
        } else if kind != Some("error") && !self.faulty("takes-any-presence-type") {
            self.fail_stanza(id, &stanza.element, "modify", "bad-request");
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
        let directed = match is_available {
            true => Vec::new(),
            false => std::mem::take(&mut link.directed).into_iter().collect(),
        };
        let lost = match (is_available, is_new) {
            (true, true) => "loses-initial-presence",
            (true, false) => "loses-presence-updates",
            (false, _) => "loses-unavailable-presence",
        };
        let mut recipients = Vec::new();
        if !self.faulty(lost) {
            let mut subscribers = self.subscribers(&user);
            if !is_new && self.faulty("presence-to-one-contact-resource") {
                subscribers.truncate(1);
            }
            recipients.extend(subscribers);
        }
        let own = match is_available {
            true => "no-presence-to-own-resources",
            false => "no-unavailable-to-own-resources",
        };
        if !self.faulty(own) {
            recipients.extend(self.own(&user).into_iter().filter(|(other, _)| *other != id));
        }
        if !self.faulty("no-echo-of-presence") {
            recipients.push((id, from.to_owned()));
        }
        if self.faulty("leaks-presence") {
            let known = recipients.clone();
            let all = self.links.iter().filter(|(other, link)| {
                link.is_available() && known.iter().all(|(known, _)| known != *other)
            });
            let strangers = all.filter_map(|(other, link)| Some((*other, link.jid()?)));
            recipients.extend(strangers.collect::<Vec<_>>());
        }
        let bare = (self.faulty("strips-presence")
            || !is_available && self.faulty("strips-unavailable-presence"))
        .then(|| {
            Document::parse(match is_available {
                true => "<presence/>",
                false => "<presence type='unavailable'/>",
            })
        });
        for (recipient, to) in recipients {
            let stanza = match &bare {
                Some(Ok(bare)) => rewritten(&bare.element(), from, &to),
                _ => rewritten(element, from, &to),
            };
            self.deliver(recipient, stanza);
        }
        if !is_available {
            self.tell_directed(from, directed, element);
        }
        if is_new {
            self.welcome(id, &user);
        }
    }

    /// Ends what was told in person: whoever got directed presence and no broadcast (4.6.3).
    fn tell_directed(&mut self, from: &str, directed: Vec<String>, element: &Element<'_>) {
        if self.faulty("forgets-directed-presence") {
            return;
        }
        let (bare, _) = from.split_once('/').unwrap_or((from, ""));
        let user = bare.split('@').next().unwrap_or_default();
        let roster = self.rosters.get(user).cloned().unwrap_or_default();
        for to in directed {
            let (other, resource) = to.split_once('/').unwrap_or((&to, ""));
            if other == bare || roster.get(other).is_some_and(|item| item.from) {
                continue;
            }
            let Some(local) = self.local(other).map(str::to_owned) else { continue };
            let fits = |link: &LinkState| {
                link.user.as_deref() == Some(&local)
                    && match resource {
                        "" => link.is_available(),
                        _ => link.resource.as_deref() == Some(resource) && !link.closing,
                    }
            };
            let links = self.links.iter().filter(|(_, link)| fits(link));
            let ids: Vec<_> = links.map(|(id, _)| *id).collect();
            for id in ids {
                self.deliver(id, rewritten(element, from, &to));
            }
        }
    }

    /// The available resources of who is subscribed to a user, with their addresses.
    fn subscribers(&self, user: &str) -> Vec<(LinkId, String)> {
        let subscribers = self.rosters.get(user).into_iter().flatten();
        let subscribers = subscribers.filter(|(_, item)| item.from);
        let subscribers = subscribers.filter_map(|(jid, _)| self.local(jid));
        subscribers.flat_map(|user| self.own(user)).collect()
    }

    /// The available resources of a user, with their addresses.
    fn own(&self, user: &str) -> Vec<(LinkId, String)> {
        let address = |id: LinkId| Some((id, self.links.get(&id)?.jid()?));
        self.available(user).into_iter().filter_map(address).collect()
    }

    /// What a resource gets that has just become available.
    fn welcome(&mut self, id: LinkId, user: &str) {
        let Some(to) = self.links.get(&id).and_then(LinkState::jid) else { return };
        let roster = self.rosters.get(user).cloned().unwrap_or_default();
        let silent = self.faulty("no-presence-of-contacts");
        let known = roster.iter().filter(|(_, item)| item.to && !silent);
        let known: Vec<_> =
            known.filter_map(|(jid, _)| self.local(jid).map(str::to_owned)).collect();
        for other in known.iter().map(String::as_str).chain([user]) {
            for other in self.available(other).into_iter().filter(|other| *other != id) {
                self.show(other, id, &to, false);
            }
        }
        if !self.faulty("forgets-kept-requests") {
            let times = if self.faulty("repeats-kept-requests") { 2 } else { 1 };
            for request in roster.into_values().filter_map(|item| item.pending_in) {
                for _ in 0..times {
                    self.deliver(id, request.clone());
                }
            }
        }
        for message in self.stored_offline.remove(user).unwrap_or_default() {
            self.deliver(id, message);
        }
    }

    /// Shows the presence of a resource to another one.
    fn show(&mut self, of: LinkId, recipient: LinkId, to: &str, is_gone: bool) {
        let Some(link) = self.links.get(&of) else { return };
        let (Some(from), Some(presence)) = (link.jid(), &link.presence) else { return };
        let stanza = match is_gone {
            true => unavailable(&from, to),
            false => rewritten(&presence.element(), &from, to),
        };
        self.deliver(recipient, stanza);
    }

    /// A connection is gone without a word: its resource is not available any more.
    pub(super) fn vanished(&mut self, link: &LinkState) {
        let (Some(user), Some(from)) = (&link.user, link.jid()) else { return };
        if self.faulty("says-nothing-of-lost-clients") {
            return;
        }
        if link.presence.is_some() {
            for (recipient, to) in self.subscribers(user).into_iter().chain(self.own(user)) {
                self.deliver(recipient, unavailable(&from, &to));
            }
        }
        let directed = link.directed.iter().cloned().collect();
        if let Ok(gone) = Document::parse("<presence type='unavailable'/>") {
            self.tell_directed(&from, directed, &gone.element());
        }
    }

    /// A client sends a request about a subscription (3.1.2 and the like).
    fn ask(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str, request: Request) {
        let (bare, _) = from.split_once('/').unwrap_or((from, ""));
        let (contact, _) = to.split_once('/').unwrap_or((to, ""));
        let user = bare.split('@').next().unwrap_or_default();
        if contact.matches('@').count() > 1 {
            let kept = self.faulty("lists-malformed-contacts");
            let roster = self.rosters.entry(user.to_owned()).or_default();
            if kept {
                roster.entry(contact.to_owned()).or_default().list();
            }
            self.fail_stanza(id, element, "modify", "jid-malformed");
            return;
        }
        let unmatched = to.contains('/') && request != Request::Subscribe;
        if unmatched && self.faulty("answers-subscriptions-without-match") {
            self.fail_stanza(id, element, "cancel", "service-unavailable");
            return;
        }
        if self.local(contact).is_none() {
            // 8.5.1 has it ignored, 3.1.2 has it answered.
            if self.varies("answers-requests-to-nobody") {
                self.fail_stanza(id, element, "cancel", "item-not-found");
            }
            return;
        }
        if contact == bare {
            return;
        }
        let full = self.faulty("subscribe-from-full-jid") && request == Request::Subscribe
            || self.faulty("cancels-from-full-jid") && request == Request::Unsubscribed
            || self.faulty("subscription-from-full-jid");
        let sender = if full { from } else { bare };
        let shown = if self.faulty("subscribes-to-full-jids") { to } else { contact };
        let stanza = rewritten(element, sender, shown);
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
        let (before, old) = (item.shown(), item.clone());
        let routed = item.outbound(request);
        if self.faulty_of("keeps-user-state-on-", request, &stanza) {
            self.restore(user, contact, old);
        }
        let changed = self.shown(user, contact) != before;
        let shows = match request {
            Request::Subscribed if self.faulty("shows-nothing-on-approval") => None,
            Request::Subscribed => Some(false),
            Request::Unsubscribed if self.faulty("shows-nothing-on-cancellation") => None,
            Request::Unsubscribed => Some(true),
            _ => None,
        };
        let local = self.local(contact).map(str::to_owned);
        // What ends a subscription comes last, what begins one first (3.2.2, 3.1.5).
        if let (true, Some(true), Some(contact)) = (routed, shows, &local) {
            self.show_all(user, contact, true);
        }
        if routed && !self.faulty_of("loses-", request, &stanza) {
            self.arrive(contact, bare, request, stanza);
        } else if let (Some(contact), true) =
            (&local, self.faulty_of("delivers-any-", request, &stanza))
        {
            for id in self.available(contact) {
                self.deliver(id, stanza.clone());
            }
        }
        let asks = request == Request::Subscribe;
        let silent = asks && self.faulty("no-push-on-subscribe")
            || request == Request::Subscribed && self.faulty("no-push-on-approval")
            || request == Request::Unsubscribed && self.faulty("no-push-on-cancellation");
        if asks && self.faulty("requests-forget-names") {
            let item = self.rosters.get_mut(user).and_then(|roster| roster.get_mut(contact));
            item.into_iter().for_each(Item::forget_name);
        }
        if (changed || asks) && !silent {
            let wrong = asks && self.faulty("wrong-state-on-subscribe");
            self.push(user, contact, wrong);
        }
        if let (true, Some(false), Some(contact)) = (routed, shows, &local) {
            self.show_all(user, contact, false);
        }
    }

    /// Whether a fault is about this request. What has no id is spared, so that the states that
    /// cases begin with come about.
    fn faulty_of(&self, prefix: &str, request: Request, stanza: &[u8]) -> bool {
        has_id(stanza) && self.faulty(&format!("{prefix}{}", request.name()))
    }

    fn shown(&self, user: &str, contact: &str) -> (bool, bool, bool, bool) {
        let item = self.rosters.get(user).and_then(|roster| roster.get(contact));
        item.map(Item::shown).unwrap_or_default()
    }

    fn restore(&mut self, user: &str, contact: &str, item: Item) {
        self.rosters.entry(user.to_owned()).or_default().insert(contact.to_owned(), item);
    }

    /// Shows all available resources of a user to those of a contact, or that they are gone.
    fn show_all(&mut self, user: &str, contact: &str, is_gone: bool) {
        for (recipient, to) in self.own(contact) {
            for of in self.available(user) {
                self.show(of, recipient, &to, is_gone);
            }
        }
    }

    /// A request reaches the contact's account (3.1.3 and the like).
    fn arrive(&mut self, contact: &str, from: &str, request: Request, stanza: Vec<u8>) {
        let Some(user) = self.local(contact).map(str::to_owned) else { return };
        let asks = request == Request::Subscribe;
        let (lists, approves) = (
            asks && self.faulty("lists-requesters"),
            asks && has_id(&stanza) && self.faulty("approves-requests"),
        );
        let item = self.rosters.entry(user.clone()).or_default().entry(from.to_owned());
        let item = item.or_default();
        let (before, old) = (item.shown(), item.clone());
        let mut delivered = item.inbound(request, &stanza);
        if lists {
            item.list();
        }
        if approves {
            item.outbound(Request::Subscribed);
        }
        if self.faulty_of("keeps-contact-state-on-", request, &stanza) {
            self.restore(&user, from, old);
        }
        let changed = self.shown(&user, from) != before;
        delivered |= self.faulty_of("delivers-any-", request, &stanza);
        if delivered {
            for id in self.reached(&user, asks) {
                self.deliver(id, stanza.clone());
            }
        }
        if changed {
            self.push(&user, from, false);
        }
        // A subscriber's request is answered with `subscribed`, and unsubscribing with
        // `unsubscribed`; the user waits for neither then, so its server keeps them (A.3.3, A.3.4).
        let answer = match request {
            Request::Subscribe if approves => Some("subscribed"),
            Request::Subscribe if self.varies("acknowledges-subscribe") => Some("unavailable"),
            _ => None,
        };
        let Some((answer, to)) = answer.zip(self.local(from).map(str::to_owned)) else { return };
        let item = self.rosters.get_mut(&to).and_then(|of| of.get_mut(contact));
        if let Some(item) = item.filter(|_| approves) {
            item.inbound(Request::Subscribed, b"");
        }
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
            ids.retain(|id| presence(id).is_some_and(|of| priority(of).unwrap_or(0) >= 0));
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

fn has_id(stanza: &[u8]) -> bool {
    stanza.windows(5).any(|window| window == b" id='")
}

/// A stanza as it is sent on by a server that adds nothing.
fn rewritten(element: &Element<'_>, from: &str, to: &str) -> Vec<u8> {
    Rewriting { from, to, ..Rewriting::default() }.of(element)
}
