//! Every message of the vectors that no MQTT-SN gateway may send is sent to us once, and found.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use wirecheck::builtin::{in_memory, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::load::load_embedded;
use wirecheck::catalogue::{Breach, Catalogue};
use wirecheck::passive::UNREADABLE;
use wirecheck::peer::mqtt_sn::{Reference, says};
use wirecheck::peer::{self, Options};
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{self, Summary, run_all};
use wirecheck::verdict::Verdict;

fn ping(fault: String) -> Summary {
    let selection = Selection {
        protocols: vec![Protocol::MqttSn12],
        cases: vec!["*/link/ping".to_owned()],
        ..Selection::default()
    };
    let instances = plan(&load_embedded().unwrap(), &selection).unwrap();
    assert_eq!(instances.len(), 1);
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let options = Options { fault: Some(fault), ..Options::default() };
        let mut env = in_memory(&Reference, options, "abc123");
        probe_all(&mut env, &[Protocol::MqttSn12]).await;
        let how = run::Options { jobs: 1, ..run::Options::default() };
        run_all(&Arc::new(env), &instances, &how, |_| {}).await
    })
}

#[test]
fn what_no_gateway_may_say_is_found_under_its_requirement() {
    let sayings = says::all();
    let check = format!("passive/{}/{UNREADABLE}#run", Protocol::MqttSn12);
    let mut problems = Vec::new();
    for saying in &sayings {
        let level = Catalogue::embedded().get(saying.requirement).unwrap().level;
        let verdict = match level.verdict_on_breach() {
            Breach::Fail => Verdict::Fail,
            Breach::Warn => Verdict::Warn,
            Breach::Info => Verdict::Info,
        };
        let summary = ping(saying.fault());
        let found = summary.checks.iter().find(|known| known.id == check);
        let found = found.map(|found| (found.verdict, found.requirement.clone()));
        if found != Some((verdict, saying.requirement.to_owned())) {
            problems.push(format!("{} [{}]: {found:?}", saying.fault(), saying.requirement));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(sayings.len() > 40, "only {} sayings", sayings.len());
    let listed = peer::Reference::sayings(&Reference);
    assert!(sayings.iter().all(|saying| listed.iter().any(|fault| fault.id == saying.fault())));
}
