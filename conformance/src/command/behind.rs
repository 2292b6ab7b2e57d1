//! The broker behind the gateway that `serve mqtt-sn-1.2 --to URL` is.

use std::sync::Arc;

use super::Stop;
use crate::case::{Family, Protocol};
use crate::driver::Connector as _;
use crate::peer::mqtt_sn::Dial;
use crate::target::Target;

/// A broker that was reached.
pub(super) struct Behind {
    /// Makes connections to it.
    pub(super) dial: Dial,
    /// User and password for all of them.
    pub(super) accounts: Vec<(String, String)>,
    /// Its URL, without the user.
    pub(super) place: String,
}

/// Reaches the broker at a URL.
///
/// # Errors
/// A URL that is wrong or not that of an MQTT broker, a password that is not set, and a broker that
/// cannot be reached.
pub(super) async fn behind(url: &str) -> Result<Behind, Stop> {
    let target = Target::at(url);
    let parsed = target.url().map_err(|why| Stop::usage(format!("--to {why}")))?;
    if parsed.scheme.family != Family::Mqtt {
        return Err(Stop::usage(format!("--to {url}: it is to be an MQTT broker, mqtt://host")));
    }
    if parsed.protocol.is_some_and(|protocol| protocol != Protocol::Mqtt311) {
        return Err(Stop::usage(format!("--to {url}: the gateway speaks MQTT 3.1.1 with it")));
    }
    let (accounts, _) = target.credentials().map_err(Stop::usage)?;
    let endpoints = Arc::new(target.reach().await.map_err(Stop::unreached)?);
    let dial: Dial = Box::new(move || {
        let endpoints = endpoints.clone();
        Box::pin(async move { endpoints.connect("main").await })
    });
    Ok(Behind { dial, accounts, place: parsed.place() })
}
