//! What the user might do about what a run found.

use std::collections::{BTreeMap, HashSet};

use super::Stop;
use crate::case::load::LoadedFile;
use crate::known::Known;
use crate::plan::{Selection, checks, plan};
use crate::renamed::Renamed;
use crate::render::{grouped, reason_without_step};
use crate::result::RunResult;
use crate::run::Environment;
use crate::verdict::{CheckResult, Verdict};

/// What the user might do about what was found.
pub(super) fn of_result(result: &RunResult) -> Vec<String> {
    let mut hints = Vec::new();
    hints.extend(stopped_alike(result));
    hints.extend(all_skipped(result));
    if let Some(case) = &result.died_after {
        hints.push(format!(
            "start the target again and run the case after which it stopped alone: --case '{case}'"
        ));
    }
    if result.checks.iter().any(|check| check.verdict == Verdict::Error) {
        let words = "an error is a fault of the suite, not of the target; please report it with \
                     its exchange";
        hints.push(words.to_owned());
    }
    hints
}

/// At least so many cases stopped for one reason are no accident.
const FEW: usize = 3;

/// Many cases that stopped for the same reason have one cause.
fn stopped_alike(result: &RunResult) -> Option<String> {
    let mut cases: BTreeMap<&str, Option<&CheckResult>> = BTreeMap::new();
    for check in &result.checks {
        let stopped = cases.entry(&check.case).or_default();
        if check.verdict == Verdict::Inconclusive {
            stopped.get_or_insert(check);
        }
    }
    let mut causes: Vec<(String, String, usize)> = Vec::new();
    for check in cases.values().flatten() {
        let reason = reason_without_step(check);
        let cause = Cause::of(&reason);
        let key = cause.map_or_else(|| without_names(&reason), |cause| cause.code.to_owned());
        match causes.iter_mut().find(|(known, ..)| *known == key) {
            Some((.., count)) => *count += 1,
            None => causes.push((key, reason, 1)),
        }
    }
    let (_, reason, count) = causes.into_iter().max_by_key(|(.., count)| *count)?;
    let all = cases.keys().filter(|case| !case.starts_with("passive/")).count();
    let cause = Cause::of(&reason);
    // What has a known cause is told early, anything else only if it is most of the run.
    if count < FEW || cause.is_none() && count * 2 < all {
        return None;
    }
    let at = cause.map_or(reason.clone(), |cause| last_words(&reason, cause.code));
    let has_account = result.capabilities.iter().any(|known| known.id == "accounts");
    let advice = match cause.map(|cause| cause.kind) {
        Some(Kind::Account) if has_account => {
            "is the account right, and may it use these topics? A target file sets a prefix"
        }
        Some(Kind::Account) => {
            "give an account (WIRECHECK_ACCOUNTS=user:VARIABLE) or set a prefix in a target file"
        }
        Some(Kind::Load | Kind::Crowd) => "it may be too much at a time; try --jobs 1",
        Some(Kind::Time) => "it may be slow; try --patience 4x, or --jobs 1",
        None => "--verbose shows them all",
    };
    Some(match cause.map(|cause| cause.kind) {
        Some(Kind::Account | Kind::Load) => {
            format!("{count} of {all} cases stopped at {at}: {advice}")
        }
        _ => format!("{count} of {all} cases stopped for one reason, {at}: {advice}"),
    })
}

/// Why a target stops a case that is about something else.
#[derive(Clone, Copy)]
struct Cause {
    code: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Account,
    Load,
    Crowd,
    Time,
}

impl Cause {
    /// Words of reasons, the more telling first.
    const ALL: [Self; 14] = {
        const fn cause(code: &'static str, kind: Kind) -> Cause {
            Cause { code, kind }
        }
        [
            cause("0x86", Kind::Account),
            cause("0x87", Kind::Account),
            cause("0x04 Connection Refused", Kind::Account),
            cause("0x05 Connection Refused", Kind::Account),
            cause("not-authorized", Kind::Account),
            cause("there is no account", Kind::Account),
            cause("0x97", Kind::Load),
            cause("0x96", Kind::Load),
            cause("0x9f", Kind::Load),
            cause("0x9F", Kind::Load),
            cause("cannot connect to the target", Kind::Crowd),
            cause("by policy or load", Kind::Account),
            cause("got no CONNACK", Kind::Time),
            cause("no PINGRESP", Kind::Time),
        ]
    };

