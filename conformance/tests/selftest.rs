//! Every case against the reference peers, in memory and with a paused clock.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use wirecheck::builtin::{InMemory, environment, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::load::load_embedded;
use wirecheck::peer::mqtt::{Broker, Options};
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{self, Summary, run_all};
use wirecheck::verdict::Verdict;

const PROTOCOLS: [Protocol; 2] = [Protocol::Mqtt311, Protocol::Mqtt50];

fn run_with(options: Options) -> Summary {
    let files = load_embedded().unwrap();
    let selection = Selection {
        protocols: PROTOCOLS.to_vec(),
        cases: std::env::var("CASE").ok().into_iter().collect(),
        ..Selection::default()
    };
    let instances = plan(&files, &selection).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let connector = Arc::new(InMemory(Broker::new(options)));
        let mut env = environment(connector, "abc123", "wirecheck run");
        probe_all(&mut env, &PROTOCOLS).await;
        let env = Arc::new(env);
        let how = run::Options { jobs: 64, fail_fast: false };
        run_all(&env, &instances, &how, &tokio::sync::Notify::new(), |_| {}).await
    })
}

#[test]
fn the_reference_broker_passes_every_case() {
    let summary = run_with(Options::default());
    let mut bad = String::new();
    for check in &summary.checks {
        if !matches!(check.verdict, Verdict::Pass | Verdict::Info) {
            bad.push_str(&format!(
                "{} {} {:?}\n  expected {}\n  observed {}\n",
                check.verdict, check.id, check.reason, check.expected, check.observed
            ));
            for e in check.log.iter().flatten() {
                bad.push_str(&format!(
                    "   {} {:6} {:?} {}\n",
                    e.actor,
                    e.ms,
                    e.event,
                    e.text.clone().unwrap_or_default()
                ));
            }
        }
    }
    println!("{} checks", summary.checks.len());
    assert!(bad.is_empty(), "{bad}");
}
