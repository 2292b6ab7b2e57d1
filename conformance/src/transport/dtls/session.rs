//! One DTLS session of ours: the handshake, and the task that protects and unprotects datagrams.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::BytesMut;
use rtc_dtls::config::HandshakeConfig;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_shared::TransportProtocol;
use serde_json::{Map, Value, json};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout_at};
use wirecheck_codecs::json::to_hex;

use super::super::{CONNECT_LIMIT, Datagrams, Link, MOST_DATAGRAM, Reader, Writer};
use super::{Dtls, Suites};
use crate::case::Frame;

/// The library tells associations apart by addresses; here there is one.
const TARGET: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 5684);
/// How many datagrams wait between the session and whoever uses it.
const QUEUE: usize = 1024;
/// The content types of DTLS records.
const CONTENT_TYPES: std::ops::RangeInclusive<u8> = 20..=63;
/// The content type of an alert.
const ALERT: u8 = 21;
/// How long the header of a record is.
const RECORD_HEADER: usize = 13;

/// What carries the records.
#[derive(Debug)]
pub enum Wire {
    /// A connected socket.
    Udp(UdpSocket),
    /// A link in memory.
    Memory(Datagrams),
}

/// What the session is told.
#[derive(Debug)]
pub enum Command {
    /// Send this as application data.
    Send(Vec<u8>),
    /// Send this as the frame says.
    As(Frame, Vec<u8>),
}

/// What comes from the target.
#[derive(Debug)]
pub enum Arrival {
    /// Application data of the session.
    Data(Vec<u8>),
    /// A datagram that is no record of DTLS.
    Clear(Vec<u8>),
}

/// The target sent a datagram that is no record of DTLS to the port of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprotected(pub Vec<u8>);

impl fmt::Display for Unprotected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a datagram without DTLS: {}", to_hex(&self.0))
    }
}

impl std::error::Error for Unprotected {}

/// Whether a datagram may be one of DTLS records; a CoAP message never is.
#[must_use]
pub fn is_record(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| CONTENT_TYPES.contains(first))
}

impl Wire {
    async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => socket.send(bytes).await.map(|_| ()),
            Self::Memory(datagrams) => {
                // What does not fit any more is lost, and nobody is told.
                let _ = datagrams.out.try_send(bytes.to_vec());
                Ok(())
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Udp(socket) => {
                let mut datagram = vec![0; MOST_DATAGRAM];
                let length = socket.recv(&mut datagram).await?;
                datagram.truncate(length);
                Ok(datagram)
            }
            Self::Memory(datagrams) => match datagrams.input.recv().await {
                Some(datagram) => Ok(datagram),
                // Nobody learns that the other end of a datagram link is gone.
                None => std::future::pending().await,
            },
        }
    }
}

impl Link {
    /// Shakes hands over a wire, with only these cipher suites on offer. Datagrams of the link are
    /// application data of the session.
    ///
    /// # Errors
    /// `ConnectionRefused` with the alert of the target; `TimedOut` if it says nothing.
    pub async fn dtls(wire: Wire, dtls: &Dtls, suites: &Suites, host: &str) -> io::Result<Self> {
        let config = dtls.config(suites, host)?;
        let mut session = Session { wire, endpoint: fresh(), config, early: Vec::new() };
        let suite = session.shake().await?;
        let (commands, told) = mpsc::channel(QUEUE);
        let (arrivals, arriving) = mpsc::channel(QUEUE);
        tokio::spawn(session.drive(told, arrivals));
        let facts = Map::from_iter([("dtls".to_owned(), json!({ "cipher": suite }))]);
        let (reader, writer) = (Reader::Dtls(arriving), Writer::Dtls(commands));
        Ok(Self { reader, writer, facts, switch: None })
    }
}

struct Session {
    wire: Wire,
    endpoint: Endpoint,
    config: Arc<HandshakeConfig>,
    /// What came together with the end of the handshake.
    early: Vec<Vec<u8>>,
}

