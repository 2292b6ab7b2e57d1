//! Where messages, IQs and directed presence go: by their address, their kind, and the presence of
//! who they are for (RFC 6121, 8.5).

use wirecheck_codecs::xmpp::Element;

use super::presence::priority;
use super::server::{LinkId, LinkState, Server, Stage};
use super::stanza::Rewriting;

/// An address taken apart: `local@host/resource`, parts that are missing empty.
pub(super) type Parts<'j> = (&'j str, &'j str, &'j str);

/// Takes an address apart.
pub(super) fn parts(jid: &str) -> Parts<'_> {
    let (bare, resource) = jid.split_once('/').unwrap_or((jid, ""));
    let (local, host) = bare.split_once('@').unwrap_or(("", bare));
    (local, host, resource)
}

impl Server {
    /// Whether the address is one of our users.
    pub(super) fn knows(&self, (local, host, _): Parts<'_>) -> bool {
        self.is_own(host) && self.options.accounts.contains_key(local)
    }

    /// A message of a client.
    pub(super) fn message(&mut self, id: LinkId, element: &Element<'_>, from: &str) {
        let own = from.split('/').next().unwrap_or_default();
        let to = match element.attribute("to") {
            None | Some("") if self.faulty("drops-messages-without-to") => return,
            // Without an address it is for the sender's own account (RFC 6120, 10.3.1).
            None | Some("") => own,
            Some(to) => to,
        };
        if self.faulty("loses-messages") {
            return;
        }
        let address = parts(to);
        let kind = element.attribute("type").unwrap_or("normal");
        if !self.knows(address) {
            let other = self.faulty("unknown-user-other-condition");
            let condition = if other { "item-not-found" } else { "service-unavailable" };
            self.undeliverable(id, element, kind, condition);
        } else if address.2.is_empty() {
            self.message_to_account(id, element, from, to);
        } else if !self.reach_resource(id, element, from, to) {
            match kind {
                "chat" if self.faulty("loses-chat-without-match") => {}
                "chat" => self.message_to_account(id, element, from, to),
                _ if self.faulty("delivers-without-match") => {
                    let takers = self.takers(address.0, 0);
                    self.hand_out(id, element, (from, to), takers);
                }
                _ => self.undeliverable(id, element, kind, "service-unavailable"),
            }
        }
    }

    /// Says that a message cannot be delivered, unless it is an error itself.
    fn undeliverable(&mut self, id: LinkId, element: &Element<'_>, kind: &str, condition: &str) {
        let answered = kind != "error" || self.faulty("answers-errors");
        if answered && !self.varies("ignores-undeliverable") {
            self.fail_stanza(id, element, "cancel", condition);
        }
    }

    /// A message to an account as a whole (8.5.2).
    fn message_to_account(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str) {
        let (local, ..) = parts(to);
        let kind = element.attribute("type").unwrap_or("normal");
        if self.faulty("delivers-to-negative-priority") {
            let mut negative = self.takers(local, i8::MIN);
            negative.retain(|(_, priority)| *priority < 0);
            self.hand_out(id, element, (from, to), negative);
        }
        let mut takers = self.takers(local, 0);
        match kind {
            "error" => {
                if self.faulty("answers-errors") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
                return;
            }
            "groupchat" if !self.faulty("delivers-groupchat-to-accounts") => {
                if !self.faulty("ignores-groupchat-to-accounts") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
                return;
            }
            "headline" if takers.is_empty() => {
                if self.faulty("answers-headlines") {
                    self.fail_stanza(id, element, "cancel", "service-unavailable");
                }
                return;
            }
            "headline" if self.faulty("headline-to-one-resource") => takers.truncate(1),
            "headline" if !self.faulty("headline-to-the-highest") => {}
            _ if takers.is_empty() && kind != "headline" => {
                self.nobody_takes(id, element, from, to);
                return;
            }
            _ if self.varies("delivers-to-all") => {}
            _ => {
                let most = takers.iter().map(|(_, priority)| *priority).max();
                takers.retain(|(_, priority)| Some(*priority) == most);
            }
        }
        if self.faulty("loses-messages-to-accounts") {
            return;
        }
        self.hand_out(id, element, (from, to), takers);
    }

    /// Delivers a message to these resources.
    fn hand_out(
        &mut self,
        id: LinkId,
        element: &Element<'_>,
        (from, to): (&str, &str),
        takers: Vec<(LinkId, i8)>,
    ) {
        for (taker, _) in takers {
            let full = self.links.get(&taker).and_then(LinkState::jid);
            let renames = self.faulty("rewrites-to-of-messages");
            let shown = full.filter(|_| renames).unwrap_or_else(|| to.to_owned());
            let bytes = self.passed_on(id, element, from, &shown);
            let waits = self.faulty("messages-to-accounts-wait");
            match self.links.get_mut(&taker).filter(|_| waits) {
                Some(link) => link.later.push(bytes),
                None => self.deliver(taker, bytes),
            }
        }
    }

    /// A message for an account that has no resource for it: an error, or it is kept.
    fn nobody_takes(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str) {
        let negative = self
            .links
            .values()
            .any(|link| link.user.as_deref() == Some(parts(to).0) && link.is_available());
        if self.faulty("loses-offline-messages")
            || negative && self.faulty("loses-chat-of-negative-priority")
        {
            return;
        }
        if !self.varies("stores-offline") {
            self.fail_stanza(id, element, "cancel", "service-unavailable");
            return;
        }
        let bytes = self.passed_on(id, element, from, to);
        let (local, ..) = parts(to);
        self.stored_offline.entry(local.to_owned()).or_default().push(bytes);
    }

