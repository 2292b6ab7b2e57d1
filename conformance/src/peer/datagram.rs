//! The asynchronous shell of the peers that speak in datagrams: moves them between sockets, or links
//! in memory, and a synchronous machine, and wakes it in time.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};

use super::Serving;
use crate::transport::Link;

/// The largest datagram that is read.
const MOST: usize = 65_535;
/// How many endpoints are told apart; the eldest are forgotten.
const ENDPOINTS: usize = 10_000;
/// Where the ports of servers in memory begin.
const FIRST_ORIGIN: u16 = 40_000;
/// How often who waits for answers looks whether anybody still needs them.
const LOOK: Duration = Duration::from_secs(5);

/// An endpoint that talks to the machine.
pub type EndpointId = u64;

/// Datagrams to be sent, in order.
pub type Output = Vec<(EndpointId, Vec<u8>)>;

/// What a peer does: datagrams and the time go in, datagrams come out. It opens no socket and reads
/// no clock, so it can be tested alone.
pub trait Machine: Send + 'static {
    /// A datagram has arrived.
    fn datagram(&mut self, now: Instant, from: EndpointId, bytes: &[u8], out: &mut Output);

    /// A datagram has arrived that was sent to a multicast group.
    fn group_datagram(&mut self, _: Instant, _: EndpointId, _: &[u8], _: &mut Output) {}

    /// Takes out what it asks of servers, as a client.
    fn asked(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        Vec::new()
    }

    /// A datagram has arrived from a server that it asks.
    fn answered(&mut self, _: Instant, _from: SocketAddr, _: &[u8], _: &mut Output) {}

    /// When it wants to be woken.
    fn due(&self) -> Option<Instant>;

    /// Does what is due.
    fn tick(&mut self, now: Instant, out: &mut Output);
}

/// Where datagrams for an endpoint go.
#[derive(Clone, Debug)]
enum Way {
    Memory(mpsc::Sender<Vec<u8>>),
    Socket(Arc<UdpSocket>, SocketAddr),
}

#[derive(Debug)]
struct Shared<M> {
    machine: M,
    ways: BTreeMap<EndpointId, Way>,
    addresses: HashMap<SocketAddr, EndpointId>,
    /// Where it answers from.
    socket: Option<Arc<UdpSocket>>,
    /// Where it asks from.
    client: Option<Arc<UdpSocket>>,
    /// The servers that are in memory.
    origins: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>,
    next: EndpointId,
}

/// A machine behind links in memory and sockets; clones share it.
#[derive(Debug)]
pub struct Shell<M> {
    shared: Arc<Mutex<Shared<M>>>,
    wake: Arc<Notify>,
}

impl<M> Clone for Shell<M> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), wake: self.wake.clone() }
    }
}

impl<M: Machine> Shell<M> {
    /// Starts a machine. Call it within the runtime whose clock it is to follow; it is woken until
    /// nobody holds the shell any more.
    pub fn start(machine: M) -> Self {
        let (ways, addresses) = (BTreeMap::new(), HashMap::new());
        let (socket, client, origins) = (None, None, HashMap::new());
        let shared = Shared { machine, ways, addresses, socket, client, origins, next: 0 };
        let shell = Self { shared: Arc::new(Mutex::new(shared)), wake: Arc::new(Notify::new()) };
        let (weak, wake) = (Arc::downgrade(&shell.shared), shell.wake.clone());
        tokio::spawn(async move {
            loop {
                let Some(shared) = weak.upgrade() else { return };
                let due = lock(&shared).machine.due();
                drop(shared);
                match due {
                    None => wake.notified().await,
                    Some(due) => {
                        tokio::select! {
                            () = sleep_until(due) => {}
                            () = wake.notified() => continue,
                        }
                        let Some(shared) = weak.upgrade() else { return };
                        let mut out = Vec::new();
                        lock(&shared).machine.tick(Instant::now(), &mut out);
                        deliver(&shared, out).await;
                        Self { shared, wake: wake.clone() }.ask().await;
                    }
                }
            }
        });
        shell
    }

    /// Sends what the machine asks of servers.
    async fn ask(&self) {
        let asked = lock(&self.shared).machine.asked();
        for (to, bytes) in asked {
            // What cannot be sent is lost, as on any network.
            let origin = lock(&self.shared).origins.get(&to).cloned();
            if let Some(origin) = origin {
                let _ = origin.try_send(bytes);
            } else if let Ok(socket) = self.client() {
                let _ = socket.send_to(&bytes, to).await;
            }
        }
    }

    /// A server in memory, and the address that it has there: what is asked of it comes by the link.
    pub fn origin(&self) -> (Link, SocketAddr) {
        let (link, mut theirs) = Link::datagrams();
        let address = {
            let mut shared = lock(&self.shared);
            shared.next += 1;
            let port = FIRST_ORIGIN + (shared.next % ENDPOINTS as u64) as u16;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            shared.origins.insert(address, theirs.out);
            address
        };
        let shell = self.clone();
        tokio::spawn(async move {
            while let Some(bytes) = theirs.input.recv().await {
                shell.with(|machine, now, out| machine.answered(now, address, &bytes, out)).await;
            }
            lock(&shell.shared).origins.remove(&address);
        });
        (link, address)
    }

