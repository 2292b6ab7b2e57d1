//! The end of connections and Sessions, and the Will (3.1.2.5, 3.14, 4.1).

use std::collections::VecDeque;

use tokio::time::Duration;
use wirecheck_codecs::mqtt::{Disconnect, Property, QoS};

use super::owned::Will;
use super::session::{InFlight, Outgoing};
use super::state::{LinkId, Phase, State};

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// DISCONNECT, asking for the Will or not.
    Disconnected { with_will: bool },
    /// The network connection is gone.
    Lost,
    /// The broker closes because of an error.
    Error,
    /// No packet within one and a half times the Keep Alive.
    KeepAlive,
    /// Another connection with the same Client Identifier.
    TakenOver {
        /// It starts a new Session.
        clean: bool,
    },
}

impl State {
    pub(super) fn disconnect(&mut self, id: LinkId, packet: &Disconnect<'_>) {
        let expiry = packet.properties.iter().find_map(|property| match property {
            Property::SessionExpiryInterval(seconds) => Some(seconds),
            _ => None,
        });
        let Some(link) = self.links.get(&id) else { return };
        let client = link.client.clone();
        let ignores = self.faulty("ignores-expiry-in-disconnect");
        let raises = self.faulty("accepts-expiry-after-zero");
        if let Some(expiry) = expiry
            && let Some(session) = self.sessions.get_mut(&client)
        {
            // 3.14.2.2.2
            if session.expiry == 0 && expiry > 0 && !raises {
                self.fail(id, 0x82, "a Session Expiry Interval after one of 0 in CONNECT");
                return;
            }
            if !ignores {
                session.expiry = expiry;
            }
        }
        let with_will = packet.reason_code.0 != 0;
        self.leave(id, End::Disconnected { with_will });
        if !self.faulty("stays-open-after-disconnect") {
            self.shut(id);
        }
    }

