//! Rosters and the states of subscriptions (RFC 6121, section 2 and appendix A).

use std::collections::{BTreeMap, BTreeSet};

use wirecheck_codecs::xmpp::{Element, Stanza, XmlWriter};

use super::server::{LinkId, Server};

/// The namespace of rosters.
pub(super) const ROSTER: &str = "jabber:iq:roster";

/// What an account knows of its contacts, by their bare JIDs.
pub(super) type Roster = BTreeMap<String, Item>;

/// When the items of a roster changed last (2.6).
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    latest: u64,
    items: BTreeMap<String, u64>,
}

/// The presence stanzas that manage subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Subscribe,
    Unsubscribe,
    Subscribed,
    Unsubscribed,
}

impl Request {
    const ALL: [Self; 4] =
        [Self::Subscribe, Self::Unsubscribe, Self::Subscribed, Self::Unsubscribed];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Unsubscribe => "unsubscribe",
            Self::Subscribed => "subscribed",
            Self::Unsubscribed => "unsubscribed",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|request| request.name() == name)
    }
}

/// One contact, from the user's side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Item {
    name: Option<String>,
    groups: Vec<String>,
    /// The user sees it; an inbound request alone is no item of the roster (A.1).
    listed: bool,
    /// The user gets the contact's presence.
    pub(super) to: bool,
    /// The contact gets the user's presence.
    pub(super) from: bool,
    pending_out: bool,
    /// The contact's request, as it is delivered.
    pub(super) pending_in: Option<Vec<u8>>,
}

impl Item {
    /// The user sends a request: whether it is routed (A.2).
    pub(super) fn outbound(&mut self, request: Request) -> bool {
        match request {
            Request::Subscribe => {
                self.pending_out |= !self.to;
                self.listed = true;
                true
            }
            Request::Unsubscribe => {
                (self.to, self.pending_out) = (false, false);
                true
            }
            Request::Subscribed => {
                let asked = self.pending_in.take().is_some();
                self.from |= asked;
                self.listed |= asked;
                asked
            }
            Request::Unsubscribed => self.lose_contact(),
        }
    }

    /// The contact's request arrives: whether it is delivered (A.3).
    pub(super) fn inbound(&mut self, request: Request, stanza: &[u8]) -> bool {
        match request {
            Request::Subscribe => {
                let is_new = !self.from && self.pending_in.is_none();
                if is_new {
                    self.pending_in = Some(stanza.to_vec());
                }
                is_new
            }
            Request::Unsubscribe => self.lose_contact(),
            Request::Subscribed => {
                let asked = std::mem::take(&mut self.pending_out);
                self.to |= asked;
                asked
            }
            Request::Unsubscribed => {
                let asked = std::mem::take(&mut self.pending_out);
                std::mem::take(&mut self.to) || asked
            }
        }
    }

    /// Puts the item where the user sees it.
    pub(super) fn list(&mut self) {
        self.listed = true;
    }

    pub(super) fn forget_name(&mut self) {
        self.name = None;
    }

    fn lose_contact(&mut self) -> bool {
        let asked = self.pending_in.take().is_some();
        std::mem::take(&mut self.from) || asked
    }

    /// What a push shows.
    pub(super) fn shown(&self) -> (bool, bool, bool, bool) {
        (self.listed, self.to, self.from, self.pending_out)
    }

    fn subscription(&self) -> &'static str {
        match (self.to, self.from) {
            (false, false) => "none",
            (true, false) => "to",
            (false, true) => "from",
            (true, true) => "both",
        }
    }

    fn write(&self, xml: XmlWriter, jid: &str, wrong: bool) -> XmlWriter {
        let subscription = if wrong { "to" } else { self.subscription() };
        let mut xml = xml.start("item").attribute("jid", jid);
        xml = xml.attribute("subscription", subscription);
        if self.pending_out && !wrong {
            xml = xml.attribute("ask", "subscribe");
        }
        if let Some(name) = &self.name {
            xml = xml.attribute("name", name);
        }
        for group in &self.groups {
            xml = xml.start("group").text(group).end();
        }
        xml.end()
    }
}

fn query(xml: XmlWriter) -> XmlWriter {
    xml.start("query").attribute("xmlns", ROSTER)
}