    /// The socket that servers on loopback are asked from.
    fn client(&self) -> io::Result<Arc<UdpSocket>> {
        let mut shared = lock(&self.shared);
        if let Some(socket) = &shared.client {
            return Ok(socket.clone());
        }
        let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        shared.client = Some(socket.clone());
        let (weak, wake, ours) = (Arc::downgrade(&self.shared), self.wake.clone(), socket.clone());
        tokio::spawn(async move {
            let mut buffer = vec![0; MOST];
            loop {
                let came = tokio::time::timeout(LOOK, ours.recv_from(&mut buffer)).await;
                let Some(shared) = weak.upgrade() else { return };
                let Ok(Ok((length, from))) = came else { continue };
                let bytes = buffer.get(..length).unwrap_or_default();
                let shell = Self { shared, wake: wake.clone() };
                shell.with(|machine, now, out| machine.answered(now, from, bytes, out)).await;
            }
        });
        Ok(socket)
    }

    /// Looks at the machine, and sends what it has to say.
    pub async fn with<T>(&self, act: impl FnOnce(&mut M, Instant, &mut Output) -> T) -> T {
        let mut out = Vec::new();
        let result = act(&mut lock(&self.shared).machine, Instant::now(), &mut out);
        deliver(&self.shared, out).await;
        self.ask().await;
        self.wake.notify_one();
        result
    }

    /// A link in memory to the machine.
    pub fn link(&self) -> Link {
        let (link, mut theirs) = Link::datagrams();
        let id = self.admit(Way::Memory(theirs.out));
        let shell = self.clone();
        tokio::spawn(async move {
            while let Some(bytes) = theirs.input.recv().await {
                shell.with(|machine, now, out| machine.datagram(now, id, &bytes, out)).await;
            }
            lock(&shell.shared).ways.remove(&id);
        });
        link
    }

    /// A link in memory that stands for a multicast group.
    pub fn group_link(&self) -> Link {
        let (link, mut theirs) = Link::datagrams();
        let id = self.admit(Way::Memory(theirs.out));
        let shell = self.clone();
        tokio::spawn(async move {
            while let Some(bytes) = theirs.input.recv().await {
                shell.with(|machine, now, out| machine.group_datagram(now, id, &bytes, out)).await;
            }
            lock(&shell.shared).ways.remove(&id);
        });
        link
    }

    /// Takes datagrams that are sent to a group on loopback; answers come from the socket of
    /// [`Shell::listen`].
    ///
    /// # Errors
    /// The group cannot be joined.
    pub async fn listen_to_group(&self, group: SocketAddrV4) -> io::Result<(SocketAddr, Serving)> {
        let socket = UdpSocket::bind(group).await?;
        socket.join_multicast_v4(*group.ip(), Ipv4Addr::LOCALHOST)?;
        let address = socket.local_addr()?;
        let shell = self.clone();
        let serving: Serving = Box::pin(async move {
            let mut buffer = vec![0; MOST];
            loop {
                let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
                let Some(answers) = lock(&shell.shared).socket.clone() else { continue };
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                let id = shell.known(&answers, from);
                shell.with(|machine, now, out| machine.group_datagram(now, id, &bytes, out)).await;
            }
        });
        Ok((address, serving))
    }

    /// Takes datagrams at an address.
    ///
    /// # Errors
    /// The address cannot be had.
    pub async fn listen(&self, at: SocketAddr) -> io::Result<(SocketAddr, Serving)> {
        let socket = Arc::new(UdpSocket::bind(at).await?);
        let address = socket.local_addr()?;
        lock(&self.shared).socket.get_or_insert(socket.clone());
        let shell = self.clone();
        let serving: Serving = Box::pin(async move {
            let mut buffer = vec![0; MOST];
            loop {
                // An error is that of an earlier datagram of ours: nobody listens there any more.
                let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                let id = shell.known(&socket, from);
                shell.with(|machine, now, out| machine.datagram(now, id, &bytes, out)).await;
            }
        });
        Ok((address, serving))
    }

    fn known(&self, socket: &Arc<UdpSocket>, from: SocketAddr) -> EndpointId {
        if let Some(id) = lock(&self.shared).addresses.get(&from) {
            return *id;
        }
        let id = self.admit(Way::Socket(socket.clone(), from));
        lock(&self.shared).addresses.insert(from, id);
        id
    }

    fn admit(&self, way: Way) -> EndpointId {
        let mut shared = lock(&self.shared);
        shared.next += 1;
        let id = shared.next;
        shared.ways.insert(id, way);
        if shared.ways.len() > ENDPOINTS
            && let Some((_, Way::Socket(_, address))) = shared.ways.pop_first()
        {
            shared.addresses.remove(&address);
        }
        id
    }
}

async fn deliver<M>(shared: &Arc<Mutex<Shared<M>>>, out: Output) {
    for (to, bytes) in out {
        let way = lock(shared).ways.get(&to).cloned();
        match way {
            // What does not fit, or has nobody to take it, is lost, as on any network.
            Some(Way::Memory(sender)) => drop(sender.try_send(bytes)),
            Some(Way::Socket(socket, address)) => drop(socket.send_to(&bytes, address).await),
            None => {}
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
