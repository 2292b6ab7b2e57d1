//! `wirecheck serve`: be a reference peer.

use std::net::{IpAddr, Ipv4Addr};

use tokio::task::JoinSet;

use super::behind::behind;
use super::target::{Chosen, built_in};
use super::{Exit, Stop};
use crate::case::{Family, suggest};
use crate::peer::mqtt_sn::with_broker;
use crate::peer::{self, Endpoint, Reference};
use crate::render::style::{STRONG, wrap};

/// Options of `serve`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// mqtt-5.0 and the other protocols that `run` knows; one peer speaks all versions.
    pub spec: String,
    /// The port; 0 is any that is free.
    #[arg(long)]
    pub port: Option<u16>,
    /// The address to listen on; others than this machine can connect only if it is not loopback.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Do this one thing wrong.
    #[arg(long, value_name = "ID")]
    pub fault: Option<String>,
    /// Do this one thing differently but legally.
    #[arg(long, value_name = "ID", conflicts_with = "fault")]
    pub variant: Option<String>,
    /// For mqtt-sn-1.2, the broker behind the gateway, in place of one of its own:
    /// `mqtt://[user@]host`, with the password in WIRECHECK_PASSWORD.
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// The seed of the peer's choices.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// List the faults and variants instead.
    #[arg(long)]
    pub list: bool,
}

/// Runs the command until it is interrupted.
///
/// # Errors
/// An unknown SPEC, fault or variant, and a port that cannot be had.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let reference = reference(&args.spec)?;
    if args.list {
        super::print(&list(reference));
        return Ok(Exit::Good);
    }
    let (fault, variant) = (args.fault.as_deref(), args.variant.as_deref());
    let mut chosen = built_in(fault, variant, args.seed, &[reference])?;
    if args.to.is_some() && reference.family() != Family::MqttSn {
        return Err(Stop::usage(format!(
            "--to is for mqtt-sn-1.2; {} has nothing behind",
            args.spec
        )));
    }
    let Some(Chosen::BuiltIn(_, mut options)) = chosen.pop() else {
        return Err(Stop::own("there is no peer to serve"));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        let behind = match &args.to {
            Some(url) => Some(behind(url).await?),
            None => None,
        };
        let place = behind.as_ref().map(|behind| behind.place.clone());
        let peer = match behind {
            Some(behind) => {
                options.accounts = behind.accounts.into_iter().collect();
                with_broker(options, behind.dial)
            }
            None => reference.start(options),
        };
        let mut serving = JoinSet::new();
        // The broker of somebody else is where it is.
        let ours = |endpoint: &&Endpoint| args.to.is_none() || endpoint.name == "main";
        for (place, endpoint) in reference.endpoints().iter().filter(ours).enumerate() {
            let port = match (args.port, place) {
                (Some(port), 0) => port,
                (Some(_), _) => 0,
                (None, _) => endpoint.port,
            };
            let mut listening = peer.listen(endpoint.name, (args.bind, port).into()).await;
            if listening.is_err() && place > 0 {
                // Only the main endpoint must be where it is looked for.
                listening = peer.listen(endpoint.name, (args.bind, 0).into()).await;
            }
            let (address, work) = listening.map_err(|error| {
                let bind = args.bind;
                Stop::usage(format!("cannot listen on {bind} port {port}: {error}\nTry --port 0"))
            })?;
            super::print(&format!("{}://{address}\n", endpoint.scheme));
            serving.spawn(work);
        }
        if let Some(place) = place {
            super::print(&format!("over {place}\n"));
        }
        for (user, password) in reference.accounts() {
            super::print(&format!("account {user}, password {password}\n"));
        }
        if let Some(key) = reference.shared_key() {
            let text = String::from_utf8_lossy(&key.key);
            super::print(&format!("identity {}, pre-shared key {text}\n", key.identity));
        }
        tokio::select! {
            _ = serving.join_next() => {
                super::print(&format!("the fault has stopped the {}\n", reference.name()));
                Ok(Exit::Good)
            }
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    })
}

/// The reference peer that speaks SPEC.
fn reference(spec: &str) -> Result<&'static dyn Reference, Stop> {
    let speaks = |peer: &&&'static dyn Reference| {
        let main = peer.endpoints().first();
        main.is_some_and(|main| main.protocols.iter().any(|protocol| protocol.as_str() == spec))
    };
    peer::TABLE.iter().find(speaks).copied().ok_or_else(|| {
        let served = peer::TABLE.iter().filter_map(|peer| peer.endpoints().first());
        let served = served.flat_map(|main| main.protocols).map(|protocol| protocol.as_str());
        let served: Vec<_> = served.collect();
        let guess = suggest::phrase(spec, served.iter().copied());
        Stop::usage(format!("{spec} is not served{guess}; it can be {}", served.join(", ")))
    })
}

fn list(reference: &dyn Reference) -> String {
    let mut text = format!("{STRONG}faults{STRONG:#}\n");
    for fault in reference.faults() {
        text.push_str(&line(&fault.id, &fault.doc, fault.breaks));
    }
    text.push_str(&format!("\n{STRONG}variants{STRONG:#}\n"));
    for variant in reference.variants() {
        text.push_str(&line(variant.id, variant.doc, &[]));
    }
    text
}

fn line(id: &str, doc: &str, breaks: &[&str]) -> String {
    let breaks =
        if breaks.is_empty() { String::new() } else { format!(" Breaks {}.", breaks.join(", ")) };
    let mut text = String::new();
    for (place, words) in wrap(&format!("{doc}{breaks}"), 92 - 42).iter().enumerate() {
        let id = if place == 0 { id } else { "" };
        text.push_str(format!("  {id:<40}  {words}").trim_end());
        text.push('\n');
    }
    text
}
