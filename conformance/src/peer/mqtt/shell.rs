//! The asynchronous shell: moves bytes between a stream and the [`State`], and wakes it in time.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};

use super::Reference;
use super::state::{LinkId, State};
use super::websocket;
use crate::peer::{Doing, Options, Peer, Reference as _, Serving};
use crate::transport::{Link, WebSocket, scheme};

/// Size in bytes of the buffers of streams in memory.
const MEMORY: usize = 64 * 1024;
/// Connections that [`Broker::accept`] serves at a time.
const CONNECTIONS: usize = 4_096;
/// Time for a Client to take what is written to it.
const WRITE: Duration = Duration::from_secs(30);
/// Time in which a closed connection is still drained, so that the last packet is not lost to a
/// reset.
const LINGER: Duration = Duration::from_millis(500);

impl Peer for Broker {
    fn link(&self, _: &str) -> io::Result<Link> {
        let (link, theirs) = Link::memory();
        let broker = self.clone();
        tokio::spawn(async move { broker.serve(theirs).await });
        Ok(link)
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
        Box::pin(async move {
            let listener = TcpListener::bind(at).await?;
            let (address, broker) = (listener.local_addr()?, self.clone());
            let websocket = endpoint == websocket::ENDPOINT;
            let serving: Serving =
                Box::pin(async move { broker.accept(listener, websocket).await });
            Ok((address, serving))
        })
    }
}

/// The reference broker; clones share one state. It takes the time from tokio alone, so it runs
/// with a paused clock on in-memory streams as well as on sockets.
#[derive(Clone, Debug)]
pub struct Broker {
    state: Arc<Mutex<State>>,
}

impl Broker {
    /// A broker without Sessions. Call it within the runtime whose clock it is to follow.
    pub fn new(options: Options) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(options, Instant::now()))) }
    }

    /// Serves one connection until it ends.
    pub async fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let id = self.lock().open(Instant::now());
        let _open = Open { broker: self, id };
        let (mut reader, writer) = tokio::io::split(stream);
        let writing = self.write(id, writer);
        tokio::pin!(writing);
        tokio::select! {
            () = self.read(id, &mut reader) => {
                self.lock().ended(Instant::now(), id);
                // A Client that has only closed its own direction still gets its answers.
                let _ = timeout(LINGER, &mut writing).await;
            }
            abrupt = &mut writing => {
                if !abrupt {
                    let _ = timeout(LINGER, self.read(id, &mut reader)).await;
                }
            }
            () = self.keep_time(id) => {}
        }
    }

    /// Accepts connections, in WebSocket or plain, until the listener fails for good, or a fault
    /// stops the broker. Dropping the future drops the connections.
    pub async fn accept(&self, listener: TcpListener, websocket: bool) {
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, or a connection that was gone before it was accepted.
                sleep(Duration::from_millis(20)).await;
                continue;
            };
            if self.lock().dead {
                return;
            }
            if connections.len() < CONNECTIONS {
                // Without it small packets wait for acknowledgements; failing is harmless.
                let _ = stream.set_nodelay(true);
                let broker = self.clone();
                connections.spawn(async move {
                    match websocket {
                        true => broker.serve_websocket(stream).await,
                        false => broker.serve(stream).await,
                    }
                });
            }
        }
    }

    async fn read<R: AsyncRead + Unpin>(&self, id: LinkId, reader: &mut R) {
        let mut buffer = Vec::new();
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let Ok(count @ 1..) = reader.read(&mut chunk).await else { return };
            buffer.extend_from_slice(chunk.get(..count).unwrap_or_default());
            let mut rest = buffer.as_slice();
            while !rest.is_empty() {
                let used = self.lock().input(Instant::now(), id, rest);
                if used == 0 {
                    break;
                }
                rest = rest.get(used..).unwrap_or_default();
            }
            let taken = buffer.len() - rest.len();
            buffer.drain(..taken);
        }
    }

    /// Writes until the connection is to be closed; true if that is to be abrupt.
    async fn write<W: AsyncWrite + Unpin>(&self, id: LinkId, mut writer: W) -> bool {
        let Some(wake) = self.lock().links.get(&id).map(|link| Arc::clone(&link.wake)) else {
            return true;
        };
        loop {
            let Some(bytes) = self.next(id).await else {
                if self.lock().closing(id) {
                    break;
                }
                wake.notified().await;
                continue;
            };
            let written = timeout(WRITE, self.put(&mut writer, &bytes)).await;
            if !matches!(written, Ok(Ok(()))) {
                self.lock().ended(Instant::now(), id);
                return true;
            }
        }
        if self.lock().varies("closes-abruptly") {
            return true;
        }
        let _ = timeout(WRITE, writer.shutdown()).await;
        false
    }

    /// What is to be written next, in one write.
    async fn next(&self, id: LinkId) -> Option<Vec<u8>> {
        let due = self.lock().output_due(id)?;
        if due > Instant::now() {
            sleep_until(due).await;
        }
        if self.lock().varies("coalesced-writes") {
            sleep(Duration::from_millis(20)).await;
            let mut bytes = self.lock().output(id)?;
            while let Some(more) = self.lock().output(id) {
                bytes.extend(more);
            }
            return Some(bytes);
        }
        self.lock().output(id)
    }

    async fn put<W: AsyncWrite + Unpin>(
        &self,
        writer: &mut W,
        bytes: &[u8],
    ) -> std::io::Result<()> {
        if !self.lock().varies("one-byte-writes") {
            writer.write_all(bytes).await?;
            return writer.flush().await;
        }
        for byte in bytes {
            writer.write_all(&[*byte]).await?;
            writer.flush().await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Wakes the state at its deadlines; never returns while the connection is known.
    async fn keep_time(&self, id: LinkId) {
        let Some(moved) = self.lock().links.get(&id).map(|link| Arc::clone(&link.rescheduled))
        else {
            return;
        };
        loop {
            let deadline = self.lock().next_deadline();
            match deadline {
                None => moved.notified().await,
                Some(deadline) => tokio::select! {
                    () = sleep_until(deadline) => self.lock().elapsed(Instant::now()),
                    () = moved.notified() => {}
                },
            }
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the connection out of the state however `serve` ends.
struct Open<'a> {
    broker: &'a Broker,
    id: LinkId,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.broker.lock().closed(Instant::now(), self.id);
    }
}