impl Server {
    /// Answers a request for the roster of a user or a change of it.
    pub(super) fn roster_of(&mut self, id: LinkId, stanza: &Stanza<'_>, user: &str) {
        let element = &stanza.element;
        let Some(asked) = element.child(ROSTER, "query") else { return };
        let user = user.to_owned();
        let result = XmlWriter::new().start("iq").attribute("type", "result");
        let result = result.attribute("id", stanza.id().unwrap_or_default());
        if stanza.kind_type() == Some("get") {
            if self.faulty("roster-without-query") {
                self.deliver(id, result.end().finish());
                return;
            }
            if let Some(link) = self.links.get_mut(&id) {
                link.interested = true;
            }
            let known = asked.attribute("ver");
            if known.is_some() && self.faulty("refuses-versions") {
                self.fail_stanza(id, element, "modify", "bad-request");
                return;
            }
            if let Some(since) = known.and_then(|known| self.since(&user, known)) {
                self.deliver(id, result.end().finish());
                self.catch_up(id, &user, since);
                return;
            }
            let version = match known.filter(|_| self.faulty("versions-of-clients")) {
                Some(known) => known.to_owned(),
                None => self.version(&user),
            };
            let mut xml = query(result).attribute("ver", &version);
            let nameless = self.faulty("items-without-jid");
            let roster = self.rosters.get(&user);
            for (jid, item) in roster.into_iter().flatten().filter(|(_, item)| item.listed) {
                xml = match nameless {
                    true => xml.start("item").attribute("subscription", "none").end(),
                    false => item.write(xml, jid, false),
                };
            }
            self.deliver(id, xml.end().end().finish());
            return;
        }
        let items: Vec<_> = asked.elements().filter(|child| child.is(ROSTER, "item")).collect();
        let first =
            items.first().filter(|_| items.len() == 1 || self.faulty("takes-several-roster-items"));
        let jid = first.and_then(|item| item.attribute("jid")).map(str::to_owned);
        let (Some(item), Some(jid)) = (first, jid) else {
            if self.faulty("silent-on-bad-roster-sets") {
                return;
            }
            self.fail_stanza(id, element, "modify", "bad-request");
            return;
        };
        if let Err(condition) = self.acceptable(item) {
            self.fail_stanza(id, element, "modify", condition);
            return;
        }
        let removes = item.attribute("subscription") == Some("remove");
        if removes && !self.remove_item(id, &user, &jid) {
            if self.faulty("removes-what-is-not-there") {
                self.deliver(id, result.end().finish());
            } else {
                self.fail_stanza(id, element, "cancel", "item-not-found");
            }
            return;
        }
        if !removes {
            self.change_item(id, &user, &jid, item);
        }
        if !self.faulty("no-roster-result") {
            self.deliver(id, result.end().finish());
        }
    }

