//! Links to a target: sockets for live runs, pipes in memory for the self-test. Drivers see only
//! [`Link`].

pub mod binding;
pub mod dtls;
pub mod pace;
mod route;
pub mod scheme;
mod serving;
pub mod switch;
pub mod tls;
pub mod websocket;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf,
};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;

pub use self::route::{Lower, Route};
pub use self::scheme::{Carrier, Scheme, WebSocket, scheme};
use self::switch::Switch;
use crate::case::Frame;

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Size in bytes of the buffer between the ends of a link in memory.
const MEMORY_BUFFER: usize = 64 * 1024;

/// The largest datagram.
const MOST_DATAGRAM: usize = 65_535;
/// How many datagrams wait between the ends of a link in memory; what comes on top is lost, as on
/// any network.
const MEMORY_DATAGRAMS: usize = 1024;

/// A stream of bytes in both directions.
pub trait Stream: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Stream for S {}

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
    /// What was agreed before the first message: `tls`, `websocket`.
    pub facts: Map<String, Value>,
    /// By which TLS can begin later; only streams without WebSocket have it.
    pub switch: Option<switch::Handle>,
}

/// The half that the target writes to.
#[derive(Debug)]
pub enum Reader {
    /// Of a TCP connection.
    Tcp(OwnedReadHalf),
    /// Of a pipe in memory, or of TLS.
    Stream(ReadHalf<Box<dyn Stream>>),
    /// Of WebSocket.
    WebSocket(websocket::Reader),
    /// Of a connected UDP socket.
    Udp(Arc<UdpSocket>),
    /// Of a UDP socket that takes datagrams from anybody.
    Group(Arc<UdpSocket>),
    /// Datagrams in memory.
    Datagrams(mpsc::Receiver<Vec<u8>>),
    /// Of a DTLS session.
    Dtls(mpsc::Receiver<dtls::Arrival>),
}

/// The half that the target reads from.
#[derive(Debug)]
pub enum Writer {
    /// Of a TCP connection.
    Tcp(OwnedWriteHalf),
    /// Of a pipe in memory, or of TLS, with the socket below it.
    Stream(WriteHalf<Box<dyn Stream>>, Option<Below>),
    /// Of WebSocket, with the socket below it.
    WebSocket(websocket::Writer, Option<Below>),
    /// Of a connected UDP socket.
    Udp(Arc<UdpSocket>),
    /// Of a UDP socket, to a multicast group.
    Group(Arc<UdpSocket>, SocketAddr),
    /// Datagrams in memory.
    Datagrams(mpsc::Sender<Vec<u8>>),
    /// Of a DTLS session.
    Dtls(mpsc::Sender<dtls::Command>),
    /// Another one, at a pace.
    Paced(Box<Writer>, pace::Turns),
}

/// A second hold on the socket below TLS or WebSocket.
#[derive(Debug)]
pub struct Below(std::net::TcpStream);

impl Below {
    /// Takes hold of a socket.
    fn of(stream: TcpStream) -> io::Result<(TcpStream, Self)> {
        let stream = stream.into_std()?;
        let second = stream.try_clone()?;
        Ok((TcpStream::from_std(stream)?, Self(second)))
    }

    /// Makes the socket end by reset once nobody holds it any more.
    fn abort(&self) {
        // Failing to set the option leaves an orderly end, which is the next best.
        let _ = socket2::SockRef::from(&self.0).set_linger(Some(Duration::ZERO));
    }
}

impl Link {
    /// A link of which nothing is to be told.
    fn new(reader: Reader, writer: Writer) -> Self {
        Self { reader, writer, facts: Map::new(), switch: None }
    }

    /// Connects by TCP.
    pub async fn tcp(address: SocketAddr) -> io::Result<Self> {
        let (reader, writer) = connect(address).await?.into_split();
        Ok(Self::new(Reader::Tcp(reader), Writer::Tcp(writer)))
    }

    /// Exchanges datagrams by UDP, from a port of our own.
    pub async fn udp(address: SocketAddr) -> io::Result<Self> {
        let socket = Arc::new(socket(address).await?);
        Ok(Self::new(Reader::Udp(socket.clone()), Writer::Udp(socket)))
    }

    /// Sends datagrams to an IPv4 multicast group, by the interface that has this address, and takes
    /// what comes back from whoever answers.
    pub async fn group(group: SocketAddr, interface: Ipv4Addr) -> io::Result<Self> {
        let socket = UdpSocket::bind((interface, 0)).await?;
        socket2::SockRef::from(&socket).set_multicast_if_v4(&interface)?;
        let socket = Arc::new(socket);
        Ok(Self::new(Reader::Group(socket.clone()), Writer::Group(socket, group)))
    }

    /// A datagram link in memory; the other end is for the peer.
    #[must_use]
    pub fn datagrams() -> (Self, Datagrams) {
        let (to_peer, at_peer) = mpsc::channel(MEMORY_DATAGRAMS);
        let (from_peer, at_us) = mpsc::channel(MEMORY_DATAGRAMS);
        let link = Self::new(Reader::Datagrams(at_us), Writer::Datagrams(to_peer));
        (link, Datagrams { out: from_peer, input: at_peer })
    }

