//! Every case against its reference peer, in memory and with a paused clock: the peer passes, every
//! legal variant of it passes, and every fault is caught by the checks that name it. `FAMILY=xmpp`
//! proves the faults of one family alone, while it is worked at.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use wirecheck::builtin::{in_memory, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::instance::Instance;
use wirecheck::case::load::load_embedded;
use wirecheck::passive;
use wirecheck::peer::{Fault, Options, Reference, TABLE};
use wirecheck::plan::{Selection, citations, plan};
use wirecheck::run::{self, Summary, run_all};
use wirecheck::verdict::{CheckResult, Verdict};

/// A fault that changes more checks than this proves none of them alone; the rows of one case count
/// once.
const BLUNT: usize = 20;

fn protocols(peer: &dyn Reference) -> &'static [Protocol] {
    peer.endpoints()[0].protocols
}

/// The cases for a peer; the environment variable `CASE` (patterns with commas between) narrows
/// them while one is written.
fn instances(peer: &dyn Reference) -> Vec<Arc<Instance>> {
    let files = load_embedded().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let selection = Selection {
        protocols: protocols(peer).to_vec(),
        cases: std::env::var("CASE")
            .iter()
            .flat_map(|all| all.split(','))
            .map(str::to_owned)
            .collect(),
        ..Selection::default()
    };
    plan(&files, &selection).unwrap()
}

/// What a case needs that is about a lack, and the variant of the peer that lacks it.
const LIMITED: [(&str, &str); 6] = [
    ("maximum_qos={\"$le\":1}", "maximum-qos-1"),
    ("retain=false", "no-retain"),
    ("topic-alias=0", "topic-alias-maximum-0"),
    ("wildcards=false", "no-wildcards"),
    ("subscription-identifiers=false", "no-subscription-identifiers"),
    ("shared-subscriptions=false", "no-shared-subscriptions"),
];

/// Runs the instances; those that need an account against a peer that has some, and those about a
/// lack against a variant that shows it.
fn run_with(peer: &dyn Reference, instances: &[Arc<Instance>], options: Options) -> Summary {
    let asks = |instance: &&Arc<Instance>| {
        instance.case.needs.iter().any(|need| need.id.starts_with("accounts"))
    };
    let mut summary = Summary::default();
    let mut instances: Vec<_> = instances.iter().collect();
    if options.variant.is_none() {
        for (need, variant) in LIMITED {
            let limits = |instance: &&Arc<Instance>| {
                instance.case.needs.iter().any(|it| {
                    it.pattern.as_ref().is_some_and(|of| format!("{}={of}", it.id) == need)
                })
            };
            let (limited, others): (Vec<_>, Vec<_>) = instances.into_iter().partition(limits);
            instances = others;
            if !limited.is_empty() {
                let options = Options { variant: Some(variant.to_owned()), ..options.clone() };
                let limited: Vec<_> = limited.into_iter().map(Arc::clone).collect();
                summary.checks.extend(run_as(peer, &limited, options).checks);
            }
        }
    }
    let (with, without): (Vec<_>, Vec<_>) = instances.into_iter().partition(asks);
    let own = |list: Vec<&Arc<Instance>>| list.into_iter().map(Arc::clone).collect::<Vec<_>>();
    summary.checks.extend(run_as(peer, &own(without), options.clone()).checks);
    if !with.is_empty() {
        let account = |user: &str| (user.to_owned(), "secret".to_owned());
        let accounts = BTreeMap::from([account("tester"), account("uncle")]);
        let options = Options { accounts, ..options };
        summary.checks.extend(run_as(peer, &own(with), options).checks);
    }
    summary
}

fn run_as(peer: &dyn Reference, instances: &[Arc<Instance>], options: Options) -> Summary {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut env = in_memory(peer, options, "abc123");
        probe_all(&mut env, protocols(peer)).await;
        let env = Arc::new(env);
        let how = run::Options { jobs: 64, ..run::Options::default() };
        run_all(&env, instances, &how, |_| {}).await
    })
}

