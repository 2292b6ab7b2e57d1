//! `wirecheck replay`: what a recording shows.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use jiff::Timestamp;

use super::options::shell_word;
use super::{Exit, Stop, play};
use crate::capture::{
    Broken, Judged, Messages, Notes, Output, Party, Port, Reader, Recording, Spoken, Told,
};
use crate::case::Protocol;
use crate::driver;
use crate::passive;
use crate::playback::{Only, Speed};
use crate::render::summary::{self, Extra};
use crate::render::{count, json, terminal, write_all};
use crate::result::{self, Counts, RunResult, Suite, Surroundings, TargetInfo};
use crate::verdict::{Blame, CheckResult, Verdict};

/// Options of `replay`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A capture file, pcap or pcapng, plain or in gzip; `-` is standard input.
    pub capture: PathBuf,
    /// Print every message as a line of JSON instead of judging.
    #[arg(long, conflicts_with_all = ["out", "json", "strict", "verbose", "to"])]
    pub messages: bool,
    /// Have each recorded client talk to a URL or a target file, and compare what is answered with
    /// what was answered then.
    #[arg(long, value_name = "TARGET", conflicts_with_all = ["out", "strict"])]
    pub to: Option<String>,
    /// How fast: so many times as it was, or `max`, which waits for answers only.
    #[arg(long, value_name = "1x|10x|max", default_value = "max", requires = "to")]
    pub speed: Speed,
    /// Put another beginning to the names of clients or topics: client:=t- or topic:a/=test/a/.
    /// Can be repeated.
    #[arg(long, value_name = "KIND:OLD=NEW", requires = "to")]
    pub rename: Vec<String>,
    /// Play only the flows whose names fit, or of MQTT only what is on these topics. Can be
    /// repeated.
    #[arg(long, value_name = "flow=GLOB|topic=FILTER", requires = "to")]
    pub only: Vec<Only>,
    /// What is spoken at a port, whatever is said there: udp:1885=mqtt-sn. Can be repeated.
    #[arg(long = "port", value_name = "udp:N=SPEC", value_parser = port)]
    pub ports: Vec<(Port, Spoken)>,
    /// Write result.json, junit.xml, summary.md, report.html and a capture of each broken rule to
    /// this folder.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
    /// Let warnings count as failures.
    #[arg(long)]
    pub strict: bool,
    /// Print inconclusive and open checks too.
    #[arg(short, long)]
    pub verbose: bool,
}

/// `udp:1885=mqtt-sn`.
fn port(text: &str) -> Result<(Port, Spoken), String> {
    let shape = "write it as udp:1885=mqtt-sn";
    let (port, spoken) = text.split_once('=').ok_or(shape)?;
    let (transport, number) = port.split_once(':').ok_or(shape)?;
    let is_udp = match transport {
        "udp" => true,
        "tcp" => false,
        _ => return Err(format!("`{transport}` is neither udp nor tcp; {shape}")),
    };
    let number = number.parse().map_err(|_| format!("`{number}` is no port"))?;
    let spoken = Spoken::from_name(spoken)
        .ok_or_else(|| format!("`{spoken}` is not known; it can be mqtt, mqtt-sn, coap, xmpp"))?;
    match (is_udp, spoken) {
        (true, Spoken::Mqtt | Spoken::Xmpp) => Err("that is spoken over tcp only".to_owned()),
        (false, Spoken::MqttSn) => Err("that is spoken over udp only".to_owned()),
        _ => Ok((Port { is_udp, number }, spoken)),
    }
}

/// Runs the command.
///
/// # Errors
/// Files that are no captures, and folders that cannot be written to.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    if let Some(folder) = &args.out {
        result::prepare(folder).map_err(Stop::usage)?;
    }
    if args.messages {
        return messages(args);
    }
    if let Some(to) = &args.to {
        return play::run(args, to);
    }
    let (started, clock) = (Timestamp::now(), Instant::now());
    let (output, frames, notes) = read(args, None, &Cell::new(false))?;
    let mut hints = notes.lines();
    let name = args.capture.display().to_string();
    hints.insert(0, told(&output, frames));
    let checks = checks(&output, &name);
    let result = RunResult {
        schema: result::SCHEMA.to_owned(),
        suite: Suite::this(),
        environment: Surroundings {
            os: std::env::consts::OS.to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            patience: "1x".to_owned(),
            jobs: 1,
        },
        target: TargetInfo {
            url: name,
            implementation: Some("the recording".to_owned()),
            spec: output.counts.keys().map(|spec| (*spec).to_owned()).collect(),
        },
        started: started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seconds: clock.elapsed().as_secs(),
        seed: 1,
        nonce: String::new(),
        partial: false,
        capabilities: Vec::new(),
        summary: Counts::of(&checks),
        checks,
        died_after: None,
    };
    let report = match &args.out {
        Some(folder) => {
            let files = write_all(&result, folder, args.strict).map_err(Stop::own)?;
            Some((folder.as_path(), files))
        }
        None => None,
    };
    if args.json {
        super::print(&json::render(&result).map_err(Stop::own)?);
        for line in hints {
            anstream::eprintln!("note: {line}");
        }
    } else {
        for check in &result.checks {
            if terminal::is_shown(check.verdict, args.verbose) {
                super::print(&terminal::failure(&[check], None));
            }
        }
        let extra = Extra { hints, report, verbose: args.verbose, ..Extra::default() };
        super::print(&summary::render(&result, &extra));
    }
    Ok(Exit::of_run(&result.summary, false, false, args.strict))
}

