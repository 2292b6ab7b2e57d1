//! `wirecheck confirm`: whether what failed fails again, asked by a sender of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Exit, Stop};
use crate::confirm::{Confirmation, Exchange, Passwords, confirm_all, failing, log_of, place};
use crate::render::style::{BAD, GOOD, STRONG};
use crate::result::RunResult;
use crate::target::Url;

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
    let Some(count) = count(&result, args.at.as_deref())? else {
        let place = &result.target.url;
        let words = format!(
            "{place}: only MQTT, MQTT-SN, CoAP and XMPP can be confirmed, and these without TLS"
        );
        return Err(Stop::usage(words));
    };
    let [same, other, cannot] = count;
    let all = same + other + cannot;
    if all == 0 {
        super::print("nothing failed, so there is nothing to confirm\n");
        return Ok(Exit::Good);
    }
    super::print(&format!(
        "\n{same} of {all} confirmed · {other} differ · {cannot} cannot be repeated\n"
    ));
    Ok(if same == all { Exit::Good } else { Exit::Bad })
}

/// Repeats what failed, prints what came of it, and counts: the same, another, not repeatable.
/// `None` if nothing of the target can be reached in a way that we can repeat.
pub(super) fn count(result: &RunResult, at: Option<&str>) -> Result<Option<[usize; 3]>, Stop> {
    let failing = failing(result);
    if failing.is_empty() {
        return Ok(Some([0; 3]));
    }
    let mut places = BTreeMap::new();
    for check in &failing {
        let url = at.or_else(|| url_of(result, &check.protocol)).unwrap_or_default();
        Url::parse(url).map_err(Stop::usage)?;
        if !places.contains_key(url)
            && let Some(place) = place(url).map_err(Stop::unreached)?
        {
            places.insert(url, place);
        }
    }
    if places.is_empty() {
        return Ok(None);
    }
    // Checks of one case share an exchange.
    let mut exchanges: BTreeMap<&str, Exchange<'_>> = BTreeMap::new();
    for check in &failing {
        let url = at.or_else(|| url_of(result, &check.protocol)).unwrap_or_default();
        if let (Some(log), Some(at)) = (log_of(result, check), places.get(url)) {
            exchanges.insert(&check.case, Exchange { case: &check.case, log, at });
        }
    }
    let exchanges: Vec<_> = exchanges.into_values().collect();
    let found = confirm_all(&exchanges, &passwords());
    let mut count = [0; 3];
    for check in &failing {
        let none = Confirmation::Cannot("no exchange that can be repeated is recorded".to_owned());
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
    Ok(Some(count))
}

/// The passwords that the environment has: `WIRECHECK_PASSWORD`, those that `WIRECHECK_ACCOUNTS`
/// names, and `WIRECHECK_PASSWORD_BOB` for bob.
fn passwords() -> Passwords {
    const MAIN: &str = "WIRECHECK_PASSWORD";
    let local = |user: &str| user.split('@').next().unwrap_or_default().to_owned();
    let mut passwords = Passwords { main: std::env::var(MAIN).ok(), ..Passwords::default() };
    for (name, value) in std::env::vars_os() {
        let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
        if let Some(user) = name.strip_prefix(MAIN).and_then(|rest| rest.strip_prefix('_')) {
            passwords.of.insert(user.to_lowercase(), value.to_owned());
        }
    }
    let accounts = std::env::var("WIRECHECK_ACCOUNTS").unwrap_or_default();
    for (user, variable) in accounts.split(',').filter_map(|account| account.split_once(':')) {
        if let Ok(password) = std::env::var(variable) {
            passwords.of.insert(local(user), password);
        }
    }
    passwords
}

/// Where a protocol was spoken: versions may have had ports of their own.
fn url_of<'r>(result: &'r RunResult, protocol: &str) -> Option<&'r str> {
    let urls: Vec<&str> = result.target.url.split(' ').collect();
    let place = result.target.spec.iter().position(|spec| spec == protocol);
    let own = place.filter(|_| urls.len() == result.target.spec.len());
    urls.get(own.unwrap_or(0)).copied()
}
