//! `open` and `accept`: links, and the actors on them. What a session is, the drivers know.

use std::time::Duration;

use super::case::{Run, Stop};
use crate::case::{Accept, Open};
use crate::codec::Sender;
use crate::driver::actor::{Actor, Start};
use crate::driver::session::Session;
use crate::driver::{self, Address, Driver};
use crate::transport::Link;
use crate::wire_log::{ELSEWHERE, Event};

/// How long the target may take to call us.
const CALL_LIMIT: Duration = Duration::from_secs(5);

impl Run<'_> {
    pub(super) async fn open(&mut self, step: &Open) -> Result<(), Stop> {
        let driver = match step.to.as_deref() {
            None => self.driver,
            Some(endpoint) => self.driver_at(endpoint)?,
        };
        let known = self.sessions.len();
        let opened = driver.open(self, step).await;
        if self.is_foreign(step) {
            // What is behind the target is not judged.
            self.sessions.truncate(known);
        }
        opened
    }

    /// The driver for an endpoint; one that the environment says nothing of speaks what the case
    /// speaks.
    fn driver_at(&self, endpoint: &str) -> Result<&'static dyn Driver, Stop> {
        let Some(protocol) = self.env.endpoints.get(endpoint) else { return Ok(self.driver) };
        // Another way to what is tested speaks all its versions.
        if protocol.family() == self.instance.protocol.family() {
            return Ok(self.driver);
        }
        driver::of(*protocol)
            .ok_or_else(|| Stop::Error(format!("the endpoint `{endpoint}` speaks {protocol}")))
    }

    /// Whether an actor speaks to something else than what is tested: the broker behind a gateway.
    fn is_foreign(&self, step: &Open) -> bool {
        let there = step.to.as_ref().and_then(|endpoint| self.env.endpoints.get(endpoint));
        there.is_some_and(|protocol| protocol.family() != self.instance.protocol.family())
    }

    pub(super) async fn accept(&mut self, step: &Accept) -> Result<(), Stop> {
        let Some(incoming) = &self.env.incoming else {
            return Err(Stop::Inconclusive("nothing is listening for the target".to_owned()));
        };
        let within = step.within.as_ref().map_or(Ok(CALL_LIMIT), |time| self.time(time))?;
        let waiting = async { incoming.lock().await.recv().await };
        let link = tokio::time::timeout(self.env.stretch(within), waiting).await;
        let Ok(Some(link)) = link else {
            return Err(Stop::Inconclusive("the target did not connect".to_owned()));
        };
        self.driver.accept(self, link, step).await
    }

    /// Connects to an endpoint of the target.
    pub(crate) async fn connect(&self, endpoint: &str, actor: &str) -> Result<Link, Stop> {
        match self.env.connector.connect(endpoint).await {
            Ok(link) => {
                let elsewhere = (endpoint != "main").then(|| self.env.connector.address(endpoint));
                let words = match elsewhere.flatten() {
                    Some(Address { host, port, scheme }) => {
                        format!("{ELSEWHERE}{}://{host}:{port}", scheme.name)
                    }
                    None => "connected".to_owned(),
                };
                self.log.add(actor, Event::Open, None, words);
                let dtls = link.facts.get("dtls").and_then(|dtls| dtls["cipher"].as_str());
                if let Some(cipher) = dtls {
                    self.log.add(actor, Event::Tls, None, format!("DTLS with {cipher}"));
                }
                Ok(link)
            }
            Err(error) => {
                let words = format!("cannot connect to the target: {error}");
                self.log.add(actor, Event::Note, None, words.clone());
                Err(Stop::Inconclusive(words))
            }
        }
    }

    /// Makes an actor of a link.
    pub(crate) fn start(
        &mut self,
        link: Link,
        name: &str,
        driver: &dyn Driver,
        ours: Sender,
        session: Box<dyn Session>,
    ) {
        let start = Start {
            name: name.to_owned(),
            codec: driver.codec(),
            ours,
            session,
            log: self.log.clone(),
            bell: self.bell.clone(),
        };
        let actor = Actor::start(link, start);
        self.sessions.push(actor.shared());
        self.actors.insert(name.to_owned(), actor);
    }

    pub(crate) fn gone(&self, actor: &str) -> Stop {
        Stop::Inconclusive(format!("the link of `{actor}` is gone"))
    }
}