/// Reads the file to its end, or until nobody listens any more.
pub(super) fn read<'m>(
    args: &Args,
    messages: Option<Messages<'m>>,
    gone: &Cell<bool>,
) -> Result<(Output<'m>, u64, Notes), Stop> {
    let mut reader = Reader::open(&args.capture).map_err(Stop::usage)?;
    let mut recording = Recording::new(&args.ports, messages);
    while let Some(frame) = reader.next_frame() {
        recording.frame(&frame);
        if gone.get() {
            break;
        }
    }
    let output = recording.end();
    let mut notes = reader.notes().clone();
    notes.extend(&output.notes);
    Ok((output, reader.frames(), notes))
}

/// Prints the messages.
fn messages(args: &Args) -> Result<Exit, Stop> {
    let gone = Cell::new(false);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let say = |told: Told<'_>| {
        if let Told::Message(line) = told
            && writeln!(out, "{line}").is_err()
        {
            gone.set(true);
        }
    };
    let (_, _, notes) = read(args, Some(Box::new(say)), &gone)?;
    for line in notes.lines() {
        anstream::eprintln!("note: {line}");
    }
    // A reader that has gone away is no error.
    let _ = out.flush();
    Ok(Exit::Good)
}

/// What the recording has: `226 frames; mqtt-5.0: 87 messages, 1 of them wrong`.
fn told(output: &Output<'_>, frames: u64) -> String {
    let frames = count(usize::try_from(frames).unwrap_or(usize::MAX), "frame");
    let kinds = output.counts.iter().map(|(spec, (right, wrong))| {
        let all = count((right + wrong) as usize, "message");
        match wrong {
            0 => format!("{spec}: {all}"),
            wrong => format!("{spec}: {all}, {wrong} of them wrong"),
        }
    });
    let kinds: Vec<_> = kinds.collect();
    match kinds.is_empty() {
        true => format!("{frames}; no message of a protocol that is read here"),
        false => format!("{frames}; {}", kinds.join("; ")),
    }
}

/// A check for each broken rule of a flow, and for each rule that was kept or could not be judged.
fn checks(output: &Output<'_>, name: &str) -> Vec<CheckResult> {
    let mut checks: Vec<_> = output.broken.iter().map(|broken| failed(broken, name)).collect();
    if let (Some(last), more @ 1..) = (checks.last_mut(), output.more) {
        last.reason = Some(format!("{more} more flows break rules and are not listed"));
    }
    let of = |broken: &Broken| (broken.protocol, broken.party, broken.finding.rule);
    let broken: BTreeSet<Judged> = output.broken.iter().map(of).collect();
    for (judged, flows) in &output.applied {
        if !broken.contains(judged) {
            let mut check = blank(*judged, None, "kept", name);
            check.observed = format!("kept on {}", count(*flows as usize, "flow"));
            checks.push(check);
        }
    }
    let unseen: BTreeSet<Protocol> = output.unseen.keys().map(|(protocol, _)| *protocol).collect();
    for protocol in unseen {
        let reasons = output.unseen.iter().filter(|((of, _), _)| *of == protocol);
        let reasons = reasons.map(|((_, why), flows)| {
            format!("on {} {why}", count(usize::try_from(*flows).unwrap_or(usize::MAX), "flow"))
        });
        let reason = reasons.collect::<Vec<_>>().join("; ");
        for rule in driver::of(protocol).map(driver::Driver::rules).unwrap_or_default() {
            let party = if rule.of_servers { Party::Server } else { Party::Client };
            let judged = (protocol, party, rule.name);
            let known = output.applied.contains_key(&judged) || broken.contains(&judged);
            if !known && rule.requirement(protocol).is_some() {
                let mut check = blank(judged, None, "unseen", name);
                check.verdict = Verdict::Inconclusive;
                check.observed = "nothing that the rule could judge".to_owned();
                check.reason = Some(reason.clone());
                checks.push(check);
            }
        }
    }
    checks
}

fn failed(broken: &Broken, name: &str) -> CheckResult {
    let Broken { protocol, party, finding, flow, log } = broken;
    let place = format!("{flow}:{}", finding.entry);
    let judged = (*protocol, *party, finding.rule);
    let mut check = blank(judged, Some((finding.requirement, &place)), &finding.outcome, name);
    check.verdict = Verdict::of_breach(check.level);
    check.observed = finding.text.clone();
    check.reason = Some(format!("by the {}, in frame {} of {flow}", party.name(), finding.entry));
    check.blame = Blame::Stack;
    check.frames = vec![log.len().saturating_sub(1)];
    check.log = Some(log.clone());
    check
}

/// The check of a rule, with the requirement and the place of a breach.
fn blank(
    (protocol, party, rule): Judged,
    breach: Option<(&str, &str)>,
    outcome: &str,
    name: &str,
) -> CheckResult {
    let mut check = passive::check(protocol.as_str(), rule, breach.map(|(broken, _)| broken));
    let place = breach.map_or(party.name(), |(_, place)| place);
    check.id = format!("{}#{place}", check.case);
    if breach.is_some() {
        check.case.clone_from(&check.id);
    }
    check.role = party.name().to_owned();
    check.outcome = outcome.to_owned();
    check.again = format!("wirecheck replay {}", shell_word(name));
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_named_with_what_is_spoken() {
        let sn = (Port { is_udp: true, number: 1885 }, Spoken::MqttSn);
        assert_eq!(port("udp:1885=mqtt-sn"), Ok(sn));
        for wrong in ["1885", "udp:1885", "sctp:1=coap", "udp:x=coap", "tcp:1=dns", "udp:1=mqtt"] {
            assert!(port(wrong).is_err(), "{wrong}");
        }
    }
}
