//! Retained messages (3.3.1.3): stored, replaced, deleted, and brought by Subscriptions.

use std::sync::Arc;

use wirecheck_codecs::mqtt::{QoS, Subscription, Version};

use super::owned::{Application, Extras};
use super::session::{Held, Outgoing};
use super::state::{State, limits};

impl State {
    /// MQTT5-3.3.1-5 to -8, MQTT311-3.3.1-5, -7, -10 to -12
    pub(super) fn retain(&mut self, message: &Application) {
        let empty = message.payload.is_empty();
        if !message.retain {
            if !empty && self.faulty("stores-without-retain") {
                self.store(message.clone());
            }
            if empty && self.faulty("clears-without-retain") {
                self.discard(&message.topic);
            }
            return;
        }
        if empty {
            if self.faulty("stores-empty-retained") {
                self.store(message.clone());
            } else if !self.faulty("empty-payload-keeps-retained") {
                self.discard(&message.topic);
            }
            return;
        }
        let exists = self.retained.contains_key(&message.topic);
        let skipped = self.faulty("loses-retained")
            || exists && self.faulty("keeps-first-retained")
            || exists
                && message.qos == QoS::AtMostOnce
                && self.faulty("retained-qos-0-does-not-replace");
        if skipped {
            return;
        }
        if message.qos == QoS::AtMostOnce && self.varies("drops-retained-qos-0") {
            self.discard(&message.topic);
            return;
        }
        self.store(message.clone());
    }

    fn store(&mut self, mut message: Application) {
        if self.faulty("retained-loses-properties") {
            message.extras = Extras::default();
        }
        if self.faulty("retained-loses-qos") {
            message.qos = QoS::AtMostOnce;
        }
        self.discard(&message.topic);
        let bytes = self.retained_bytes + message.payload.len();
        if self.retained.len() >= limits::RETAINED || bytes > limits::RETAINED_BYTES {
            return;
        }
        self.retained_bytes = bytes;
        self.retained.insert(message.topic.clone(), message);
    }

    fn discard(&mut self, topic: &str) {
        if let Some(old) = self.retained.remove(topic) {
            self.retained_bytes = self.retained_bytes.saturating_sub(old.payload.len());
        }
    }

    /// The retained message about the broker itself.
    pub(super) fn store_version(&mut self) {
        self.store(Application {
            topic: "$SYS/broker/version".to_owned(),
            payload: concat!("wirecheck ", env!("CARGO_PKG_VERSION")).as_bytes().into(),
            qos: QoS::AtMostOnce,
            retain: true,
            dup: false,
            private: false,
            extras: Extras::default(),
            publisher: String::new(),
        });
    }

    /// MQTT5-3.3.1-9 to -11, MQTT5-3.8.4-4, MQTT311-3.3.1-6, MQTT311-3.8.4-3
    pub(super) fn brings_retained(
        &self,
        wanted: &Subscription<'_>,
        version: Version,
        exists: bool,
    ) -> bool {
        if exists && wanted.retain_handling == 0 && self.faulty("no-retained-on-resubscribing") {
            return false;
        }
        match wanted.retain_handling {
            0 => !(version == Version::V5 && self.faulty("retain-handling-0-as-2")),
            1 if self.faulty("retain-handling-1-as-0") => true,
            1 if self.faulty("retain-handling-1-as-2") => false,
            1 => !exists,
            _ => self.faulty("retain-handling-2-as-0"),
        }
    }

    /// The messages that a Subscription to `filter` brings.
    pub(super) fn retained_for(&self, filter: &str, held: &Held) -> Vec<Outgoing> {
        let identifier = held.identifier.filter(|_| !self.faulty("loses-subscription-identifier"));
        let fresh = |expired: bool| !expired || self.faulty("ignores-message-expiry");
        (self.retained.values())
            .filter(|message| self.matches(filter, &message.topic))
            .filter(|message| fresh(message.extras.expired(self.now)))
            .map(|message| Outgoing {
                message: Arc::new(message.clone()),
                qos: self.delivered_qos(message.qos, held.qos),
                // MQTT311-3.3.1-8
                retain: !self.faulty("retained-without-flag"),
                identifiers: identifier.into_iter().collect(),
                share: None,
            })
            .collect()
    }
}