    /// Whether the groups of an item are as they may be, else the condition (2.3.3).
    fn acceptable(&self, item: &Element<'_>) -> Result<(), &'static str> {
        let groups = item.elements().filter(|child| child.is(ROSTER, "group"));
        let mut seen = BTreeSet::new();
        for group in groups {
            let text = group.text();
            if text.is_empty() && !self.faulty("takes-empty-groups") {
                return Err("not-acceptable");
            }
            if !seen.insert(text) && !self.faulty("takes-duplicate-groups") {
                return Err("bad-request");
            }
        }
        Ok(())
    }

    fn change_item(&mut self, id: LinkId, user: &str, jid: &str, item: &Element<'_>) {
        let groups = item.elements().filter(|child| child.is(ROSTER, "group"));
        let groups: Vec<_> = groups.map(|group| group.text()).collect();
        let (merges, believes) =
            (self.faulty("merges-groups"), self.faulty("believes-subscription-in-sets"));
        let (forgets, alone) =
            (self.faulty("forgets-names"), self.faulty("pushes-to-one-resource"));
        let silent = self.faulty("no-roster-pushes");
        let takes_back = self.faulty("set-forgets-requests");
        let known = self.rosters.entry(user.to_owned()).or_default().entry(jid.to_owned());
        let known = known.or_default();
        known.name = item.attribute("name").map(str::to_owned);
        match merges {
            true => known.groups.extend(groups),
            false => known.groups = groups,
        }
        if believes && item.attribute("subscription") == Some("both") {
            (known.to, known.from) = (true, true);
        }
        known.listed = true;
        if takes_back {
            known.pending_out = false;
        }
        if forgets {
            known.name = None;
        }
        match alone {
            // Whoever made the change knows it; the others do not get to.
            true => {
                let shown = known.clone();
                self.changed(user, jid);
                self.push_to(&[id], user, |xml| shown.write(xml, jid, false));
            }
            false if silent => {}
            false => self.push(user, jid, false),
        }
    }

    /// Takes an item out, and ends the subscriptions first (2.5.2); false if there is none.
    fn remove_item(&mut self, id: LinkId, user: &str, jid: &str) -> bool {
        let known = self.rosters.get(user).and_then(|roster| roster.get(jid));
        let Some(known) = known.filter(|known| known.listed).cloned() else { return false };
        let Some(bare) = self.links.get(&id).map(|link| format!("{user}@{}", link.host)) else {
            return false;
        };
        if let Some(item) = self.rosters.get_mut(user).and_then(|roster| roster.get_mut(jid)) {
            // Its states are not shown any more while they change.
            item.listed = false;
        }
        let keeps = self.faulty("removal-keeps-subscriptions");
        let ends_to = ((known.to || known.pending_out) && !keeps).then_some(Request::Unsubscribe);
        let ends_from =
            ((known.from || known.pending_in.is_some()) && !keeps).then_some(Request::Unsubscribed);
        for request in ends_to.into_iter().chain(ends_from) {
            let stanza = XmlWriter::new().start("presence").attribute("from", &bare);
            let stanza = stanza.attribute("to", jid).attribute("type", request.name());
            self.request(user, &bare, jid, request, stanza.end().finish());
        }
        if let Some(roster) = self.rosters.get_mut(user) {
            roster.remove(jid);
        }
        let removed = |xml: XmlWriter| {
            let xml = xml.start("item").attribute("jid", jid);
            xml.attribute("subscription", "remove").end()
        };
        if !self.faulty("no-push-on-removal") {
            self.push_item(user, jid, removed);
        }
        true
    }

    /// Tells the interested resources of a user what is known of a contact now (2.1.6).
    pub(super) fn push(&mut self, user: &str, jid: &str, wrong: bool) {
        let item = self.rosters.get(user).and_then(|roster| roster.get(jid)).cloned();
        if let Some(item) = item.filter(|item| item.listed) {
            self.push_item(user, jid, |xml| item.write(xml, jid, wrong));
        }
    }

    /// An item has another state, and the roster another version.
    fn changed(&mut self, user: &str, jid: &str) {
        let changes = self.changes.entry(user.to_owned()).or_default();
        changes.latest += 1;
        changes.items.insert(jid.to_owned(), changes.latest);
    }

    /// The name of the version of a roster.
    fn version(&self, user: &str) -> String {
        let latest = self.changes.get(user).map_or(0, |changes| changes.latest);
        if self.faulty("repeats-versions") { "v".to_owned() } else { format!("v{latest}") }
    }

    /// The version that a client knows, if it is one of ours and changes can be told (2.6.3).
    fn since(&self, user: &str, known: &str) -> Option<u64> {
        let latest = self.changes.get(user).map_or(0, |changes| changes.latest);
        let known = known.strip_prefix('v')?.parse().ok()?;
        (known <= latest).then_some(known)
    }

    /// Pushes what has changed since a version, in order.
    fn catch_up(&mut self, id: LinkId, user: &str, since: u64) {
        let Some(changes) = self.changes.get(user).cloned() else { return };
        if self.faulty("no-interim-pushes") {
            return;
        }
        let mut later: Vec<_> = changes.items.iter().filter(|(_, at)| **at > since).collect();
        later.sort_by_key(|(_, at)| **at);
        for (jid, at) in later {
            let item = self.rosters.get(user).and_then(|roster| roster.get(jid));
            let item = item.filter(|item| item.listed).cloned();
            let mut xml = XmlWriter::new().start("iq").attribute("type", "set");
            xml = query(xml.attribute("id", &self.fresh())).attribute("ver", &format!("v{at}"));
            xml = match item {
                Some(item) => item.write(xml, jid, false),
                None => xml
                    .start("item")
                    .attribute("jid", jid)
                    .attribute("subscription", "remove")
                    .end(),
            };
            self.deliver(id, xml.end().end().finish());
        }
    }

    fn push_item(&mut self, user: &str, jid: &str, item: impl Fn(XmlWriter) -> XmlWriter) {
        self.changed(user, jid);
        let links = self.links.iter().filter(|(_, link)| link.user.as_deref() == Some(user));
        let links = links.filter(|(_, link)| link.interested);
        let ids: Vec<_> = links.map(|(id, _)| *id).collect();
        self.push_to(&ids, user, item);
    }

    fn push_to(&mut self, ids: &[LinkId], user: &str, item: impl Fn(XmlWriter) -> XmlWriter) {
        let version = self.version(user);
        let versioned = !self.faulty("pushes-without-version");
        let query = |xml: XmlWriter| match versioned {
            true => query(xml).attribute("ver", &version),
            false => query(xml),
        };
        for id in ids {
            let name = self.fresh();
            let mut xml = XmlWriter::new().start("iq");
            if !self.faulty("pushes-without-type") {
                xml = xml.attribute("type", "set");
            }
            if self.faulty("pushes-from-elsewhere") {
                xml = xml.attribute("from", "somebody@localhost");
            }
            if !self.faulty("pushes-without-id") {
                xml = xml.attribute("id", &name);
            }
            if self.faulty("pushes-two-queries") {
                xml = item(query(xml)).end();
            }
            let xml = item(query(xml));
            let xml = match self.faulty("pushes-two-items") {
                true => item(xml),
                false => xml,
            };
            self.deliver(*id, xml.end().end().finish());
        }
    }
}