fn fresh() -> Endpoint {
    Endpoint::new(TARGET, TransportProtocol::UDP, None)
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn failed(error: impl fmt::Display) -> io::Error {
    io::Error::other(format!("DTLS: {error}"))
}

/// The alert that a datagram of plain records begins with.
fn alert(datagram: &[u8]) -> Option<u8> {
    let plain = datagram.first() == Some(&ALERT) && datagram.get(3..5) == Some(&[0, 0]);
    datagram.get(RECORD_HEADER + 1).copied().filter(|_| plain)
}

impl Session {
    /// Shakes hands; gives the cipher suite.
    async fn shake(&mut self) -> io::Result<Value> {
        let deadline = Instant::now() + CONNECT_LIMIT;
        self.endpoint.connect(now(), TARGET, self.config.clone(), None).map_err(failed)?;
        loop {
            self.flush().await?;
            let due = self.endpoint.poll_timeout(&TARGET).map(Instant::from_std);
            let until = due.map_or(deadline, |due| due.min(deadline));
            let datagram = match timeout_at(until, self.wire.receive()).await {
                Ok(datagram) => datagram?,
                Err(_) if Instant::now() >= deadline => {
                    let words = "no DTLS handshake within 10 seconds";
                    return Err(io::Error::new(io::ErrorKind::TimedOut, words));
                }
                Err(_) => {
                    self.endpoint.handle_timeout(TARGET, now()).map_err(failed)?;
                    continue;
                }
            };
            if !is_record(&datagram) {
                continue;
            }
            if let Some(alert) = alert(&datagram) {
                let words = format!("DTLS: refused with the alert {alert}");
                return Err(io::Error::new(io::ErrorKind::ConnectionRefused, words));
            }
            let read = self.endpoint.read(now(), TARGET, None, BytesMut::from(&datagram[..]));
            let mut done = false;
            for event in read.map_err(failed)? {
                match event {
                    EndpointEvent::HandshakeComplete => done = true,
                    EndpointEvent::ApplicationData(data) => self.early.push(data.to_vec()),
                    _ => {}
                }
            }
            if done {
                self.flush().await?;
                let state = self.endpoint.get_connection_state(TARGET);
                let suite = state.and_then(|state| state.cipher_suite());
                return Ok(suite.map_or(Value::Null, |suite| suite.id().to_string().into()));
            }
        }
    }

    /// Sends what the library wants to be sent.
    async fn flush(&mut self) -> io::Result<()> {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            self.wire.send(&transmit.message).await?;
        }
        Ok(())
    }

    /// Serves the session until nobody holds the link any more, or the target ends it.
    async fn drive(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        arrivals: mpsc::Sender<Arrival>,
    ) {
        loop {
            for data in std::mem::take(&mut self.early) {
                let _ = arrivals.send(Arrival::Data(data)).await;
            }
            if self.flush().await.is_err() {
                break;
            }
            let due = self.endpoint.poll_timeout(&TARGET).map(Instant::from_std);
            let over = tokio::select! {
                command = commands.recv() => match command {
                    None => true,
                    Some(command) => self.obey(command).await.is_err(),
                },
                datagram = self.wire.receive() => match datagram {
                    Ok(datagram) => self.take(&datagram, &arrivals).await,
                    Err(_) => true,
                },
                () = at(due) => self.endpoint.handle_timeout(TARGET, now()).is_err(),
            };
            if over {
                break;
            }
        }
        self.farewell().await;
    }

    async fn obey(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Send(bytes) => self.endpoint.write(now(), TARGET, &bytes).map_err(failed),
            Command::As(Frame::Clear, bytes) => self.wire.send(&bytes).await,
            Command::As(Frame::NewSession, bytes) => {
                self.farewell().await;
                self.endpoint = fresh();
                self.shake().await?;
                self.endpoint.write(now(), TARGET, &bytes).map_err(failed)
            }
            Command::As(Frame::Text, _) => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "DTLS has no text frames"))
            }
        }
    }

    /// Takes a datagram; true if the session is over with it.
    async fn take(&mut self, datagram: &[u8], arrivals: &mpsc::Sender<Arrival>) -> bool {
        if !is_record(datagram) {
            let _ = arrivals.send(Arrival::Clear(datagram.to_vec())).await;
            return false;
        }
        let read = self.endpoint.read(now(), TARGET, None, BytesMut::from(datagram));
        let Ok(events) = read else { return true };
        for event in events {
            match event {
                EndpointEvent::ApplicationData(data) => {
                    let _ = arrivals.send(Arrival::Data(data.to_vec())).await;
                }
                EndpointEvent::PeerClosed => return true,
                _ => {}
            }
        }
        false
    }

    /// Tells the target that the session ends.
    async fn farewell(&mut self) {
        self.endpoint.stop(now(), TARGET);
        // There is nothing left to be done about a wire that takes nothing.
        let _ = self.flush().await;
    }
}

/// Waits until then, or for ever.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