    /// Takes the connection off its Session; publishes the Will or lets it wait.
    pub(super) fn leave(&mut self, id: LinkId, end: End) {
        let Some(link) = self.links.get(&id) else { return };
        if !matches!(link.phase, Phase::Connected) {
            return;
        }
        let client = link.client.clone();
        if self.faulty("keeps-aliases-over-connections") {
            self.old_aliases.insert(client.clone(), link.aliases_in.clone());
        }
        let Some(session) = self.sessions.get(&client) else { return };
        if session.link != Some(id) {
            return;
        }
        let keeps = self.faulty("keeps-session-without-expiry");
        let early = self.faulty("session-expires-early");
        let forever = self.faulty("session-never-expires");
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&client) else { return };
        session.link = None;
        if keeps && session.expiry == 0 {
            session.expiry = 60;
        }
        let mut expiry = session.expiry;
        if early && expiry > 1 {
            expiry = 1;
        }
        session.ends = match expiry {
            u32::MAX => None,
            _ if forever && expiry > 0 => None,
            seconds => Some(now + Duration::from_secs(seconds.into())),
        };
        let ended = expiry == 0;
        self.settle_will(&client, end, ended);
        if ended {
            self.end_session(&client);
        }
    }

    /// MQTT5-3.1.2-8, MQTT5-3.1.2-10, MQTT5-3.14.4-3, MQTT311-3.1.2-8, MQTT311-3.14.4-3
    fn settle_will(&mut self, client: &str, end: End, ended: bool) {
        let dropped = match end {
            End::Disconnected { with_will: false } => !self.faulty("will-after-disconnect"),
            End::Disconnected { with_will: true } => self.faulty("no-will-on-disconnect-0x04"),
            End::Lost => self.faulty("no-will-on-lost-connection"),
            End::Error => self.faulty("no-will-on-error"),
            End::KeepAlive => self.faulty("no-will-on-keep-alive"),
            End::TakenOver { .. } => self.faulty("keeps-will-after-takeover"),
        };
        let delay_ignored = self.faulty("will-delay-ignored");
        let now = self.now;
        let Some(session) = self.sessions.get_mut(client) else { return };
        if dropped {
            session.will = None;
        }
        let Some(will) = &session.will else { return };
        let delay = if delay_ignored { 0 } else { will.delay };
        match end {
            _ if delay == 0 => self.publish_will(client),
            // The new connection continues the Session within the delay: no Will.
            End::TakenOver { clean: false } if !ended => {
                session.will_due = Some(now + Duration::from_secs(delay.into()));
            }
            // `end_session` publishes it.
            _ if ended => {}
            _ => session.will_due = Some(now + Duration::from_secs(delay.into())),
        }
    }

    /// Publishes the Will of a Session and forgets it.
    pub(super) fn publish_will(&mut self, client: &str) {
        let twice = self.faulty("will-stays-in-session");
        let Some(session) = self.sessions.get_mut(client) else { return };
        session.will_due = None;
        let will = if twice { session.will.clone() } else { session.will.take() };
        if let Some(will) = will {
            self.send_will(will);
        }
    }

    fn send_will(&mut self, will: Will) {
        let mut message = will.message;
        if self.faulty("will-at-qos-0") {
            message.qos = QoS::AtMostOnce;
        }
        if self.faulty("will-never-retained") {
            message.retain = false;
        }
        if self.faulty("will-always-retained") {
            message.retain = true;
        }
        if self.faulty("will-without-payload") {
            message.payload = [].into();
        }
        if self.faulty("will-without-properties") {
            message.extras = Default::default();
        }
        if self.faulty("will-reorders-user-properties") {
            message.extras.user.reverse();
        }
        if let Some((seconds, at)) = &mut message.extras.expiry {
            // 3.1.3.2.4: the interval of the Will starts with its publication.
            *at = self.now + Duration::from_secs((*seconds).into());
        }
        if self.faulty("will-late") {
            self.stray_wills.push((self.now + Duration::from_secs(8), message));
            return;
        }
        self.accept(message);
    }

    /// Ends a Session: its Will is published at the latest now (MQTT5-3.1.2-8).
    pub(super) fn end_session(&mut self, client: &str) {
        let waits = self.faulty("will-waits-for-delay-only");
        let lost = self.faulty("will-ignores-session-expiry");
        let Some(session) = self.sessions.get_mut(client) else { return };
        let due = session.will_due.take();
        let will = session.will.take();
        let in_flight = std::mem::take(&mut session.in_flight);
        let queue = std::mem::take(&mut session.queue);
        self.sessions.remove(client);
        match (will, due) {
            (Some(will), Some(due)) if waits => self.stray_wills.push((due, will.message)),
            (Some(_), Some(_)) if lost => {}
            (Some(will), _) => self.send_will(will),
            (None, _) => {}
        }
        self.pass_on(client, in_flight, queue);
        if self.faulty("session-end-clears-retained") {
            self.retained.retain(|_, message| message.publisher != client);
        }
    }

    /// What a member of a share has not had goes to another member when its Session ends: all that
    /// was not sent, and of what was sent QoS 1 (4.8.2), but never QoS 2 (MQTT5-4.8.2-5).
    fn pass_on(&mut self, client: &str, in_flight: Vec<InFlight>, queue: VecDeque<Outgoing>) {
        let keeps_qos_1 = self.faulty("shared-loses-qos-1-with-session");
        let moves_qos_2 = self.faulty("shared-qos-2-moves-to-another");
        let sent = in_flight.into_iter().map(|entry| entry.outgoing).filter(|outgoing| {
            if outgoing.qos == QoS::ExactlyOnce { moves_qos_2 } else { !keeps_qos_1 }
        });
        for outgoing in sent.chain(queue) {
            if let Some(share) = &outgoing.share {
                self.offer(share.clone(), &outgoing.message, client);
            }
        }
    }
}