    /// The available resources of a user with at least this priority.
    fn takers(&self, user: &str, least: i8) -> Vec<(LinkId, i8)> {
        let links = self.links.iter();
        let links = links.filter(|(_, link)| link.user.as_deref() == Some(user));
        let links = links.filter(|(_, link)| link.is_available());
        let unnamed = if self.faulty("no-priority-is-negative") { -1 } else { 0 };
        let of = |link: &LinkState| Some(priority(link.presence.as_ref()?).unwrap_or(unnamed));
        let with = links.filter_map(|(id, link)| Some((*id, of(link)?)));
        with.filter(|(_, priority)| *priority >= least).collect()
    }

    /// Delivers to the resource that has this full JID; false if there is none.
    pub(super) fn reach_resource(
        &mut self,
        id: LinkId,
        element: &Element<'_>,
        from: &str,
        to: &str,
    ) -> bool {
        let (local, host, resource) = parts(to);
        if !self.is_own(host) {
            return false;
        }
        let bytes = self.passed_on(id, element, from, to);
        let fits = |link: &LinkState| {
            link.user.as_deref() == Some(local)
                && link.stage == Stage::Bound
                && link.resource.as_deref() == Some(resource)
                && !link.closing
        };
        let found = self.links.iter().find(|(_, link)| fits(link)).map(|(id, _)| *id);
        if let Some(found) = found {
            self.deliver(found, bytes);
            let later = self.links.get_mut(&found).map(|link| std::mem::take(&mut link.later));
            for bytes in later.unwrap_or_default() {
                self.deliver(found, bytes);
            }
            return true;
        }
        let mut sessions = self.detached.values_mut();
        let fits =
            sessions.find(|it| it.user == local && it.host == host && it.resource == resource);
        fits.map(|session| session.keep(&bytes)).is_some()
    }

    /// Whether who has the full JID lets the sender know that it is there (8.5.3.1).
    pub(super) fn shares_presence(&self, (local, host, resource): Parts<'_>, from: &str) -> bool {
        let (bare, _) = from.split_once('/').unwrap_or((from, ""));
        let item = self.rosters.get(local).and_then(|roster| roster.get(bare));
        let mut links = self.links.values().filter(|link| link.user.as_deref() == Some(local));
        let told = |link: &LinkState| {
            link.resource.as_deref() == Some(resource)
                && (link.directed.contains(bare) || link.directed.contains(from))
        };
        bare == format!("{local}@{host}")
            || item.is_some_and(|item| item.from)
            || links.any(told)
            || self.faulty("delivers-iqs-of-strangers")
    }

    /// Presence to somebody in particular (8.5.2.1.2, 8.5.3; 4.6.3).
    pub(super) fn directed(&mut self, id: LinkId, element: &Element<'_>, from: &str, to: &str) {
        let gone = element.attribute("type") == Some("unavailable");
        let keeps = self.faulty("keeps-directed-list");
        if let Some(link) = self.links.get_mut(&id) {
            if gone && !keeps {
                link.directed.remove(to);
            } else {
                link.directed.insert(to.to_owned());
            }
        }
        let address = parts(to);
        if !self.knows(address) {
            if self.faulty("answers-presence-to-nobody") {
                self.fail_stanza(id, element, "cancel", "service-unavailable");
            }
            return;
        }
        if self.faulty("loses-directed-presence") {
            return;
        }
        if !address.2.is_empty() {
            let reached = self.reach_resource(id, element, from, to);
            if !reached && self.faulty("answers-presence-without-match") {
                self.fail_stanza(id, element, "cancel", "service-unavailable");
            }
            return;
        }
        let mut takers = self.takers(address.0, i8::MIN);
        if takers.is_empty() && self.faulty("stores-presence") {
            let bytes = self.passed_on(id, element, from, to);
            self.stored_offline.entry(address.0.to_owned()).or_default().push(bytes);
        }
        if self.faulty("directed-presence-to-one-resource") {
            takers.truncate(1);
        }
        for (taker, _) in takers {
            let full = self.links.get(&taker).and_then(LinkState::jid);
            let renames = self.faulty("rewrites-to-of-presence");
            let shown = full.filter(|_| renames).unwrap_or_else(|| to.to_owned());
            let bytes = self.passed_on(id, element, from, &shown);
            self.deliver(taker, bytes);
        }
    }

    /// A stanza of a client as others get it.
    pub(super) fn passed_on(
        &self,
        id: LinkId,
        element: &Element<'_>,
        from: &str,
        to: &str,
    ) -> Vec<u8> {
        let claimed = element.attribute("from").filter(|_| self.faulty("keeps-any-from"));
        let lang = self.links.get(&id).and_then(|link| link.lang.clone());
        let rewriting = Rewriting {
            from: match self.faulty("stanzas-without-from") {
                true => "",
                false => claimed.unwrap_or(from),
            },
            to,
            lang: lang.filter(|_| !self.faulty("no-default-lang")),
            strips_lang: self.faulty("strips-lang"),
            drops_content: self.faulty("drops-unknown-content"),
            only_ascii: self.faulty("latin-alphabet-only"),
            drops_marks: self.faulty("drops-zero-width-no-break-space"),
        };
        rewriting.of(element)
    }
}
