//! The asynchronous shell: moves bytes between streams and the server.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use super::server::{LinkId, Server};
use crate::peer::{Options, Serving};
use crate::transport::Link;

/// Connections that are served at a time.
const CONNECTIONS: usize = 4_096;
/// Time for a client to take what is written to it.
const WRITE: Duration = Duration::from_secs(30);
/// Time for a client to sign in.
const SIGN_IN: Duration = Duration::from_secs(60);
/// Time in which a closed connection is still drained, so that the last bytes are not lost to a
/// reset.
const LINGER: Duration = Duration::from_millis(500);

/// The server behind links; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Shell(Arc<Mutex<Server>>);

impl Shell {
    pub(super) fn new(options: Options) -> Self {
        Self(Arc::new(Mutex::new(Server::new(options))))
    }

    async fn serve<S>(&self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let id = self.lock().open();
        let _open = Open { shell: self, id };
        let (mut reader, writer) = tokio::io::split(stream);
        let writing = self.write(id, writer);
        tokio::pin!(writing);
        tokio::select! {
            () = self.read(id, &mut reader) => {
                self.lock().ended(id);
                let _ = timeout(LINGER, &mut writing).await;
            }
            () = &mut writing => {
                let _ = timeout(LINGER, self.read(id, &mut reader)).await;
            }
            () = self.overdue(id) => {
                let _ = timeout(LINGER, &mut writing).await;
            }
        }
    }

    /// Comes to an end if the client does not sign in in time.
    async fn overdue(&self, id: LinkId) {
        sleep(SIGN_IN).await;
        if !self.lock().overdue(id) {
            std::future::pending::<()>().await;
        }
    }

    async fn read<R: AsyncRead + Unpin>(&self, id: LinkId, reader: &mut R) {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let Ok(count @ 1..) = reader.read(&mut chunk).await else { return };
            self.lock().input(id, chunk.get(..count).unwrap_or_default());
        }
    }

    /// Writes until the connection is to be closed.
    async fn write<W: AsyncWrite + Unpin>(&self, id: LinkId, mut writer: W) {
        let Some(wake) = self.lock().wake(id) else { return };
        loop {
            let Some(mut bytes) = self.next(id) else {
                if self.lock().is_closing(id) {
                    break;
                }
                wake.notified().await;
                continue;
            };
            if self.lock().varies("joined-writes") {
                // What comes of one thing is mostly there at once.
                tokio::task::yield_now().await;
                while let Some(more) = self.next(id) {
                    bytes.extend(more);
                }
            }
            if self.lock().varies("late") {
                sleep(Duration::from_millis(150)).await;
            }
            let written = timeout(WRITE, self.put(&mut writer, &bytes)).await;
            if !matches!(written, Ok(Ok(()))) {
                return;
            }
        }
        let _ = timeout(WRITE, writer.shutdown()).await;
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

    fn next(&self, id: LinkId) -> Option<Vec<u8>> {
        self.lock().output(id)
    }

    fn lock(&self) -> MutexGuard<'_, Server> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shell {
    /// A link in memory.
    pub(super) fn link(&self) -> Link {
        let (link, theirs) = Link::memory();
        let shell = self.clone();
        tokio::spawn(async move { shell.serve(theirs).await });
        link
    }

    /// Listens at an address: where it is, and the work to be driven.
    pub(super) async fn listen(&self, at: SocketAddr) -> io::Result<(SocketAddr, Serving)> {
        let listener = TcpListener::bind(at).await?;
        let (address, shell) = (listener.local_addr()?, self.clone());
        let serving: Serving = Box::pin(async move {
            let mut connections = JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                let Ok((stream, _)) = listener.accept().await else {
                    // Out of descriptors, or a connection that was gone before.
                    sleep(Duration::from_millis(20)).await;
                    continue;
                };
                if connections.len() < CONNECTIONS {
                    // Without it small elements wait for acknowledgements; failing is harmless.
                    let _ = stream.set_nodelay(true);
                    let shell = shell.clone();
                    connections.spawn(async move { shell.serve(stream).await });
                }
            }
        });
        Ok((address, serving))
    }
}

/// Takes the connection out of the server however `serve` ends.
struct Open<'a> {
    shell: &'a Shell,
    id: LinkId,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shell.lock().closed(self.id);
    }
}