    fn of(reason: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| reason.contains(cause.code))
    }
}

/// The part of a reason in which a code stands: what is behind the last colon before it.
fn last_words(reason: &str, code: &str) -> String {
    let at = reason.find(code).unwrap_or(0);
    let start = reason.get(..at).and_then(|head| head.rfind(": ")).map_or(0, |colon| colon + 2);
    reason.get(start..).unwrap_or(reason).to_owned()
}

/// A reason without what differs from case to case: names of actors, and texts in quotes.
fn without_names(reason: &str) -> String {
    let mut text = String::new();
    let mut inside: Option<char> = None;
    for c in reason.chars() {
        match inside {
            Some(quote) if c == quote => inside = None,
            Some(_) => continue,
            None if matches!(c, '`' | '"') => inside = Some(c),
            None => {}
        }
        text.push(c);
    }
    text
}

/// A run in which nothing was judged because nothing applied.
fn all_skipped(result: &RunResult) -> Option<String> {
    let judged =
        |check: &CheckResult| !check.case.starts_with("passive/") && !check.id.ends_with("#alive");
    let checks: Vec<_> = result.checks.iter().filter(|check| judged(check)).collect();
    let skipped = checks.iter().all(|check| check.verdict == Verdict::Skip);
    if checks.is_empty() || !skipped {
        return None;
    }
    let reasons = grouped(checks.into_iter(), reason_without_step);
    let (reason, _) = reasons.into_iter().next()?;
    Some(format!(
        "every check was skipped, so nothing is said about the target; the first reason: {reason}. \
         `wirecheck probe` says what it can do, and a target file can say more"
    ))
}

/// That the names of a run are not fresh.
pub(super) fn names_used_before(env: &Environment) -> Option<String> {
    env.names_used_before.then(|| {
        "with --nonce an earlier run may have used the same names; what it left is cleared before \
         each case, but messages still under way are not"
            .to_owned()
    })
}

/// A target to which no link could be made, with what it seems to be instead.
pub(super) fn unreached(url: &str, why: String) -> Stop {
    let advice = of_silence(url, &why).map(|advice| format!("\n{advice}"));
    Stop::unreached(why + &advice.unwrap_or_default())
}

/// What a target may be that speaks none of its protocols, by what it says instead.
pub(super) fn of_silence(url: &str, whys: &str) -> Option<&'static str> {
    let tls = ["mqtts", "wss", "xmpps"].iter().any(|scheme| url.starts_with(&format!("{scheme}:")));
    let says = |words: &[&str]| words.iter().any(|word| whys.contains(word));
    Some(match () {
        () if says(&["a TLS alert"]) => {
            "This port speaks TLS: try mqtts://, wss:// or xmpps:// in place of the scheme"
        }
        () if tls && says(&["InvalidContentType", "corrupt message"]) => {
            "This port speaks without TLS: try the scheme without `s`"
        }
        () if says(&["begins with \"HTTP"]) => {
            "This port speaks HTTP: MQTT in WebSocket has ws:// and a path, as in ws://host/mqtt"
        }
        () if says(&["begins with \"SSH"]) => "This port is that of SSH",
        () => return None,
    })
}

/// Known failures of checks that are not there any more.
pub(super) fn strangers(
    known: &Known,
    files: &[LoadedFile],
    result: &RunResult,
) -> Result<Option<String>, Stop> {
    let mut ids: HashSet<String> = result.checks.iter().map(|check| check.id.clone()).collect();
    for instance in plan(files, &Selection::default()).map_err(Stop::own)? {
        ids.extend(
            checks(&instance).into_iter().map(|(name, _)| format!("{}#{name}", instance.id)),
        );
    }
    let exists =
        |id: &str| ids.contains(id) || id.starts_with("passive/") || id.ends_with("#alive");
    let strangers: Vec<_> = known.strangers(&exists).collect();
    let called = |id: &&str| match Renamed::embedded().check(id) {
        new if new == *id => (*id).to_owned(),
        new => format!("{id} (which is {new} now)"),
    };
    let words = || {
        let strangers: Vec<_> = strangers.iter().map(called).collect();
        format!("no check of these known failures exists: {}", strangers.join(", "))
    };
    Ok((!strangers.is_empty()).then(words))
}

