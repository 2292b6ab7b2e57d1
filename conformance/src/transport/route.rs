//! The way to one endpoint: address, TLS, WebSocket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;

use serde_json::{Map, Value};

use super::dtls::{Dtls, Suites, Wire};
use super::tls::Tls;
use super::websocket::{self, Refusal};
use super::{
    Below, CONNECT_LIMIT, Carrier, Link, Reader, Scheme, Stream, WebSocket, Writer, connect, socket,
};

/// How one endpoint is reached.
#[derive(Clone, Debug)]
pub struct Route {
    /// What lies between the socket and the messages.
    pub scheme: &'static Scheme,
    /// Where it is.
    pub address: SocketAddr,
    /// How the user calls the host.
    pub host: String,
    /// What a WebSocket handshake asks for: `/mqtt`.
    pub path: String,
    /// Who we are in TLS; needed if the scheme has it, or if it may begin later.
    pub tls: Option<Tls>,
    /// Who we are in DTLS; needed if the scheme has TLS over datagrams.
    pub dtls: Option<Dtls>,
    /// The address of the interface by which a multicast group is reached.
    pub interface: Ipv4Addr,
}

impl Route {
    /// A way without TLS.
    #[must_use]
    pub fn plain(scheme: &'static Scheme, address: SocketAddr) -> Self {
        let host = address.ip().to_string();
        let path = scheme.websocket.map_or("/", |websocket| websocket.path);
        let (path, interface) = (path.to_owned(), Ipv4Addr::LOCALHOST);
        Self { scheme, address, host, path, tls: None, dtls: None, interface }
    }

    /// Makes a link.
    ///
    /// # Errors
    /// The layer that did not come about, and why.
    pub async fn link(&self) -> io::Result<Link> {
        if let (Carrier::Udp, IpAddr::V4(group)) = (self.scheme.carrier, self.address.ip())
            && group.is_multicast()
        {
            return Link::group(self.address, self.interface).await;
        }
        if self.scheme.carrier == Carrier::Udp && self.scheme.tls {
            return self.shake(&[]).await;
        }
        if self.scheme.carrier == Carrier::Udp {
            return Link::udp(self.address).await;
        }
        let layers = self.scheme.tls || self.scheme.websocket.is_some() || self.scheme.starts_tls();
        if !layers {
            return Link::tcp(self.address).await;
        }
        let layered = tokio::time::timeout(CONNECT_LIMIT, self.layered()).await;
        layered.map_err(|_| {
            io::Error::new(io::ErrorKind::TimedOut, "no handshake within 10 seconds")
        })?
    }

    /// Makes a link by DTLS, with only these cipher suites on offer.
    ///
    /// # Errors
    /// The handshake failed, or this is no way with DTLS.
    pub async fn shake(&self, suites: &Suites) -> io::Result<Link> {
        let set = self.dtls.as_ref().ok_or_else(|| io::Error::other("DTLS is not set up"))?;
        let wire = Wire::Udp(socket(self.address).await?);
        Link::dtls(wire, set, suites, &self.host).await
    }

    async fn layered(&self) -> io::Result<Link> {
        let lower = self.lower().await?;
        match self.scheme.websocket {
            None => Ok(lower.link()),
            Some(spoken) => {
                let again = Box::pin(self.lower());
                Link::websocket(lower, again, &self.place(), spoken).await
            }
        }
    }

    /// Connects, with TLS if the scheme has it.
    async fn lower(&self) -> io::Result<Lower> {
        let (stream, below) = Below::of(connect(self.address).await?)?;
        let (below, mut facts) = (Some(below), Map::new());
        if !self.scheme.tls {
            return Ok(Lower { stream: Box::new(stream), below, facts });
        }
        let tls = self.tls.as_ref().ok_or_else(|| io::Error::other("TLS is not set up"))?;
        let (stream, agreed) =
            tls.connect(Box::new(stream), &self.host, self.scheme.alpn()).await?;
        facts.insert("tls".to_owned(), agreed.facts());
        Ok(Lower { stream, below, facts })
    }

    /// The URL that a WebSocket handshake is for.
    fn place(&self) -> String {
        let scheme = if self.scheme.tls { "wss" } else { "ws" };
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{host}:{}{}", self.address.port(), self.path)
    }
}

/// A stream that messages or WebSocket frames can travel in.
#[derive(Debug)]
pub struct Lower {
    /// The stream.
    pub stream: Box<dyn Stream>,
    /// The socket below it.
    pub below: Option<Below>,
    /// What was agreed on the way.
    pub facts: Map<String, Value>,
}

impl Lower {
    /// A link over the stream.
    #[must_use]
    pub fn link(self) -> Link {
        Link { facts: self.facts, ..Link::stream(self.stream, self.below) }
    }
}

impl Link {
    /// A link in WebSocket frames over a stream; `place` is the URL that the handshake is for.
    /// Where the target does not select the sub-protocol, `again` makes a second stream for a
    /// handshake without one: the rest can be judged all the same.
    ///
    /// # Errors
    /// The handshake failed.
    pub async fn websocket(
        mut lower: Lower,
        again: Pin<Box<dyn Future<Output = io::Result<Lower>> + Send + '_>>,
        place: &str,
        spoken: WebSocket,
    ) -> io::Result<Self> {
        let mut shaken = websocket::connect(lower.stream, place, spoken, true).await;
        if matches!(shaken, Err(Refusal::SubProtocol)) {
            lower = again.await?;
            shaken = websocket::connect(lower.stream, place, spoken, false).await;
        }
        let ((reader, writer), agreed) = shaken.map_err(|refusal| match refusal {
            Refusal::Failed(error) => error,
            Refusal::SubProtocol => io::Error::other("a sub-protocol that nobody offered"),
        })?;
        let (reader, writer) = (Reader::WebSocket(reader), Writer::WebSocket(writer, lower.below));
        let mut facts = lower.facts;
        facts.insert("websocket".to_owned(), agreed);
        Ok(Self { reader, writer, facts, switch: None })
    }
}
