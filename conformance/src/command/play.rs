//! `wirecheck replay --to`: recorded clients at work again, and what was different.

use std::cell::Cell;
use std::path::Path;

use serde_json::{Map, Value, json};
use similar::{ChangeTag, TextDiff};

use super::replay::{Args, read};
use super::{Exit, Stop, hints};
use crate::case::Family;
use crate::codec;
use crate::playback::{Comparison, Difference, Flow, Message, Rename, Script, What, compare, play};
use crate::render::count;
use crate::render::style::{BAD, GOOD, STRONG};
use crate::target::{Target, Url};
use crate::transport::{Carrier, Scheme};

/// How many characters of a message are shown.
const MOST_CHARACTERS: usize = 160;

/// Plays a recording: exit 1 if something is different, 3 if the target cannot be reached, 4 if
/// there is nothing to play.
///
/// # Errors
/// Files that are no captures, and targets that are none.
pub(super) fn run(args: &Args, to: &str) -> Result<Exit, Stop> {
    let mut rename = Rename::default();
    for text in &args.rename {
        rename.add(text).map_err(|why| Stop::usage(format!("--rename {text}: {why}")))?;
    }
    let is_file = !to.contains("://") && (to.ends_with(".json") || Path::new(to).exists());
    let target = if is_file { Target::load(Path::new(to)) } else { Ok(Target::at(to)) };
    let target = target.map_err(Stop::usage)?;
    let main = target.url().map_err(Stop::usage)?;
    let mut script = Script::default();
    let gone = Cell::new(false);
    let (_, _, notes) = read(args, Some(Box::new(|told| script.take(told))), &gone)?;
    script.keep(&args.only);
    let places = places(&script, &target)?;
    let endpoints: Vec<Option<String>> = places.iter().map(|it| it.clone().ok()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Stop::own(format!("no runtime: {error}")))?;
    let played: Vec<usize> = (0..places.len()).filter(|at| endpoints[*at].is_some()).collect();
    let heard = match played.is_empty() {
        true => Vec::new(),
        false => runtime.block_on(async {
            let reached = target.reach().await;
            let reached = reached.map_err(|why| hints::unreached(&main.place(), why))?;
            let heard = play(&script, &reached, &endpoints, &rename, args.speed).await;
            heard.map_err(|error| Stop::unreached(format!("cannot connect to {to}: {error}")))
        })?,
    };
    let comparisons = compare(&script, &heard);
    let left_out = |at: usize| places.get(at).and_then(|it| it.as_ref().err());
    if args.json {
        let text = json_of(args, to, &script, &comparisons, left_out);
        super::print(&format!("{text:#}\n"));
    } else {
        let mut text = String::new();
        for (at, (flow, comparison)) in script.flows.iter().zip(&comparisons).enumerate() {
            if endpoints.get(at).is_some_and(Option::is_some) {
                text.push_str(&of_flow(flow, comparison, args.verbose));
            }
        }
        super::print(&text);
        super::print(&summed_up(&comparisons, played.len()));
    }
    let out = script.flows.iter().enumerate();
    for (flow, why) in out.filter_map(|(at, flow)| left_out(at).map(|why| (flow, why))) {
        if !args.json {
            anstream::eprintln!("note: {} is left out: {why}", flow.name);
        }
    }
    for line in notes.lines() {
        anstream::eprintln!("note: {line}");
    }
    Ok(match comparisons.iter().all(|it| it.differences.is_empty()) {
        _ if played.is_empty() => Exit::Nothing,
        true => Exit::Good,
        false => Exit::Bad,
    })
}

/// The endpoint for each flow, or why it is left out.
fn places(script: &Script, target: &Target) -> Result<Vec<Result<String, &'static str>>, Stop> {
    let mut schemes = Vec::new();
    for (name, endpoint) in &target.endpoints {
        let url = Url::parse(&endpoint.url).map_err(Stop::usage)?;
        schemes.push((name.clone(), url.scheme));
    }
    schemes.sort_by_key(|(name, _)| name != "main");
    let mut wanted = vec![false; script.flows.len()];
    let mut with_scram = vec![false; script.flows.len()];
    for step in &script.steps {
        if let Some(wanted) = wanted.get_mut(step.flow) {
            *wanted = true;
        }
        if let What::Message(form) = &step.what
            && let Some(text) = form.get("xml").and_then(Value::as_str)
            && text.starts_with("<auth")
            && text.contains("SCRAM-")
            && let Some(with_scram) = with_scram.get_mut(step.flow)
        {
            *with_scram = true;
        }
    }
    let place = |(at, flow): (usize, &Flow)| {
        let mut fitting = schemes.iter().filter(|(_, scheme)| carries(scheme, &flow.spec));
        match fitting.next() {
            _ if !wanted[at] => Err("it was not asked for"),
            _ if with_scram[at] => Err("the proof of SCRAM holds for one exchange only"),
            Some((name, _)) => Ok(name.clone()),
            None => Err("the target has no endpoint for it"),
        }
    };
    Ok(script.flows.iter().enumerate().map(place).collect())
}

