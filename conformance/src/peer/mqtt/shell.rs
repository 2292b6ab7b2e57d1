//! The broker behind streams, in WebSocket or plain.

use std::io;
use std::net::SocketAddr;
use std::sync::MutexGuard;

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::time::Instant;

use super::state::State;
use super::{Reference, websocket};
use crate::peer::stream::Shell;
use crate::peer::{Doing, Options, Peer, Reference as _, Serving};
use crate::transport::{Link, WebSocket, scheme};

/// Size in bytes of the buffers of streams in memory.
const MEMORY: usize = 64 * 1024;

/// The reference broker; clones share one state. It runs with a paused clock on streams in memory
/// as well as on sockets.
#[derive(Clone, Debug)]
pub struct Broker(Shell<State>);

impl Broker {
    /// A broker without Sessions. Call it within the runtime whose clock it is to follow.
    pub fn new(options: Options) -> Self {
        Self(Shell::new(State::new(options, Instant::now())))
    }

    /// Serves one connection until it ends.
    pub async fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.0.serve(stream).await;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock()
    }
}

impl Peer for Broker {
    fn link(&self, _: &str) -> io::Result<Link> {
        Ok(self.0.link())
    }

    fn below_websocket(&self, endpoint: &str) -> Option<(DuplexStream, WebSocket)> {
        let known = Reference.endpoints().iter().find(|known| known.name == endpoint)?;
        let websocket = scheme(known.scheme)?.websocket?;
        let (ours, theirs) = tokio::io::duplex(MEMORY);
        let broker = self.clone();
        tokio::spawn(async move { broker.serve_websocket(theirs).await });
        Some((ours, websocket))
    }

    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
        if endpoint != websocket::ENDPOINT {
            return Box::pin(self.0.listen(at));
        }
        let broker = self.clone();
        let serve = move |stream| {
            let broker = broker.clone();
            async move { broker.serve_websocket(stream).await }
        };
        Box::pin(self.0.listen_and(at, serve))
    }
}
