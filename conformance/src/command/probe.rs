//! `wirecheck probe`: what a target can do, and how we know.

use serde_json::{Value, json};

use super::target::{Chosen, Reached};
use super::{Exit, Stop, options, run};
use crate::capability::{Capabilities, Source};
use crate::case::Protocol;
use crate::render::style::{BAD, STRONG, wrap};

/// Width in characters of the part of a line that tells how something is known.
const EVIDENCE: usize = 52;

/// Options of `probe`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// `mqtt://host[:port]` or another URL, or a target file; none is the built-in reference peers.
    pub target: Option<String>,
    /// Ask only in this protocol. Can be repeated.
    #[arg(long = "spec", value_name = "SPEC", value_parser = options::protocol)]
    pub specs: Vec<Protocol>,
    /// Give the target more time, as a factor.
    #[arg(long, value_name = "2x", default_value = "1x", env = "WIRECHECK_PATIENCE",
          value_parser = options::patience)]
    pub patience: u32,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command: exit 1 if what the target says and does contradict each other.
///
/// # Errors
/// Wrong options and files, and targets that cannot be reached.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let how = run::Args {
        targets: args.target.iter().cloned().collect(),
        specs: args.specs.clone(),
        patience: args.patience,
        ..run::Args::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    let mut targets = Vec::new();
    for chosen in Chosen::all(&how)?.iter().flatten() {
        let protocols = chosen.protocols(&how);
        if !protocols.is_empty() {
            targets.push(runtime.block_on(chosen.reach(&how, &protocols))?);
        }
    }
    if targets.is_empty() {
        return Err(Stop::usage("the target speaks none of these protocols".to_owned()));
    }
    if args.json {
        let found: Vec<_> = targets.iter().map(as_json).collect();
        super::print(&format!("{}\n", json!({ "targets": found })));
    } else {
        let text: Vec<_> = targets.iter().map(as_text).collect();
        super::print(&text.join("\n"));
    }
    let mut found = targets.iter().flat_map(|target| &target.env.capabilities);
    match found.any(|(_, found)| !found.contradictions().is_empty()) {
        true => Ok(Exit::Bad),
        false => Ok(Exit::Good),
    }
}

fn as_json(target: &Reached) -> Value {
    let one = |(protocol, found): &(Protocol, Capabilities)| {
        json!({
            "protocol": protocol.as_str(),
            "capabilities": found.to_list(),
            "contradictions": found.contradictions(),
        })
    };
    let silent = |(protocol, why): &(Protocol, String)| json!({ "protocol": protocol.as_str(), "reason": why });
    json!({
        "url": target.url,
        "protocols": target.env.capabilities.iter().map(one).collect::<Vec<_>>(),
        "not_spoken": target.silent.iter().map(silent).collect::<Vec<_>>(),
    })
}

fn as_text(target: &Reached) -> String {
    let mut text = format!("{}\n", target.url);
    for (protocol, why) in &target.silent {
        text.push_str(&format!("\n{STRONG}{protocol}{STRONG:#} is not spoken: {why}\n"));
    }
    for (protocol, found) in &target.env.capabilities {
        text.push_str(&format!("\n{STRONG}{protocol}{STRONG:#}\n"));
        for capability in found.iter() {
            let how = match capability.source {
                Source::Advertised => "advertised",
                Source::Observed => "observed",
                Source::Declared => "declared",
                Source::Default => "default",
            };
            let (id, value) = (&capability.id, capability.value.to_string());
            let head = format!("  {id:<26} {value:<11} {how:<11}");
            let wide = head.chars().count();
            for (place, words) in wrap(&capability.evidence, EVIDENCE).iter().enumerate() {
                let before = if place == 0 { head.clone() } else { " ".repeat(wide) };
                text.push_str(&format!("{before} {words}\n"));
            }
        }
        for contradiction in found.contradictions() {
            for (place, words) in wrap(&contradiction.to_string(), 80).iter().enumerate() {
                let before = if place == 0 { "contradiction" } else { "             " };
                text.push_str(&format!("  {BAD}{before}{BAD:#} {words}\n"));
            }
        }
    }
    for hint in &target.hints {
        text.push_str(&format!("\n{hint}\n"));
    }
    text
}
