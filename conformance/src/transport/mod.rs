//! Links to a target: sockets for live runs, pipes in memory for the self-test. Drivers see only
//! [`Link`].

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Size in bytes of the buffer between the ends of a link in memory.
const MEMORY_BUFFER: usize = 64 * 1024;

/// The largest datagram.
const MOST_DATAGRAM: usize = 65_535;
/// How many datagrams wait between the ends of a link in memory; what comes on top is lost, as on
/// any network.
const MEMORY_DATAGRAMS: usize = 1024;

/// One end of a datagram link in memory.
#[derive(Debug)]
pub struct Datagrams {
    /// To the other end.
    pub out: mpsc::Sender<Vec<u8>>,
    /// From the other end.
    pub input: mpsc::Receiver<Vec<u8>>,
}

/// A byte stream to the target, or an exchange of datagrams with it, as two halves.
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
    /// Of a connected UDP socket.
    Udp(Arc<UdpSocket>),
    /// Datagrams in memory.
    Datagrams(mpsc::Receiver<Vec<u8>>),
}

/// The half that the target reads from.
#[derive(Debug)]
pub enum Writer {
    /// Of a TCP connection.
    Tcp(OwnedWriteHalf),
    /// Of a pipe in memory.
    Memory(WriteHalf<DuplexStream>),
    /// Of a connected UDP socket.
    Udp(Arc<UdpSocket>),
    /// Datagrams in memory.
    Datagrams(mpsc::Sender<Vec<u8>>),
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

    /// A link as the scheme of a URL wants it.
    pub async fn to(scheme: &str, address: SocketAddr) -> io::Result<Self> {
        match scheme {
            "mqtt" | "xmpp" | "coap+tcp" => Self::tcp(address).await,
            "coap" | "mqtt-sn" => Self::udp(address).await,
            _ => {
                let why = format!("{scheme}:// has no transport");
                Err(io::Error::new(io::ErrorKind::Unsupported, why))
            }
        }
    }

    /// Exchanges datagrams by UDP, from a port of our own.
    pub async fn udp(address: SocketAddr) -> io::Result<Self> {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(address).await?;
        let socket = Arc::new(socket);
        Ok(Self { reader: Reader::Udp(socket.clone()), writer: Writer::Udp(socket) })
    }

    /// A datagram link in memory; the other end is for the peer.
    #[must_use]
    pub fn datagrams() -> (Self, Datagrams) {
        let (to_peer, at_peer) = mpsc::channel(MEMORY_DATAGRAMS);
        let (from_peer, at_us) = mpsc::channel(MEMORY_DATAGRAMS);
        let link = Self { reader: Reader::Datagrams(at_us), writer: Writer::Datagrams(to_peer) };
        (link, Datagrams { out: from_peer, input: at_peer })
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
            Self::Udp(socket) => socket.send(bytes).await.map(|_| ()),
            Self::Datagrams(out) => {
                // What does not fit any more is lost, and nobody is told.
                let _ = out.try_send(bytes.to_vec());
                Ok(())
            }
        }
    }

    /// Whether the bytes of one write may be taken together with those of another.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Memory(_))
    }

    /// Ends our direction in order.
    pub async fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.shutdown().await,
            Self::Memory(half) => half.shutdown().await,
            Self::Udp(_) | Self::Datagrams(_) => Ok(()),
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

impl Reader {
    /// Appends what the target sends next, one datagram or some bytes of a stream, and returns how
    /// much that is; 0 at the end of a stream.
    pub async fn receive(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.read_buf(buffer).await,
            Self::Memory(half) => half.read_buf(buffer).await,
            Self::Udp(socket) => {
                let mut datagram = vec![0; MOST_DATAGRAM];
                let length = socket.recv(&mut datagram).await?;
                buffer.extend_from_slice(datagram.get(..length).unwrap_or_default());
                Ok(length)
            }
            Self::Datagrams(input) => match input.recv().await {
                Some(datagram) => {
                    buffer.extend_from_slice(&datagram);
                    Ok(datagram.len())
                }
                // Nobody learns that the other end of a datagram link is gone.
                None => std::future::pending().await,
            },
        }
    }

    /// Whether bytes come without the limits between writes.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        matches!(self, Self::Tcp(_) | Self::Memory(_))
    }
}
