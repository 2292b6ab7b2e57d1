//! The gateway without sockets, broker and clock: whoever drives it is all three. For properties.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::client::Phase;
use super::gateway::Gateway;
use super::upstream::{Connection, Told};
use crate::peer::Options;
use crate::peer::datagram::{EndpointId, Machine as _, Output};

/// What one step has led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Datagrams, and to whom.
    pub datagrams: Vec<(u64, Vec<u8>)>,
    /// What the broker is told on which connection: packets of MQTT 3.1.1 in their JSON form.
    pub told: Vec<(u64, Value)>,
}

/// A gateway that is driven by hand.
#[derive(Debug)]
pub struct Driven {
    gateway: Gateway,
    wishes: mpsc::UnboundedReceiver<Told>,
    /// Connections to the broker that are open.
    open: BTreeMap<Connection, ()>,
    now: Instant,
}

impl Driven {
    /// A gateway that nobody has spoken to.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (told, wishes) = mpsc::unbounded_channel();
        let gateway = Gateway::new(options, None, told);
        Self { gateway, wishes, open: BTreeMap::new(), now: Instant::now() }
    }

    /// A datagram of somebody.
    pub fn datagram(&mut self, from: EndpointId, bytes: &[u8]) -> Outcome {
        self.step(|gateway, now, out| gateway.datagram(now, from, bytes, out))
    }

    /// A packet of the broker, on an open connection.
    pub fn packet(&mut self, connection: u64, form: &Value) -> Outcome {
        self.step(|gateway, now, out| gateway.packet(now, connection, form, out))
    }

    /// The broker ends a connection.
    pub fn cut(&mut self, connection: u64) -> Outcome {
        self.open.remove(&connection);
        self.step(|gateway, now, out| gateway.cut(now, connection, out))
    }

    /// Time passes; the gateway is woken whenever it wants to be.
    pub fn wait(&mut self, time: Duration) -> Outcome {
        let end = self.now + time;
        let mut all = Outcome::default();
        while let Some(due) = self.gateway.due().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            let one = self.step(|gateway, now, out| gateway.tick(now, out));
            all.datagrams.extend(one.datagrams);
            all.told.extend(one.told);
            // What was due is done.
            assert!(self.gateway.due().is_none_or(|next| next > self.now), "woken for nothing");
        }
        self.now = end;
        all
    }

    /// The connections to the broker that are open.
    #[must_use]
    pub fn connections(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    fn step(&mut self, act: impl FnOnce(&mut Gateway, Instant, &mut Output)) -> Outcome {
        let mut datagrams = Vec::new();
        act(&mut self.gateway, self.now, &mut datagrams);
        let mut told = Vec::new();
        while let Ok(wish) = self.wishes.try_recv() {
            match wish {
                Told::Open(connection) => drop(self.open.insert(connection, ())),
                Told::Close(connection) => drop(self.open.remove(&connection)),
                Told::Send(connection, form) => told.push((connection, form)),
            }
        }
        self.consistent();
        Outcome { datagrams, told }
    }

    /// What always holds between two steps.
    fn consistent(&self) {
        let gateway = &self.gateway;
        for (at, id) in &gateway.at {
            let client = gateway.clients.get(id);
            assert!(client.is_some(), "{id} is at {at:?} and is not known");
        }
        for (id, client) in &gateway.clients {
            if client.is_connected() {
                assert_eq!(gateway.at.get(&client.at), Some(id), "{id} is not where it is");
                assert!(client.connection.is_some(), "{id} has no connection to the broker");
            }
            if matches!(client.phase, Phase::Asleep | Phase::Disconnected) {
                assert!(client.flight.is_none(), "{id} is not listening and is waited for");
            }
        }
    }
}