/// Runs `work` for every item on two threads and gives the results in order.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let place = items.iter().position(|other| std::ptr::eq(other, item)).unwrap();
                    let result = work(item);
                    results.lock().unwrap().push((place, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

fn show(check: &CheckResult) -> String {
    let mut text = format!(
        "{} {} [{}] step {}\n  expected {}\n  observed {}\n  reason {:?}\n",
        check.verdict,
        check.id,
        check.requirement,
        check.step,
        check.expected,
        check.observed,
        check.reason
    );
    for entry in check.log.iter().flatten() {
        let words = entry.text.as_deref().unwrap_or_default();
        let _ = writeln!(text, "    {:8} {:6} {:?} {words}", entry.actor, entry.ms, entry.event);
    }
    text
}

#[test]
fn the_reference_peers_pass_every_case() {
    let mut summary = Summary::default();
    for peer in TABLE {
        let instances = instances(*peer);
        summary.checks.extend(run_with(*peer, &instances, Options::default()).checks);
    }
    let untaken = |check: &CheckResult| {
        check.verdict == Verdict::Skip
            && check.reason.as_deref() == Some("the branch it stands in was not taken")
    };
    let good = |check: &&CheckResult| {
        matches!(check.verdict, Verdict::Pass | Verdict::Info) || untaken(check)
    };
    let bad: String = summary.checks.iter().filter(|check| !good(check)).map(show).collect();
    assert!(bad.is_empty(), "{bad}");
    assert!(!summary.checks.is_empty());
}

#[test]
fn every_legal_variant_passes() {
    let all = TABLE.iter().flat_map(|peer| peer.variants().iter().map(move |it| (*peer, it)));
    let found = side_by_side(&all.collect::<Vec<_>>(), |(peer, variant)| {
        let options = Options { variant: Some(variant.id.to_owned()), ..Options::default() };
        let summary = run_with(*peer, &instances(*peer), options);
        let bad = |check: &&CheckResult| matches!(check.verdict, Verdict::Fail | Verdict::Error);
        summary
            .checks
            .iter()
            .filter(bad)
            .map(|check| format!("{}: {}", variant.id, show(check)))
            .collect::<String>()
    });
    let bad = found.concat();
    assert!(bad.is_empty(), "{bad}");
}

/// Which checks a fault changes to fail or warn, by fault.
type Changes = BTreeMap<String, BTreeSet<String>>;

fn changes(peer: &dyn Reference, instances: &[Arc<Instance>], faults: &[Fault]) -> Changes {
    let before = run_with(peer, instances, Options::default());
    let passed: BTreeSet<&str> = before
        .checks
        .iter()
        .filter(|check| !breaks(check))
        .map(|check| check.id.as_str())
        .collect();
    let found = side_by_side(faults, |fault| {
        let options = Options { fault: Some(fault.id.to_string()), ..Options::default() };
        let summary = run_with(peer, instances, options);
        let fails = summary.checks.iter().filter(|check| breaks(check));
        // A passive rule that had nothing to say before is new here, and changed all the same.
        let was_well = |id: &str| passed.contains(id) || id.starts_with("passive/");
        let named = |id: String| {
            // Which of the cases that run side by side sees a dead target first is chance.
            if id.ends_with("#alive") { "some case#alive".to_owned() } else { id }
        };
        fails
            .map(|check| check.id.clone())
            .filter(|id| was_well(id))
            .map(named)
            .collect::<BTreeSet<_>>()
    });
    faults.iter().map(|fault| fault.id.to_string()).zip(found).collect()
}

fn breaks(check: &CheckResult) -> bool {
    matches!(check.verdict, Verdict::Fail | Verdict::Warn)
}

#[test]
fn every_fault_is_caught_and_every_check_bites() {
    let mut text = String::from(
        "# Faults of the reference peers\n\n\
         What each fault breaks, and which checks then end `fail` or `warn`. Written by the\n\
         self-test; a change of it is a change of what the checks notice.\n",
    );
    let mut problems = String::new();
    let narrowed = std::env::var("FAMILY").ok();
    let committed = std::fs::read_to_string(place("FAULTS.md")).unwrap_or_default();
    for peer in TABLE {
        let title = format!("\n# {}: {}\n", peer.family(), peer.name());
        if narrowed.as_ref().is_some_and(|family| *family != peer.family().to_string()) {
            // What was not tried stays as it is.
            text.push_str(section(&committed, &title));
            continue;
        }
        text.push_str(&title);
        proved(*peer, &mut text, &mut problems);
    }
    assert!(problems.is_empty(), "\n{problems}{text}");
    if std::env::var("CASE").is_err() {
        compare("FAULTS.md", &text);
    }
}

/// A part of a file, from its title to the next one of its kind.
fn section<'t>(text: &'t str, title: &str) -> &'t str {
    let Some(begin) = text.find(title) else { return "" };
    let rest = &text[begin..];
    let end = rest[title.len()..].find("\n# ").map_or(rest.len(), |end| title.len() + end);
    &rest[..end]
}