    /// A link in memory; the other end is for the peer.
    #[must_use]
    pub fn memory() -> (Self, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(MEMORY_BUFFER);
        (Self::stream(Box::new(ours), None), theirs)
    }

    /// A link over any stream.
    fn stream(stream: Box<dyn Stream>, below: Option<Below>) -> Self {
        let switch = Switch::new(stream);
        let handle = switch.handle();
        let stream: Box<dyn Stream> = Box::new(switch);
        let (reader, writer) = tokio::io::split(stream);
        let link = Self::new(Reader::Stream(reader), Writer::Stream(writer, below));
        Self { switch: Some(handle), ..link }
    }
}

/// A socket for datagrams to an address, from a port of our own.
async fn socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}

/// Connects a socket.
async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let connecting = TcpStream::connect(address);
    let stream = tokio::time::timeout(CONNECT_LIMIT, connecting).await.map_err(|_| {
        io::Error::new(io::ErrorKind::TimedOut, "no connection within 10 seconds")
    })??;
    // Each write is one message or a deliberate part of one.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Tells a session something.
async fn told(session: &mpsc::Sender<dtls::Command>, command: dtls::Command) -> io::Result<()> {
    session.send(command).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
}

impl Writer {
    /// Waits for the turn of a message, where there is a pace. Who asks once asks always: its
    /// writes do not wait any more.
    pub async fn turn(&mut self) {
        if let Self::Paced(_, turns) = self {
            turns.ask().await;
        }
    }

    /// Writes all bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.write_all(bytes).await,
            Self::Stream(half, _) => {
                half.write_all(bytes).await?;
                half.flush().await
            }
            Self::WebSocket(half, _) => half.write(bytes).await,
            Self::Udp(socket) => socket.send(bytes).await.map(|_| ()),
            Self::Group(socket, group) => socket.send_to(bytes, *group).await.map(|_| ()),
            Self::Datagrams(out) => {
                // What does not fit any more is lost, and nobody is told.
                let _ = out.try_send(bytes.to_vec());
                Ok(())
            }
            Self::Dtls(session) => told(session, dtls::Command::Send(bytes.to_vec())).await,
            Self::Paced(writer, turns) => {
                turns.of_write().await;
                Box::pin(writer.write(bytes)).await
            }
        }
    }

    /// Writes all bytes in a way that is unusual for the link.
    ///
    /// # Errors
    /// The link has no such frames, or it is gone.
    pub async fn write_as(&mut self, frame: Frame, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::WebSocket(half, _) if frame == Frame::Text => half.write_text(bytes).await,
            Self::Dtls(session) => told(session, dtls::Command::As(frame, bytes.to_vec())).await,
            Self::Paced(writer, turns) => {
                turns.of_write().await;
                Box::pin(writer.write_as(frame, bytes)).await
            }
            _ => {
                let words = format!("this link can send nothing {}", frame.words());
                Err(io::Error::new(io::ErrorKind::Unsupported, words))
            }
        }
    }

    /// Whether the bytes of one write may be taken together with those of another.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        match self {
            Self::Paced(writer, _) => writer.is_stream(),
            Self::Udp(_) | Self::Group(..) | Self::Datagrams(_) | Self::Dtls(_) => false,
            _ => true,
        }
    }

    /// Ends our direction in order.
    pub async fn finish(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(half) => half.shutdown().await,
            Self::Stream(half, _) => half.shutdown().await,
            Self::WebSocket(half, _) => half.finish().await,
            Self::Paced(writer, _) => Box::pin(writer.finish()).await,
            // A DTLS session ends in order once nobody holds it any more.
            Self::Udp(_) | Self::Group(..) | Self::Datagrams(_) | Self::Dtls(_) => Ok(()),
        }
    }

    /// Makes the link end by reset once both halves are gone. A link in memory just ends.
    pub fn abort(self) {
        match self {
            Self::Tcp(half) => {
                // Failing to set the option leaves an orderly end, which is the next best.
                let _ = half.as_ref().set_zero_linger();
                half.forget();
            }
            Self::Stream(_, Some(below)) | Self::WebSocket(_, Some(below)) => below.abort(),
            Self::Paced(writer, _) => writer.abort(),
            _ => {}
        }
    }
}

impl Reader {
    /// Appends what the target sends next, one datagram or some bytes of a stream, and returns how
    /// much that is; 0 at the end of a stream.
    pub async fn receive(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Tcp(half) => half.read_buf(buffer).await,
            Self::Stream(half) => half.read_buf(buffer).await,
            Self::WebSocket(half) => half.receive(buffer).await,
            Self::Udp(socket) | Self::Group(socket) => {
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
            Self::Dtls(session) => match session.recv().await {
                Some(dtls::Arrival::Data(datagram)) => {
                    buffer.extend_from_slice(&datagram);
                    Ok(datagram.len())
                }
                Some(dtls::Arrival::Clear(datagram)) => {
                    Err(io::Error::new(io::ErrorKind::InvalidData, dtls::Unprotected(datagram)))
                }
                None => Err(io::ErrorKind::ConnectionAborted.into()),
            },
        }
    }

    /// Whether bytes come without the limits between writes.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        !matches!(self, Self::Udp(_) | Self::Group(_) | Self::Datagrams(_) | Self::Dtls(_))
    }
}
