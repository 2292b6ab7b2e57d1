//! Servers that speak in datagrams behind DTLS: each session is an endpoint of its own (RFC 7252, 9.1).
//! The faults are those of CoAP.

mod association;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::{Code, Context, MessageType, OptionNumber, decode};

use self::association::{Association, Happened};
use crate::peer::datagram::{Machine, Shell};
use crate::peer::{Options, Serving};
use crate::transport::dtls::{PresharedKey, is_record};
use crate::transport::{Datagrams, Link, Reader, Writer};

/// How many datagrams wait.
const QUEUE: usize = 1024;
/// The largest datagram that is read.
const MOST: usize = 65_535;

/// The key that a client needs.
pub(super) fn shared_key() -> PresharedKey {
    PresharedKey { identity: "wirecheck".to_owned(), key: b"wirecheck-reference".to_vec() }
}

/// Where datagrams for a client go.
#[derive(Clone, Debug)]
enum Way {
    Memory(mpsc::Sender<Vec<u8>>),
    Socket(Arc<UdpSocket>),
}

/// A datagram from a client.
type Inbound = (SocketAddr, Way, Vec<u8>);

/// The endpoint with DTLS, in front of a server.
pub(super) struct Secure {
    inbound: mpsc::Sender<Inbound>,
    next: AtomicU16,
}

impl Secure {
    /// Starts it; it ends when nobody holds it any more.
    pub(super) fn start<M: Machine>(shell: Shell<M>, set: Options) -> Self {
        let (inbound, arriving) = mpsc::channel(QUEUE);
        let (answers, answering) = mpsc::channel(QUEUE);
        let hub = Hub { set, shell, clients: HashMap::new(), answers, latest: None };
        tokio::spawn(hub.run(arriving, answering));
        Self { inbound, next: AtomicU16::new(1) }
    }

    /// A link in memory, from an address of its own.
    pub(super) fn link(&self) -> Datagrams {
        let port = self.next.fetch_add(1, Ordering::Relaxed);
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let (to_server, mut at_server) = mpsc::channel::<Vec<u8>>(QUEUE);
        let (to_client, at_client) = mpsc::channel(QUEUE);
        let inbound = self.inbound.clone();
        tokio::spawn(async move {
            while let Some(bytes) = at_server.recv().await {
                let _ = inbound.send((from, Way::Memory(to_client.clone()), bytes)).await;
            }
        });
        Datagrams { out: to_server, input: at_client }
    }

    /// Takes datagrams at an address.
    pub(super) async fn listen(&self, at: SocketAddr) -> io::Result<(SocketAddr, Serving)> {
        let socket = Arc::new(UdpSocket::bind(at).await?);
        let address = socket.local_addr()?;
        let inbound = self.inbound.clone();
        let serving: Serving = Box::pin(async move {
            let mut buffer = vec![0; MOST];
            loop {
                // An error is that of an earlier datagram of ours: nobody listens there any more.
                let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                if inbound.send((from, Way::Socket(socket.clone()), bytes)).await.is_err() {
                    return;
                }
            }
        });
        Ok((address, serving))
    }
}

/// One client: where it is, its association, and its link to the server while there is a session.
struct Client {
    way: Way,
    association: Association,
    server: Option<Writer>,
}

/// Everything behind the endpoint.
struct Hub<M> {
    set: Options,
    shell: Shell<M>,
    clients: HashMap<SocketAddr, Client>,
    /// What the server sends to a client.
    answers: mpsc::Sender<(SocketAddr, Vec<u8>)>,
    /// Who began a session last.
    latest: Option<SocketAddr>,
}

