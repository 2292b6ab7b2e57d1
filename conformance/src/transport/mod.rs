//! Links to a target: sockets for live runs, pipes in memory for the self-test. Drivers see only
//! [`Link`].

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, DuplexStream, ReadBuf, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Size in bytes of the buffer between the ends of a link in memory.
const MEMORY_BUFFER: usize = 64 * 1024;

/// A byte stream to the target, as two halves.
#[derive(Debug)]
pub struct Link {
    /// What the target sends.
    pub reader: Reader,
    /// What the target gets.
    pub writer: Writer,
}

/// The half that the target writes to.
#[derive(Debug)]
pub enum Reader {
    /// Of a TCP connection.
    Tcp(OwnedReadHalf),
    /// Of a pipe in memory.
    Memory(ReadHalf<DuplexStream>),
}

/// The half that the target reads from.
#[derive(Debug)]
pub enum Writer {
    /// Of a TCP connection.
    Tcp(OwnedWriteHalf),
    /// Of a pipe in memory.
    Memory(WriteHalf<DuplexStream>),
}

impl Link {
    /// Connects by TCP.
    pub async fn tcp(address: SocketAddr) -> io::Result<Self> {
        let connecting = TcpStream::connect(address);
        let stream = tokio::time::timeout(CONNECT_LIMIT, connecting).await.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "no connection within 10 seconds")
        })??;
        // Each write is one message or a deliberate part of one.
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        Ok(Self { reader: Reader::Tcp(reader), writer: Writer::Tcp(writer) })
    }

    /// A link in memory; the other end is for the peer.
    #[must_use]
    pub fn memory() -> (Self, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(MEMORY_BUFFER);
        let (reader, writer) = tokio::io::split(ours);
        (Self { reader: Reader::Memory(reader), writer: Writer::Memory(writer) }, theirs)
    }
}

impl Writer {
    /// Writes all bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.write_all(bytes).await,
            Self::Memory(half) => half.write_all(bytes).await,
        }
    }

    /// Ends our direction in order.
    pub async fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.shutdown().await,
            Self::Memory(half) => half.shutdown().await,
        }
    }

    /// Makes the link end by reset once both halves are gone. A link in memory just ends.
    pub fn abort(self) {
        if let Self::Tcp(half) = self {
            // Failing to set the option leaves an orderly end, which is the next best.
            let _ = half.as_ref().set_zero_linger();
            half.forget();
        }
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(half) => Pin::new(half).poll_read(cx, buf),
            Self::Memory(half) => Pin::new(half).poll_read(cx, buf),
        }
    }
}
