//! Keeping connections and messages apart, for targets that stand little.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::dtls::Suites;
use super::tls::Tls;
use super::{Link, Writer};
use crate::driver::{Address, Connecting, Connector};

/// How far apart connections and messages are, over all links to a target.
#[derive(Debug, Default)]
pub struct Pace {
    connections: Slots,
    messages: Slots,
}

impl Pace {
    /// The least time between two connections, and between two messages.
    #[must_use]
    pub fn new(connections: Duration, messages: Duration) -> Self {
        Self { connections: Slots::every(connections), messages: Slots::every(messages) }
    }

    /// Whether it never has anybody wait.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.connections.every.is_zero() && self.messages.every.is_zero()
    }
}

/// Moments that are handed out one after the other.
#[derive(Debug, Default)]
struct Slots {
    every: Duration,
    next: Mutex<Option<Instant>>,
}

impl Slots {
    fn every(every: Duration) -> Self {
        Self { every, next: Mutex::default() }
    }

    /// Waits for the next moment that nobody has.
    async fn take(&self) {
        if self.every.is_zero() {
            return;
        }
        let mine = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let mine = next.map_or(now, |next| next.max(now));
            *next = Some(mine + self.every);
            mine
        };
        sleep_until(mine).await;
    }
}

/// The turns of one writer.
#[derive(Debug)]
pub struct Turns {
    pace: Arc<Pace>,
    /// Its user asks for each turn, so that a message in several writes has one.
    asked: bool,
}

impl Turns {
    /// Waits for a message's turn.
    pub(super) async fn ask(&mut self) {
        self.asked = true;
        self.pace.messages.take().await;
    }

    /// Waits for a write's turn, unless its message has had one.
    pub(super) async fn of_write(&self) {
        if !self.asked {
            self.pace.messages.take().await;
        }
    }
}

/// A connector that keeps a pace.
pub struct Paced {
    connector: Arc<dyn Connector>,
    pace: Arc<Pace>,
}

impl Paced {
    /// Makes links by `connector`, at `pace`.
    #[must_use]
    pub fn new(connector: Arc<dyn Connector>, pace: Pace) -> Self {
        Self { connector, pace: Arc::new(pace) }
    }
}

impl Connector for Paced {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            self.pace.connections.take().await;
            let Link { reader, writer, facts, switch } = self.connector.connect(endpoint).await?;
            let turns = Turns { pace: self.pace.clone(), asked: false };
            Ok(Link { reader, writer: Writer::Paced(Box::new(writer), turns), facts, switch })
        })
    }

    fn shake<'a>(&'a self, endpoint: &'a str, suites: &'a Suites) -> Connecting<'a> {
        Box::pin(async move {
            self.pace.connections.take().await;
            self.connector.shake(endpoint, suites).await
        })
    }

    fn serve(&self) -> Pin<Box<dyn Future<Output = io::Result<(Link, SocketAddr)>> + Send + '_>> {
        self.connector.serve()
    }

    fn tls(&self, endpoint: &str) -> Option<Tls> {
        self.connector.tls(endpoint)
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.connector.address(endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_apart_over_all_writers() {
        let pace = Arc::new(Pace::new(Duration::ZERO, Duration::from_millis(500)));
        let begin = Instant::now();
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let turns = Turns { pace: pace.clone(), asked: false };
            all.spawn(async move {
                turns.of_write().await;
                turns.of_write().await;
                begin.elapsed()
            });
        }
        let ends = all.join_all().await;
        assert_eq!(ends.into_iter().max(), Some(Duration::from_millis(2500)));
        let mut turns = Turns { pace, asked: false };
        turns.ask().await;
        let asked = begin.elapsed();
        turns.of_write().await;
        assert_eq!([asked, begin.elapsed()], [Duration::from_secs(3); 2]);
    }
}