impl<M: Machine> Hub<M> {
    async fn run(
        mut self,
        mut arriving: mpsc::Receiver<Inbound>,
        mut answering: mpsc::Receiver<(SocketAddr, Vec<u8>)>,
    ) {
        loop {
            let due = self.clients.values().filter_map(|client| client.association.due()).min();
            let due = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                inbound = arriving.recv() => match inbound {
                    Some((from, way, bytes)) => self.take(from, way, &bytes).await,
                    None => return,
                },
                answer = answering.recv() => {
                    if let Some((to, bytes)) = answer {
                        self.answer(to, &bytes).await;
                    }
                }
                () = due => {
                    let now = Instant::now();
                    for client in self.clients.values_mut() {
                        client.association.elapsed(now);
                    }
                }
            }
            self.flush().await;
        }
    }

    /// Sends all records that are ready.
    async fn flush(&mut self) {
        for (to, client) in &mut self.clients {
            for record in client.association.outgoing() {
                send(&client.way, *to, &record).await;
            }
        }
        self.clients.retain(|_, client| !client.association.is_over() || client.server.is_some());
    }

    async fn take(&mut self, from: SocketAddr, way: Way, bytes: &[u8]) {
        let client = self.clients.entry(from).or_insert_with(|| Client {
            way: way.clone(),
            association: Association::new(&self.set),
            server: None,
        });
        client.way = way;
        if !is_record(bytes) {
            if let Some(server) = &mut client.server
                && self.set.faulty("takes-acknowledgements-in-the-clear")
            {
                let _ = server.write(bytes).await;
            }
            return;
        }
        for happened in client.association.take(bytes) {
            match happened {
                Happened::Begun => {
                    self.latest = Some(from);
                    let keeps = self.set.faulty("retransmits-in-a-new-session");
                    if client.server.is_none() || !keeps {
                        client.server = Some(admit(&self.shell, from, self.answers.clone()));
                    }
                }
                Happened::Data(data) => {
                    if let Some(server) = &mut client.server {
                        let _ = server.write(&data).await;
                    }
                }
                Happened::Ended => {
                    if !self.set.faulty("retransmits-in-a-new-session") {
                        client.server = None;
                    }
                }
            }
        }
    }

    /// Sends what the server says, as application data.
    async fn answer(&mut self, to: SocketAddr, bytes: &[u8]) {
        let (code, notifies) = match decode(bytes, &Context::default()) {
            Ok(Decoded::Complete { message, .. }) => {
                let observe = message.option(OptionNumber::OBSERVE).is_some();
                let asked = message.message_type == MessageType::Acknowledgement;
                (message.code, observe && !asked)
            }
            _ => (Code::EMPTY, false),
        };
        let other = self.set.faulty("answers-in-another-session") && code.is_response();
        let to = self.latest.filter(|_| other).unwrap_or(to);
        let Some(client) = self.clients.get_mut(&to) else { return };
        let clear = match code.is_response() {
            true => self.set.faulty("answers-in-the-clear"),
            false => self.set.faulty("rejects-in-the-clear"),
        } || notifies && self.set.faulty("notifies-in-the-clear");
        if clear {
            send(&client.way, to, bytes).await;
        } else {
            client.association.send(bytes);
        }
    }
}

/// Makes a session an endpoint of the server. What comes from the server until the link is dropped
/// is for the client.
fn admit<M: Machine>(
    shell: &Shell<M>,
    client: SocketAddr,
    answers: mpsc::Sender<(SocketAddr, Vec<u8>)>,
) -> Writer {
    let Link { reader, writer, .. } = shell.link();
    if let Reader::Datagrams(mut input) = reader {
        tokio::spawn(async move {
            while let Some(bytes) = input.recv().await {
                if answers.send((client, bytes)).await.is_err() {
                    return;
                }
            }
        });
    }
    writer
}

async fn send(way: &Way, to: SocketAddr, bytes: &[u8]) {
    // What does not fit, or has nobody to take it, is lost, as on any network.
    match way {
        Way::Memory(sender) => drop(sender.try_send(bytes.to_vec())),
        Way::Socket(socket) => drop(socket.send_to(bytes, to).await),
    }
}
