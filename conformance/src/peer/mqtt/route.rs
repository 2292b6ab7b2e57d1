//! From a message to the Sessions that want it (3.3.4, 4.8).

use std::collections::BTreeMap;
use std::sync::Arc;

use wirecheck_codecs::mqtt::QoS;

use super::owned::Application;
use super::session::{Held, Outgoing};
use super::state::{State, limits};

/// Members of a share that matched, by ShareName and Topic Filter.
type Groups = BTreeMap<(String, String), Vec<(String, Held)>>;

impl State {
    /// Passes a message on; returns how many Subscriptions matched.
    pub(super) fn route(&mut self, message: &Arc<Application>) -> usize {
        let (plain, groups) = self.matched(message);
        let count = plain.iter().map(|(_, held)| held.len()).sum::<usize>() + groups.len();
        for (client, held) in self.fewer(message, plain, &groups) {
            for outgoing in self.copies(message, &held) {
                self.enqueue(&client, outgoing);
            }
        }
        for (share, members) in groups {
            self.share_out(message, share, members);
        }
        count
    }

    /// Leaves out Clients, by faults.
    fn fewer(
        &self,
        message: &Application,
        mut plain: Vec<(String, Vec<Held>)>,
        groups: &Groups,
    ) -> Vec<(String, Vec<Held>)> {
        if self.faulty("never-delivers-to-publisher") {
            plain.retain(|(client, _)| *client != message.publisher);
        }
        if self.faulty("delivers-to-first-subscriber-only") {
            plain.truncate(1);
        }
        if self.faulty("shared-replaces-plain") {
            plain.retain(|(client, _)| groups.values().flatten().all(|member| member.0 != *client));
        }
        plain
    }

    /// How many Subscriptions match.
    pub(super) fn matching(&self, message: &Application) -> usize {
        let (plain, groups) = self.matched(message);
        plain.iter().map(|(_, held)| held.len()).sum::<usize>() + groups.len()
    }

    fn matched(&self, message: &Application) -> (Vec<(String, Vec<Held>)>, Groups) {
        let mut groups = Groups::new();
        let mut plain = Vec::new();
        if message.private {
            return (plain, groups);
        }
        for (client, session) in &self.sessions {
            let mut mine = Vec::new();
            for (filter, held) in &session.subscriptions {
                let bare = held.share.as_ref().map_or(filter.as_str(), |(_, filter)| filter);
                let blind =
                    self.faulty("grants-wildcards-without-matching") && bare.contains(['#', '+']);
                if blind || !self.matches(bare, &message.topic) {
                    continue;
                }
                // MQTT5-3.8.3-3
                let local = held.no_local && message.publisher == *client;
                if local && !self.faulty("ignores-no-local") {
                    continue;
                }
                match &held.share {
                    None => mine.push(held.clone()),
                    Some(_) if self.faulty("shared-to-all-members") => mine.push(held.clone()),
                    Some((name, filter)) => {
                        let one = self.faulty("shared-ignores-share-name");
                        let name = if one { "" } else { name.as_str() };
                        let key = (name.to_owned(), filter.clone());
                        groups.entry(key).or_default().push((client.clone(), held.clone()));
                    }
                }
            }
            if !mine.is_empty() {
                plain.push((client.clone(), mine));
            }
        }
        (plain, groups)
    }

    /// One merged copy, or one for each Subscription (3.3.4).
    fn copies(&self, message: &Arc<Application>, held: &[Held]) -> Vec<Outgoing> {
        let same = self.faulty("sends-first-subscription-identifier");
        if same || self.varies("copy-per-subscription") {
            let first = held.first().and_then(|one| one.identifier);
            let one = |one: &Held| {
                let mut one = one.clone();
                one.identifier = if same { first } else { one.identifier };
                self.copy(message, std::slice::from_ref(&one))
            };
            return held.iter().map(one).collect();
        }
        let copies = held.iter().map(|held| held.copies).max().unwrap_or(1);
        vec![self.copy(message, held); copies]
    }

    fn copy(&self, message: &Arc<Application>, held: &[Held]) -> Outgoing {
        // MQTT5-3.3.4-2, MQTT311-3.3.5-1
        let granted = if self.faulty("overlap-takes-lowest-qos") {
            held.iter().map(|held| held.qos).min()
        } else {
            held.iter().map(|held| held.qos).max()
        };
        let qos = self.delivered_qos(message.qos, granted.unwrap_or(QoS::AtMostOnce));
        // MQTT5-3.3.1-12, MQTT5-3.3.1-13, MQTT311-3.3.1-9
        let as_published = held.iter().any(|held| held.retain_as_published)
            && !self.faulty("ignores-retain-as-published")
            || self.faulty("keeps-retain-flag");
        // MQTT5-3.3.4-3, MQTT5-3.3.4-4
        let mut identifiers: Vec<u32> = held.iter().filter_map(|held| held.identifier).collect();
        if self.faulty("loses-subscription-identifier") {
            identifiers.clear();
        }
        if self.faulty("merges-to-one-subscription-identifier") {
            identifiers.truncate(1);
        }
        Outgoing {
            message: Arc::clone(message),
            qos,
            retain: message.retain && as_published,
            identifiers,
            share: held.iter().find_map(|held| held.share.clone()),
        }
    }

    /// MQTT5-3.8.4-8, MQTT311-3.8.4-6
    pub(super) fn delivered_qos(&self, published: QoS, granted: QoS) -> QoS {
        if self.faulty("delivers-above-granted-qos") {
            published
        } else if self.faulty("delivers-at-qos-0") {
            QoS::AtMostOnce
        } else {
            published.min(granted)
        }
    }

    /// One member of the share gets the message: the next in turn that is connected, or the next
    /// in turn if none is.
    fn share_out(
        &mut self,
        message: &Arc<Application>,
        share: (String, String),
        members: Vec<(String, Held)>,
    ) {
        if self.turns.len() > limits::SHARES {
            self.turns.clear();
        }
        let turn = self.turns.entry(share).or_insert(0);
        *turn = turn.wrapping_add(1);
        let turn = *turn;
        if turn.is_multiple_of(5) && self.faulty("shared-loses-a-message") {
            return;
        }
        let online: Vec<&(String, Held)> = (members.iter())
            .filter(|(client, _)| {
                self.sessions.get(client).is_some_and(|session| session.link.is_some())
            })
            .collect();
        let chosen = match online.len() {
            0 => members.get(turn % members.len().max(1)),
            count => online.get(turn % count).copied(),
        };
        let Some((client, held)) = chosen else { return };
        let mut outgoing = self.copy(message, std::slice::from_ref(held));
        // MQTT5-4.8.2-3
        if self.faulty("shared-ignores-granted-qos") {
            outgoing.qos = message.qos;
        }
        let client = client.clone();
        self.enqueue(&client, outgoing);
    }

    /// Gives a message of a share to another member than `not`; only faults do.
    pub(super) fn offer(&mut self, share: (String, String), message: &Arc<Application>, not: &str) {
        let (_, mut groups) = self.matched(message);
        let Some(mut members) = groups.remove(&share) else { return };
        members.retain(|(client, _)| client != not);
        self.share_out(message, share, members);
    }
}