/// Whether messages of a codec travel over a link of this scheme.
fn carries(scheme: &Scheme, spec: &str) -> bool {
    let is_stream = scheme.carrier == Carrier::Tcp;
    match (scheme.family, spec) {
        (Family::Coap, "coap") => !is_stream,
        (Family::Coap, "coap-tcp") => is_stream && scheme.websocket.is_none(),
        (Family::Coap, "coap-ws") => scheme.websocket.is_some(),
        (Family::Mqtt, spec) => spec.starts_with("mqtt-") && !spec.starts_with("mqtt-sn"),
        (Family::MqttSn, spec) => spec.starts_with("mqtt-sn"),
        (Family::Xmpp, spec) => spec == "xmpp",
        _ => false,
    }
}

/// What became of a flow: a line, and what was different.
fn of_flow(flow: &Flow, comparison: &Comparison, verbose: bool) -> String {
    let Comparison { same, differences } = comparison;
    if differences.is_empty() && !verbose {
        return String::new();
    }
    let mut text = format!("{STRONG}{}{STRONG:#}  {}  {same} same", flow.name, flow.spec);
    if !differences.is_empty() {
        text.push_str(&format!(", {} not", differences.len()));
    }
    text.push('\n');
    let words = |message: &Message| words(&flow.spec, &message.form);
    for Difference { frame, then, now } in differences {
        let frame = frame.map(|frame| format!("frame {frame}  ")).unwrap_or_default();
        text.push_str(&match (then, now) {
            (Some(then), None) => format!("  {BAD}missing{BAD:#}  {frame}{}\n", words(then)),
            (None, Some(now)) => format!("  {BAD}extra{BAD:#}    {}\n", words(now)),
            (Some(then), Some(now)) => {
                format!("  {BAD}differs{BAD:#}  {frame}{}\n{}", words(then), lines(then, now))
            }
            (None, None) => String::new(),
        });
    }
    text.push('\n');
    text
}

/// A message as one line.
fn words(spec: &str, form: &Value) -> String {
    if form.get("end").is_some() {
        return "the target ends the connection".to_owned();
    }
    let whole = codec::of(spec).map_or_else(|| form.to_string(), |codec| codec.describe(form));
    match whole.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}...", &whole[..end]),
        None => whole,
    }
}

/// The lines in which two messages differ.
fn lines(then: &Message, now: &Message) -> String {
    let [then, now] = [then, now].map(|message| format!("{:#}", message.plain));
    let diff = TextDiff::from_lines(&then, &now);
    let changed = diff.iter_all_changes().filter_map(|change| {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => return None,
        };
        let line = change.value().trim().trim_end_matches(',');
        let is_bracket = line.chars().all(|c| "{}[]".contains(c));
        (!is_bracket).then(|| format!("      {sign} {line}\n"))
    });
    changed.collect()
}

fn summed_up(comparisons: &[Comparison], flows: usize) -> String {
    if flows == 0 {
        return "there is nothing to play to this target\n".to_owned();
    }
    let same: usize = comparisons.iter().map(|it| it.same).sum();
    let [mut differs, mut missing, mut extra] = [0; 3];
    for Difference { then, now, .. } in comparisons.iter().flat_map(|it| &it.differences) {
        *match (then, now) {
            (_, None) => &mut missing,
            (None, _) => &mut extra,
            _ => &mut differs,
        } += 1;
    }
    let colour = if differs + missing + extra == 0 { GOOD } else { BAD };
    format!(
        "{} played: {colour}{} as then{colour:#}, {differs} differ, {missing} missing, \
         {extra} extra\n",
        count(flows, "flow"),
        count(same, "answer")
    )
}

fn json_of<'w>(
    args: &Args,
    to: &str,
    script: &Script,
    comparisons: &[Comparison],
    left_out: impl Fn(usize) -> Option<&'w &'static str>,
) -> Value {
    let one = |(at, (flow, comparison)): (usize, (&Flow, &Comparison))| {
        let (name, protocol) = (&flow.name, &flow.spec);
        if let Some(why) = left_out(at) {
            return json!({"flow": name, "protocol": protocol, "left_out": why});
        }
        // What is not there is told by its absence.
        let difference = |Difference { frame, then, now }: &Difference| {
            let mut told = Map::new();
            let frame = frame.map(Value::from);
            let [then, now] = [then, now].map(|it| it.as_ref().map(|it| it.form.clone()));
            for (key, value) in [("frame", frame), ("then", then), ("now", now)] {
                told.extend(value.map(|value| (key.to_owned(), value)));
            }
            told
        };
        let differences: Vec<_> = comparison.differences.iter().map(difference).collect();
        json!({"flow": name, "protocol": protocol, "same": comparison.same,
            "differences": differences})
    };
    let flows = script.flows.iter().zip(comparisons).enumerate().map(one).collect::<Vec<_>>();
    json!({
        "schema": "wirecheck/played/1",
        "capture": args.capture.display().to_string(),
        "target": to,
        "flows": flows,
    })
}
