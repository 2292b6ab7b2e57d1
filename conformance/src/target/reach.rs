//! From the endpoints of a target file to addresses that take connections.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

use super::{Target, Url, discover};
use crate::case::Family;
use crate::driver::{Address, Connecting, Connector};
use crate::transport::dtls::{Dtls, Suites};
use crate::transport::tls::{Settings, Tls};
use crate::transport::{Carrier, Link, Route, Scheme};

/// What cases call an endpoint beside `main` when it is spoken to like this: over WebSocket, by
/// DTLS, or with TLS before the first message.
pub(super) fn also(scheme: &Scheme) -> Option<&'static str> {
    match scheme.carrier {
        _ if scheme.websocket.is_some() => Some("websocket"),
        Carrier::Udp => scheme.tls.then_some("secure"),
        Carrier::Tcp => (scheme.tls && scheme.family == Family::Xmpp).then_some("tls"),
    }
}

impl Target {
    /// Finds the addresses of all endpoints and connects to the main one.
    ///
    /// # Errors
    /// Host, port, what went wrong and what to try.
    pub async fn reach(&self) -> Result<Endpoints, String> {
        let (tls, dtls) = (self.tls()?, self.dtls()?);
        let mut found = BTreeMap::new();
        for (name, endpoint) in &self.endpoints {
            let url = Url::parse(&endpoint.url)?;
            let lookup = tokio::net::lookup_host((url.host.as_str(), url.port)).await;
            let addresses: Vec<SocketAddr> = lookup
                .map_err(|error| format!("cannot find the host {}: {error}", url.host))?
                .collect();
            let first = addresses.first();
            let first = *first.ok_or_else(|| format!("{} has no address", url.host))?;
            let in_datagrams = url.scheme.carrier == Carrier::Udp;
            let by_tls = url.scheme.tls && !in_datagrams || url.scheme.starts_tls();
            let tls = Some(tls.clone()).filter(|_| by_tls);
            let dtls = Some(dtls.clone()).filter(|_| url.scheme.tls && in_datagrams);
            let place = url.place();
            let Url { scheme, mut host, path, .. } = url;
            let (mut address, interface) = (first, Ipv4Addr::UNSPECIFIED);
            if let (Family::MqttSn, "main", Some(group)) =
                (scheme.family, name.as_str(), discover::group(first))
            {
                address = discover::gateway(group).await?;
                host = address.ip().to_string();
            }
            let mut route = Route { scheme, address, host, path, tls, dtls, interface };
            // Whether anybody takes datagrams, only an answer tells.
            if name == "main" && scheme.carrier == Carrier::Tcp {
                route.address = first_that_answers(&route, &addresses, &place).await?;
            }
            found.insert(name.clone(), route);
        }
        if found.get("main").is_some_and(|main| main.address.ip().is_loopback()) {
            // A group is where the target is.
            found.values_mut().for_each(|route| route.interface = Ipv4Addr::LOCALHOST);
        }
        if let Some(main) = found.get("main").cloned()
            && let Some(name) = also(main.scheme)
        {
            found.entry(name.to_owned()).or_insert(main);
        }
        Ok(Endpoints(found))
    }

    /// Who we are in TLS.
    fn tls(&self) -> Result<Tls, String> {
        self.with_files(Tls::new)
    }

    /// Who we are in DTLS.
    fn dtls(&self) -> Result<Dtls, String> {
        let key = self.shared_key()?;
        self.with_files(|settings| Dtls::new(settings, key))
    }

    /// What the file says of TLS, with the names of files from here.
    fn with_files<T>(
        &self,
        make: impl FnOnce(&Settings<'_>) -> Result<T, String>,
    ) -> Result<T, String> {
        let file = |name: &Option<String>| name.as_ref().map(|name| self.folder.join(name));
        let (ca, cert, key) = (file(&self.tls.ca), file(&self.tls.cert), file(&self.tls.key));
        make(&Settings {
            ca: ca.as_deref(),
            cert: cert.as_deref(),
            key: key.as_deref(),
            verify: self.tls.verify,
        })
        .map_err(|why| format!("tls: {why}"))
    }
}

async fn first_that_answers(
    route: &Route,
    addresses: &[SocketAddr],
    place: &str,
) -> Result<SocketAddr, String> {
    let mut last = "it has no address".to_owned();
    for address in addresses {
        match (Route { address: *address, ..route.clone() }).link().await {
            Ok(_) => return Ok(*address),
            Err(error) => last = error.to_string(),
        }
    }
    let layers = match (route.scheme.tls, route.scheme.websocket) {
        (false, None) => "without TLS",
        (true, None) => "with TLS",
        (false, Some(_)) => "for WebSocket",
        (true, Some(_)) => "for WebSocket over TLS",
    };
    Err(format!(
        "cannot connect to {place}: {last}\nIs the server running, and does it listen on this \
         address and port {layers}?"
    ))
}

/// The endpoints of a target, by name.
#[derive(Clone, Debug)]
pub struct Endpoints(pub BTreeMap<String, Route>);

impl Connector for Endpoints {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            match self.0.get(endpoint) {
                Some(route) => route.link().await,
                None => {
                    let text = format!("the target has no endpoint `{endpoint}`");
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                }
            }
        })
    }

    fn shake<'a>(&'a self, endpoint: &'a str, suites: &'a Suites) -> Connecting<'a> {
        match self.0.get(endpoint) {
            Some(route) => Box::pin(route.shake(suites)),
            None => self.connect(endpoint),
        }
    }

    fn tls(&self, endpoint: &str) -> Option<Tls> {
        self.0.get(endpoint)?.tls.clone()
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.0.get(endpoint)?.address(endpoint)
    }
}
