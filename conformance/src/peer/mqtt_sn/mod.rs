//! The reference MQTT-SN gateway: one connection to its broker for each client, and one of its own
//! for Wills and for messages of QoS -1. Behind it is the reference broker, or another one.

mod client;
mod deliver;
pub mod driven;
mod faults;
mod gateway;
mod malformed;
mod publish;
mod sleep;
mod upstream;
mod wills;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

use tokio::sync::mpsc;

pub use faults::{FAULTS, VARIANTS};
pub use upstream::Dial;

use self::gateway::Gateway;

use super::datagram::Shell;
use super::mqtt::Broker;
use super::secure::{Secure, shared_key};
use super::{Doing, Endpoint, Fault, Options, Peer, Serving, Variant};
use crate::case::{Family, Protocol};
use crate::transport::Link;
use crate::transport::dtls::{Dtls, PresharedKey, Wire};

/// The pre-defined topic id, and its topic name.
const PREDEFINED: (u16, &str) = (1, "wirecheck/predefined");

/// What cases call the endpoint that is a multicast group, and the one with DTLS.
const GROUP: &str = "multicast";
const SECURE: &str = "secure";
/// The group that gateways are looked for in.
const GATEWAYS: Ipv4Addr = Ipv4Addr::new(225, 1, 1, 1);

/// Why there is no endpoint of the broker.
const FOREIGN: &str = "the broker behind the gateway is not ours";

/// The gateway before it is started.
#[derive(Clone, Copy, Debug)]
pub struct Reference;

impl super::Reference for Reference {
    fn family(&self) -> Family {
        Family::MqttSn
    }

    fn name(&self) -> &'static str {
        "MQTT-SN gateway"
    }

    fn endpoints(&self) -> &'static [Endpoint] {
        const SPOKEN: &[Protocol] = &[Protocol::MqttSn12];
        &[
            Endpoint { name: "main", scheme: "mqtt-sn", port: 10_000, protocols: SPOKEN },
            Endpoint { name: "mqtt", scheme: "mqtt", port: 1883, protocols: &[Protocol::Mqtt311] },
            Endpoint { name: GROUP, scheme: "mqtt-sn", port: 10_000, protocols: SPOKEN },
            Endpoint { name: SECURE, scheme: "mqtt-sn+dtls", port: 10_001, protocols: SPOKEN },
        ]
    }

    fn faults(&self) -> Vec<Fault> {
        FAULTS.to_vec()
    }

    fn says(&self) -> &'static [Protocol] {
        &[Protocol::MqttSn12]
    }

    fn variants(&self) -> &'static [Variant] {
        VARIANTS
    }

    fn resources(&self) -> &'static [(&'static str, &'static str)] {
        &[("predefined-id", "1"), ("predefined-topic", PREDEFINED.1)]
    }

    fn shared_key(&self) -> Option<PresharedKey> {
        Some(shared_key())
    }

    fn start(&self, options: Options) -> Arc<dyn Peer> {
        let told = Options { fault: None, variant: None, ..options.clone() };
        let broker = Broker::new(told);
        let behind = broker.clone();
        let dial: Dial = Box::new(move || {
            let link = behind.link("main");
            Box::pin(async move { link })
        });
        Arc::new(Running::start(options, dial, Some(broker)))
    }
}

/// Starts the gateway with a broker that `dial` connects to.
fn start(options: Options, dial: Dial) -> Shell<Gateway> {
    let account = options.accounts.clone().into_iter().next();
    let (told, wishes) = mpsc::unbounded_channel();
    let shell = Shell::start(Gateway::new(options, account, told));
    tokio::spawn(upstream::run(dial, shell.clone(), wishes));
    shell
}

struct Running {
    shell: Shell<Gateway>,
    secure: Secure,
    /// Ours, if it is.
    broker: Option<Broker>,
}

impl Running {
    fn start(options: Options, dial: Dial, broker: Option<Broker>) -> Self {
        let shell = start(options.clone(), dial);
        Self { secure: Secure::start(shell.clone(), options), shell, broker }
    }
}

impl Peer for Running {
    fn link(&self, endpoint: &str) -> io::Result<Link> {
        match (endpoint, &self.broker) {
            ("mqtt", Some(broker)) => broker.link("main"),
            ("mqtt", None) => Err(io::Error::new(io::ErrorKind::NotFound, FOREIGN)),
            (GROUP, _) => Ok(self.shell.group_link()),
            _ => Ok(self.shell.link()),
        }
    }

    fn listen(
        &self,
        endpoint: &'static str,
        at: SocketAddr,
    ) -> Doing<'_, io::Result<(SocketAddr, Serving)>> {
        match (endpoint, &self.broker) {
            ("mqtt", Some(broker)) => broker.listen("main", at),
            ("mqtt", None) => {
                Box::pin(async { Err(io::Error::new(io::ErrorKind::NotFound, FOREIGN)) })
            }
            (GROUP, _) => {
                let group = SocketAddrV4::new(GATEWAYS, at.port());
                Box::pin(self.shell.listen_to_group(group))
            }
            (SECURE, _) => Box::pin(self.secure.listen(at)),
            _ => Box::pin(self.shell.listen(at)),
        }
    }

    fn below_dtls(&self, endpoint: &str) -> Option<(Wire, Dtls)> {
        let client = Dtls::sharing(shared_key()).ok()?;
        (endpoint == SECURE).then(|| (Wire::Memory(self.secure.link()), client))
    }
}

/// A gateway in memory with a broker of somebody else.
///
/// Call it within the runtime whose clock it is to follow.
#[must_use]
pub fn with_broker(options: Options, dial: Dial) -> Arc<dyn Peer> {
    Arc::new(Running::start(options, dial, None))
}