/// What is known of the target and cannot all be true, once for all protocols.
pub(super) fn contradictions(env: &Environment) -> Vec<String> {
    let mut hints = BTreeMap::new();
    for (protocol, found) in &env.capabilities {
        for contradiction in found.contradictions() {
            let key = (contradiction.said.id.clone(), contradiction.seen.evidence.clone());
            hints.entry(key).or_insert_with(|| format!("{protocol}: {contradiction}"));
        }
    }
    hints.into_values().collect()
}

/// Cases that stop the target.
pub(super) fn deaths(cases: &[String]) -> Option<String> {
    let all = || cases.join(", ");
    (!cases.is_empty()).then(|| format!("the target had to be started again after {}", all()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    /// A result in which so many cases stop for each reason, and some pass.
    fn stopping(reasons: &[(&str, usize)], passing: usize) -> RunResult {
        let mut result = sample();
        let template = result.checks.remove(0);
        result.checks.clear();
        let mut add = |reason: Option<&str>| {
            let mut check = template.clone();
            check.case = format!("mqtt-5.0/a/c{}", result.checks.len());
            check.id = format!("{}#c", check.case);
            check.verdict = if reason.is_some() { Verdict::Inconclusive } else { Verdict::Pass };
            check.reason = reason.map(str::to_owned);
            result.checks.push(check);
        };
        for (reason, count) in reasons {
            for number in 0..*count {
                add(Some(
                    &format!("step {number}: {reason}").replace("ACTOR", &format!("`a{number}`")),
                ));
            }
        }
        (0..passing).for_each(|_| add(None));
        result
    }

    #[test]
    fn suspicious_runs() {
        let refused = "ACTOR is not let in: refused: 0x87 Not authorized";
        let mut table = vec![
            stopping(&[(refused, 41)], 19),
            stopping(&[(refused, 2)], 0),
            stopping(
                &[("refused: CONNACK 0x04 Connection Refused, bad user name or password", 5)],
                9,
            ),
            stopping(&[("ACTOR is not let in: refused: 0x97 Quota exceeded", 7)], 80),
            stopping(&[("ACTOR got no CONNACK within 5 s", 3)], 0),
            stopping(&[("waited for PUBLISH payload=\"ACTOR\"; observed nothing", 6)], 6),
            stopping(&[("waited for PUBLISH payload=\"ACTOR\"; observed nothing", 6)], 7),
            stopping(&[("cannot connect to the target: refused", 4), ("other", 3)], 9),
        ];
        let mut with_account = stopping(&[(refused, 41)], 19);
        with_account.capabilities[0].id = "accounts".to_owned();
        table.push(with_account);
        let mut died = stopping(&[], 3);
        died.died_after = Some("mqtt-5.0/a/c2".to_owned());
        table.push(died);
        let mut skipped = stopping(&[], 3);
        for check in &mut skipped.checks {
            check.verdict = Verdict::Skip;
            check.reason = Some("tcp is false: it is declared so".to_owned());
        }
        table.push(skipped);
        let mut error = stopping(&[], 3);
        error.checks[0].verdict = Verdict::Error;
        table.push(error);
        let hints: Vec<_> = table.iter().map(|result| of_result(result).join(" | ")).collect();
        insta::assert_snapshot!(hints.join("\n"));
    }

    #[test]
    fn what_answers_on_a_wrong_port() {
        let said = |url, why| of_silence(url, why).unwrap_or_default();
        assert!(said("mqtt://h", "sent a TLS alert").contains("mqtts://"));
        assert!(
            said("mqtts://h", "received corrupt message of type InvalidContentType")
                .contains("without TLS")
        );
        assert!(said("mqtt://h", "it begins with \"HTTP/1.1\"").contains("ws://host/mqtt"));
        assert_eq!(said("mqtt://h", "no answer"), "");
    }
}
