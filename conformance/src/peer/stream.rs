//! The asynchronous shell of the peers that speak in streams: moves bytes between sockets, or links
//! in memory, and a synchronous machine, and wakes it in time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep, sleep_until, timeout};

use super::Serving;
use crate::transport::Link;

/// Connections that are served at a time.
const CONNECTIONS: usize = 4_096;
/// Time for a client to take what is written to it.
const WRITE: Duration = Duration::from_secs(30);
/// Time in which a closed connection is still drained, so that the last bytes are not lost to a
/// reset.
const LINGER: Duration = Duration::from_millis(500);
/// For how long what is to be written is collected, under a variant.
const COLLECT: Duration = Duration::from_millis(20);

/// One connection.
pub type LinkId = u64;

/// A layer that comes about.
pub type Layering = Pin<Box<dyn Future<Output = bool> + Send>>;

/// What a peer does: bytes, ends of connections and the time go in, bytes come out. It opens no
/// socket and reads no clock, so it can be tested alone.
pub trait Machine: Send + 'static {
    /// A connection was opened.
    fn open(&mut self, now: Instant) -> LinkId;

    /// Takes what is at the front of `bytes` and returns how many bytes it has; 0 if more must come
    /// first. A connection that is closing swallows everything.
    fn input(&mut self, now: Instant, id: LinkId, bytes: &[u8]) -> usize;

    /// When something is to be written at the earliest; in the past, except under a variant.
    fn output_due(&self, id: LinkId) -> Option<Instant>;

    /// What is to be written next, if there is anything.
    fn output(&mut self, id: LinkId) -> Option<Vec<u8>>;

    /// Whether the connection must be closed after the output that is left.
    fn closing(&self, id: LinkId) -> bool;

    /// The client sends no more. What is queued may still be written.
    fn ended(&mut self, now: Instant, id: LinkId);

    /// The connection is gone.
    fn closed(&mut self, now: Instant, id: LinkId);

    /// When [`Machine::elapsed`] has to be called at the latest.
    fn next_deadline(&self) -> Option<Instant>;

    /// Time has passed.
    fn elapsed(&mut self, now: Instant);

    /// Tells that there is something to be written to the connection, or that it is closing.
    fn wake(&self, id: LinkId) -> Option<Arc<Notify>>;

    /// Tells that the next deadline may have come nearer by something else than a new connection.
    fn rescheduled(&self, _id: LinkId) -> Option<Arc<Notify>> {
        Some(Arc::default())
    }

    /// Another layer that begins on the connection behind what was written last, until it is there;
    /// false if it does not come about.
    fn layer(&mut self, _id: LinkId) -> Option<Layering> {
        None
    }

    /// The layer is there.
    fn layered(&mut self, _now: Instant, _id: LinkId) {}

    /// Whether the peer is told to show a variant.
    fn varies(&self, id: &str) -> bool;

    /// Whether a fault has stopped the peer.
    fn is_dead(&self) -> bool {
        false
    }
}

/// A machine behind links in memory and sockets; clones share it. It takes the time from tokio
/// alone, so it runs with a paused clock as well.
#[derive(Debug)]
pub struct Shell<M>(Arc<Mutex<M>>);

impl<M> Clone for Shell<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M: Machine> Shell<M> {
    /// A shell around a machine.
    pub fn new(machine: M) -> Self {
        Self(Arc::new(Mutex::new(machine)))
    }

    /// The machine.
    pub fn lock(&self) -> MutexGuard<'_, M> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A link in memory to the machine.
    pub fn link(&self) -> Link {
        let (link, theirs) = Link::memory();
        let shell = self.clone();
        tokio::spawn(async move { shell.serve(theirs).await });
        link
    }

    /// Takes connections at an address.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn listen(&self, at: SocketAddr) -> io::Result<(SocketAddr, Serving)> {
        let shell = self.clone();
        let serve = move |stream| {
            let shell = shell.clone();
            async move { shell.serve(stream).await }
        };
        self.listen_and(at, serve).await
    }

    /// Takes connections at an address, each to be driven by `serve`, until a fault stops the peer.
    /// Dropping the work drops the connections.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn listen_and<F, S>(
        &self,
        at: SocketAddr,
        serve: F,
    ) -> io::Result<(SocketAddr, Serving)>
    where
        F: Fn(TcpStream) -> S + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(at).await?;
        let (address, shell) = (listener.local_addr()?, self.clone());
        let serving: Serving = Box::pin(async move {
            let mut connections = JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, _)) = listener.accept().await else {
                    // Out of descriptors, or a connection that was gone before it was accepted.
                    sleep(Duration::from_millis(20)).await;
                    continue;
                };
                if shell.lock().is_dead() {
                    return;
                }
                if connections.len() < CONNECTIONS {
                    // Without it small messages wait for acknowledgements; failing is harmless.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(stream));
                }
            }
        });
        Ok((address, serving))
    }

    /// Serves one connection until it ends.
    pub async fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.serve_known(stream, |_, _| {}).await;
    }

    /// Serves one connection of which the machine is told something before anything else.
    pub async fn serve_known<S>(&self, stream: S, known: impl FnOnce(&mut M, LinkId))
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let id = {
            let mut machine = self.lock();
            let id = machine.open(Instant::now());
            known(&mut machine, id);
            id
        };
        let _open = Open { shell: self, id };
        let (mut reader, writer) = tokio::io::split(stream);
        let writing = self.write(id, writer);
        tokio::pin!(writing);
        tokio::select! {
            () = self.read(id, &mut reader) => {
                self.lock().ended(Instant::now(), id);
                // A client that has only closed its own direction still gets its answers.
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
        let Some(wake) = self.lock().wake(id) else { return true };
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
            let layer = self.lock().layer(id);
            if let Some(layer) = layer {
                if !layer.await {
                    return true;
                }
                self.lock().layered(Instant::now(), id);
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
            sleep(COLLECT).await;
            let mut bytes = self.lock().output(id)?;
            while let Some(more) = self.lock().output(id) {
                bytes.extend(more);
            }
            return Some(bytes);
        }
        self.lock().output(id)
    }

    async fn put<W: AsyncWrite + Unpin>(&self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
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

    /// Wakes the machine at its deadlines; never returns while the connection is known.
    async fn keep_time(&self, id: LinkId) {
        let Some(moved) = self.lock().rescheduled(id) else { return };
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
}

/// Takes the connection out of the machine however `serve` ends.
struct Open<'a, M: Machine> {
    shell: &'a Shell<M>,
    id: LinkId,
}

impl<M: Machine> Drop for Open<'_, M> {
    fn drop(&mut self) {
        self.shell.lock().closed(Instant::now(), self.id);
    }
}
