//! `wirecheck serve`: be the reference broker.

use std::net::{IpAddr, Ipv4Addr};

use tokio::net::TcpListener;

use super::target::built_in;
use super::{Exit, Stop};
use crate::peer::mqtt::all;
use crate::peer::mqtt::{Broker, VARIANTS};
use crate::render::style::{STRONG, wrap};
use wirecheck_codecs::mqtt::Version;

/// Options of `serve`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// mqtt-3.1.1 or mqtt-5.0; the broker speaks both.
    pub spec: String,
    /// The port; 0 is any that is free.
    #[arg(long, default_value_t = 1883)]
    pub port: u16,
    /// The address to listen on; others than this machine can connect only if it is not loopback.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Do this one thing wrong.
    #[arg(long, value_name = "ID")]
    pub fault: Option<String>,
    /// Do this one thing differently but legally.
    #[arg(long, value_name = "ID", conflicts_with = "fault")]
    pub variant: Option<String>,
    /// The seed of the broker's choices.
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
    if super::version(&args.spec)? == Version::V31 {
        return Err(Stop::usage("MQTT 3.1 is not served; it can be mqtt-3.1.1 or mqtt-5.0"));
    }
    if args.list {
        super::print(&list());
        return Ok(Exit::Good);
    }
    let options = built_in(args.fault.as_deref(), args.variant.as_deref(), args.seed)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    runtime.block_on(async {
        let place = (args.bind, args.port);
        let listener = TcpListener::bind(place).await.map_err(|error| {
            let (address, port) = place;
            Stop::usage(format!("cannot listen on {address} port {port}: {error}\nTry --port 0"))
        })?;
        let address = listener.local_addr().map_err(|error| Stop::own(error.to_string()))?;
        super::print(&format!("mqtt://{address}\n"));
        let broker = Broker::new(options);
        tokio::select! {
            () = broker.listen(listener) => {
                super::print("the fault has stopped the broker\n");
                Ok(Exit::Good)
            }
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    })
}

fn list() -> String {
    let mut text = format!("{STRONG}faults{STRONG:#}\n");
    for fault in all() {
        text.push_str(&line(&fault.id, &fault.doc, fault.breaks));
    }
    text.push_str(&format!("\n{STRONG}variants{STRONG:#}\n"));
    for variant in VARIANTS {
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
