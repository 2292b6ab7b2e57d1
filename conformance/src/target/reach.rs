//! From the endpoints of a target file to addresses that take connections.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;

use super::{Target, Url};
use crate::driver::{Address, Connector};
use crate::transport::tls::{Settings, Tls};
use crate::transport::{Carrier, Link, Route};

/// What cases call an endpoint that speaks WebSocket.
pub(super) const WEBSOCKET: &str = "websocket";

impl Target {
    /// Finds the addresses of all endpoints and connects to the main one.
    ///
    /// # Errors
    /// Host, port, what went wrong and what to try.
    pub async fn reach(&self) -> Result<Endpoints, String> {
        let tls = self.tls()?;
        let mut found = BTreeMap::new();
        for (name, endpoint) in &self.endpoints {
            let url = Url::parse(&endpoint.url)?;
            let lookup = tokio::net::lookup_host((url.host.as_str(), url.port)).await;
            let addresses: Vec<SocketAddr> = lookup
                .map_err(|error| format!("cannot find the host {}: {error}", url.host))?
                .collect();
            let first = addresses.first();
            let first = *first.ok_or_else(|| format!("{} has no address", url.host))?;
            let tls = Some(tls.clone()).filter(|_| url.scheme.tls);
            let place = url.place();
            let Url { scheme, host, path, .. } = url;
            let interface = Ipv4Addr::UNSPECIFIED;
            let mut route = Route { scheme, address: first, host, path, tls, interface };
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
        let main = found.get("main").filter(|main| main.scheme.websocket.is_some()).cloned();
        if let Some(main) = main {
            found.entry(WEBSOCKET.to_owned()).or_insert(main);
        }
        Ok(Endpoints(found))
    }

    /// Who we are in TLS.
    fn tls(&self) -> Result<Tls, String> {
        let file = |name: &Option<String>| name.as_ref().map(|name| self.folder.join(name));
        let (ca, cert, key) = (file(&self.tls.ca), file(&self.tls.cert), file(&self.tls.key));
        Tls::new(&Settings {
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

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.0.get(endpoint)?.address(endpoint)
    }
}