fn proved(peer: &dyn Reference, text: &mut String, problems: &mut String) {
    let instances = instances(peer);
    let faults = peer.faults();
    let changes = changes(peer, &instances, &faults);
    let mut proofs = proofs(&instances);
    if std::env::var("CASE").is_err() {
        proofs.extend(passive_proofs(protocols(peer)));
    }
    for (fault, requirement, check, breaks) in proofs {
        let Some(known) = faults.iter().find(|known| known.id == fault) else {
            let _ =
                writeln!(problems, "{check} names the fault {fault}, which is not in the table");
            continue;
        };
        let caught = &changes[&fault];
        if !caught.contains(&check) {
            let _ = writeln!(problems, "{check} does not notice {fault}");
        }
        let rests = |id: &str| known.breaks.contains(&id);
        let generated = known.breaks.is_empty();
        if !generated && !rests(&requirement) && !breaks.as_deref().is_some_and(rests) {
            let _ = writeln!(
                problems,
                "{check} rests on {requirement} (breaks {breaks:?}), {fault} breaks {:?}",
                known.breaks
            );
        }
    }
    for (check, faults) in only_blunt(&instances, &changes) {
        let _ = writeln!(problems, "{check} is proved by blunt faults only: {faults:?}");
    }
    if std::env::var("CASE").is_err() {
        for (fault, checks) in &changes {
            if checks.is_empty() {
                let _ = writeln!(problems, "nobody notices {fault}");
            }
        }
    }
    text.push_str(&table(&faults, &changes));
}

/// Every proof that a case claims: fault, requirement, check, breaks.
fn proofs(instances: &[Arc<Instance>]) -> Vec<(String, String, String, Option<String>)> {
    let mut proofs = Vec::new();
    for instance in instances {
        for citation in citations(instance) {
            for fault in &citation.bites {
                proofs.push((
                    fault.clone(),
                    citation.requirement.clone(),
                    instance.check_id(&citation.name),
                    citation.breaks.clone(),
                ));
            }
        }
    }
    proofs
}

/// The same of the passive rules of protocols.
fn passive_proofs(spoken: &[Protocol]) -> Vec<(String, String, String, Option<String>)> {
    let mut proofs = Vec::new();
    for rule in passive::all().iter().filter(|rule| spoken.contains(&rule.protocol)) {
        // A fault of the rules that both versions of MQTT share is that of the newer one.
        if rule.protocol == Protocol::Mqtt311 {
            continue;
        }
        for fault in rule.bites {
            let check = format!("passive/{}/{}#run", rule.protocol, rule.name);
            proofs.push(((*fault).to_owned(), rule.requirement.to_owned(), check, None));
        }
    }
    proofs
}

fn only_blunt(instances: &[Arc<Instance>], changes: &Changes) -> Vec<(String, Vec<String>)> {
    let blunt = |fault: &String| changes.get(fault).is_some_and(is_blunt);
    let mut found = Vec::new();
    for instance in instances {
        for citation in citations(instance) {
            if !citation.bites.is_empty() && citation.bites.iter().all(blunt) {
                found.push((instance.check_id(&citation.name), citation.bites));
            }
        }
    }
    found
}

fn is_blunt(checks: &BTreeSet<String>) -> bool {
    let without_row = |check: &String| match (check.split_once('['), check.split_once(']')) {
        (Some((case, _)), Some((_, name))) => format!("{case}{name}"),
        _ => check.clone(),
    };
    checks.iter().map(without_row).collect::<BTreeSet<_>>().len() > BLUNT
}

fn table(faults: &[Fault], changes: &Changes) -> String {
    let mut text = String::new();
    for fault in faults {
        let checks = &changes[fault.id.as_ref()];
        let blunt = if is_blunt(checks) { ", blunt" } else { "" };
        let breaks = if fault.breaks.is_empty() {
            "what the decoder enforces".to_owned()
        } else {
            fault.breaks.join(", ")
        };
        let _ = writeln!(
            text,
            "\n## {}\n\n{}\nBreaks {breaks}. {} checks{blunt}.\n",
            fault.id,
            fault.doc,
            checks.len()
        );
        for check in checks {
            let _ = writeln!(text, "- {check}");
        }
    }
    text
}

fn place(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Compares a committed file; `WIRECHECK_BLESS=1` rewrites it.
fn compare(name: &str, text: &str) {
    let path = place(name);
    if std::env::var_os("WIRECHECK_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{name} is out of date; WIRECHECK_BLESS=1 rewrites it");
}

/// Shows what one fault does: `FAULT=no-suback cargo test --test selftest one_fault -- --nocapture`.
#[test]
fn one_fault() {
    let Ok(fault) = std::env::var("FAULT") else { return };
    let knows = |peer: &&&dyn Reference| peer.faults().iter().any(|known| known.id == fault);
    let peer = *TABLE.iter().find(knows).unwrap();
    let options = Options { fault: Some(fault), ..Options::default() };
    let summary = run_with(peer, &instances(peer), options);
    for check in summary.checks.iter().filter(|check| check.verdict != Verdict::Pass) {
        println!("{}", show(check));
    }
    println!("died after {:?}", summary.died_after);
}
