//! `wirecheck confirm`: whether what failed fails again, asked by a sender of its own.

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use super::{Exit, Stop};
use crate::confirm::{Confirmation, confirm, failing, log_of};
use crate::render::style::{BAD, GOOD, STRONG};
use crate::result::RunResult;
use crate::target::Url;
use crate::wire_log::Entry;

/// Options of `confirm`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A result.json of `run`. WIRECHECK_PASSWORD is put where the result has asterisks.
    pub result: PathBuf,
    /// Where the target is now; where it was without it.
    #[arg(long, value_name = "URL")]
    pub at: Option<String>,
}

/// Runs the command: exit 1 if something could not be confirmed.
///
/// # Errors
/// A file that is no result, and a target that cannot be reached.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let result = RunResult::load(&args.result).map_err(Stop::usage)?;
    let failing = failing(&result);
    if failing.is_empty() {
        super::print("nothing failed, so there is nothing to confirm\n");
        return Ok(Exit::Good);
    }
    let at = address(args.at.as_deref().unwrap_or(&result.target.url))?;
    // Checks of one case share an exchange.
    let mut exchanges: BTreeMap<&str, &[Entry]> = BTreeMap::new();
    for check in &failing {
        if let Some(log) = log_of(&result, check) {
            exchanges.insert(&check.case, log);
        }
    }
    // One after the other: exchanges may share a Client Identifier.
    let secret = std::env::var("WIRECHECK_PASSWORD").ok();
    let mut found = BTreeMap::new();
    for (case, log) in exchanges {
        found.insert(case, confirm(log, at, secret.as_deref()));
    }
    let mut count = [0; 3];
    for check in &failing {
        let none = Confirmation::Cannot("no exchange is recorded".to_owned());
        let confirmation = found.get(check.case.as_str()).unwrap_or(&none);
        let (place, word, words) = match confirmation {
            Confirmation::Same => (0, format!("{GOOD}confirmed{GOOD:#}   "), String::new()),
            Confirmation::Other { recorded, now } => {
                let words =
                    format!("\n              recorded  {recorded}\n              now       {now}");
                (1, format!("{BAD}differs{BAD:#}     "), words)
            }
            Confirmation::Cannot(why) => {
                (2, format!("{STRONG}unconfirmed{STRONG:#} "), format!("\n              {why}"))
            }
        };
        count[place] += 1;
        super::print(&format!("{word}  {}{words}\n", check.id));
    }
    let [same, other, cannot] = count;
    let all = failing.len();
    super::print(&format!(
        "\n{same} of {all} confirmed · {other} differ · {cannot} cannot be repeated\n"
    ));
    Ok(if same == all { Exit::Good } else { Exit::Bad })
}

fn address(url: &str) -> Result<SocketAddr, Stop> {
    let url = Url::parse(url).map_err(Stop::usage)?;
    if url.scheme.name != "mqtt" {
        let words = format!("{}:// cannot be confirmed: only MQTT over TCP is", url.scheme.name);
        return Err(Stop::usage(words));
    }
    let found = (url.host.as_str(), url.port).to_socket_addrs();
    let found = found.map_err(|error| Stop::unreached(format!("{}: {error}", url.host)))?;
    let mut answering = found.into_iter().filter(|at| {
        std::net::TcpStream::connect_timeout(at, std::time::Duration::from_secs(5)).is_ok()
    });
    answering.next().ok_or_else(|| Stop::unreached(format!("cannot connect to {}", url.place())))
}
