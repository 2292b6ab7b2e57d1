//! One client's DTLS association with the reference server: the session, and one that may take its
//! place (RFC 6347, section 4.2.8).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use bytes::BytesMut;
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ConfigBuilder, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_shared::TransportProtocol;
use rtc_shared::error::{Error, Result};
use tokio::time::Instant;

use super::shared_key;
use crate::peer::Options;

/// The library tells associations apart by addresses; each of these has one.
const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
/// The content type of the records that a handshake is in.
const HANDSHAKE: u8 = 22;
/// The type of a ClientHello.
const CLIENT_HELLO: u8 = 1;
/// Where the type of a handshake message stands behind the record header.
const HANDSHAKE_TYPE: usize = 13;

/// What came of a datagram.
pub(super) enum Happened {
    /// A session has begun.
    Begun,
    /// Application data came in it.
    Data(Vec<u8>),
    /// It has ended.
    Ended,
}

/// The DTLS of one client.
pub(super) struct Association {
    config: Option<Arc<HandshakeConfig>>,
    current: Endpoint,
    established: bool,
    /// A handshake beside a session, which stays until the handshake is done.
    next: Option<Endpoint>,
    over: bool,
}

impl Association {
    pub(super) fn new(set: &Options) -> Self {
        let config = config(set);
        let current = endpoint(config.clone());
        Self { config, current, established: false, next: None, over: false }
    }

    /// Takes a datagram of records.
    pub(super) fn take(&mut self, datagram: &[u8]) -> Vec<Happened> {
        if self.established && self.next.is_none() && is_client_hello(datagram) {
            self.next = Some(endpoint(self.config.clone()));
        }
        let beside = self.next.is_some();
        let used = self.next.as_mut().unwrap_or(&mut self.current);
        let events = used.read(now(), CLIENT, None, BytesMut::from(datagram));
        let mut happened = Vec::new();
        let Ok(events) = events else {
            if beside {
                self.next = None;
            } else {
                self.over = true;
                happened.push(Happened::Ended);
            }
            return happened;
        };
        for event in events {
            match event {
                EndpointEvent::HandshakeComplete => {
                    if let Some(next) = self.next.take() {
                        self.current = next;
                    }
                    self.established = true;
                    self.over = false;
                    happened.push(Happened::Begun);
                }
                EndpointEvent::ApplicationData(data) => {
                    happened.push(Happened::Data(data.to_vec()))
                }
                EndpointEvent::PeerClosed => {
                    self.established = false;
                    self.over = true;
                    happened.push(Happened::Ended);
                }
                _ => {}
            }
        }
        happened
    }

    /// Protects what the server says; without a session it is lost.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.current.write(now(), CLIENT, bytes);
    }

    /// The records to be sent.
    pub(super) fn outgoing(&mut self) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        for endpoint in std::iter::once(&mut self.current).chain(self.next.as_mut()) {
            while let Some(transmit) = endpoint.poll_transmit() {
                records.push(transmit.message.to_vec());
            }
        }
        records
    }

    /// When it wants to be woken.
    pub(super) fn due(&self) -> Option<Instant> {
        let all = std::iter::once(&self.current).chain(self.next.as_ref());
        all.filter_map(|endpoint| endpoint.poll_timeout(&CLIENT)).min().map(Instant::from_std)
    }

    /// Time has passed.
    pub(super) fn elapsed(&mut self, now: Instant) {
        for endpoint in std::iter::once(&mut self.current).chain(self.next.as_mut()) {
            // A handshake that nobody goes on with is given up.
            let due = endpoint.poll_timeout(&CLIENT).is_some_and(|due| due <= now.into_std());
            if due && endpoint.handle_timeout(CLIENT, now.into_std()).is_err() {
                endpoint.stop(now.into_std(), CLIENT);
            }
        }
    }

    /// Whether there is nothing left of it.
    pub(super) fn is_over(&self) -> bool {
        self.over && self.next.is_none()
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

fn endpoint(config: Option<Arc<HandshakeConfig>>) -> Endpoint {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 5684));
    Endpoint::new(here, TransportProtocol::UDP, config)
}

/// Whether a datagram of plain records begins with a ClientHello.
fn is_client_hello(datagram: &[u8]) -> bool {
    datagram.first() == Some(&HANDSHAKE)
        && datagram.get(3..5) == Some(&[0, 0])
        && datagram.get(HANDSHAKE_TYPE) == Some(&CLIENT_HELLO)
}

/// What the server agrees to; made once, except under a fault.
fn config(set: &Options) -> Option<Arc<HandshakeConfig>> {
    static USUAL: OnceLock<Option<Arc<HandshakeConfig>>> = OnceLock::new();
    let (psk, ecdhe) = (set.faulty("no-psk-with-ccm-8"), set.faulty("no-certificates-with-ccm-8"));
    if psk || ecdhe || set.varies("no-certificates") {
        return build(set).ok();
    }
    USUAL.get_or_init(|| build(set).ok()).clone()
}

fn build(set: &Options) -> Result<Arc<HandshakeConfig>> {
    let mut suites = Vec::new();
    if !set.faulty("no-psk-with-ccm-8") {
        suites.push(CipherSuiteId::Tls_Psk_With_Aes_128_Ccm_8);
    }
    suites.push(CipherSuiteId::Tls_Psk_With_Aes_128_Gcm_Sha256);
    if !set.faulty("no-certificates-with-ccm-8") {
        suites.push(CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Ccm_8);
    }
    suites.push(CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256);
    let provider =
        rtc_crypto::default_provider().map_err(|error| Error::Crypto(error.to_string()))?;
    let certificates = match set.varies("no-certificates") {
        true => Vec::new(),
        false => {
            let names = vec!["localhost".to_owned()];
            vec![Certificate::generate_self_signed(names, provider.crypto())?]
        }
    };
    let key = |identity: &[u8]| {
        let known = shared_key();
        match identity == known.identity.as_bytes() {
            true => Ok(known.key),
            false => Err(Error::Other("the identity is not known".to_owned())),
        }
    };
    let config = ConfigBuilder::default()
        .with_crypto_provider(provider)
        .with_cipher_suites(suites)
        .with_certificates(certificates)
        .with_psk(Some(Arc::new(key)))
        .build(false, None)?;
    Ok(Arc::new(config))
}
