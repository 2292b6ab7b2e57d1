//! Every packet of the vectors that no server may send is sent to us once, and found.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use wirecheck::builtin::{in_memory, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::load::load_embedded;
use wirecheck::catalogue::{Breach, Catalogue};
use wirecheck::passive::UNREADABLE;
use wirecheck::peer::{Options, Reference, TABLE, saying};
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{self, run_all};
use wirecheck::verdict::Verdict;

/// The protocols, and a case of each in which the server says something.
const SAID_IN: [(Protocol, &str); 6] = [
    (Protocol::Mqtt311, "*/ping/answered*"),
    (Protocol::Mqtt50, "*/ping/answered*"),
    (Protocol::MqttSn12, "*/link/ping"),
    (Protocol::Coap, "*/messages/ping"),
    (Protocol::CoapTcp, "*/signalling/ping"),
    (Protocol::CoapWs, "*/signalling/ping"),
];

fn peer_of(protocol: Protocol) -> &'static dyn Reference {
    *TABLE.iter().find(|peer| peer.endpoints()[0].protocols.contains(&protocol)).unwrap()
}

#[test]
fn what_no_server_may_say_is_found_under_its_requirement() {
    let files = load_embedded().unwrap();
    let sayings = saying::all(&SAID_IN.map(|(protocol, _)| protocol));
    let mut problems = Vec::new();
    for saying in &sayings {
        let (_, case) = SAID_IN.iter().find(|(protocol, _)| *protocol == saying.protocol).unwrap();
        let selection = Selection {
            protocols: vec![saying.protocol],
            cases: vec![(*case).to_owned()],
            ..Selection::default()
        };
        let instances = plan(&files, &selection).unwrap();
        assert_eq!(instances.len(), 1);
        let run = |fault: Option<String>| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build();
            runtime.unwrap().block_on(async {
                let options = Options { fault, ..Options::default() };
                let mut env = in_memory(peer_of(saying.protocol), Options::default(), "abc123");
                // What is probed is the peer without the fault, so that the case is not skipped.
                probe_all(&mut env, &[saying.protocol]).await;
                let capabilities = env.capabilities;
                let mut env = in_memory(peer_of(saying.protocol), options, "abc123");
                env.capabilities = capabilities;
                let how = run::Options { jobs: 1, ..run::Options::default() };
                run_all(&Arc::new(env), &instances, &how, |_| {}).await
            })
        };
        let check = format!("passive/{}/{UNREADABLE}#run", saying.protocol);
        let level = Catalogue::embedded().get(saying.requirement).unwrap().level;
        let verdict = match level.verdict_on_breach() {
            Breach::Fail => Verdict::Fail,
            Breach::Warn => Verdict::Warn,
            Breach::Info => Verdict::Info,
        };
        let summary = run(Some(saying.fault()));
        let found = summary.checks.iter().find(|known| known.id == check);
        let caught = found.is_some_and(|found| {
            found.requirement == saying.requirement && found.verdict == verdict
        });
        if !caught {
            let found = found.map(|found| (found.verdict, found.requirement.clone()));
            problems.push(format!("{} [{}]: {found:?}", saying.fault(), saying.requirement));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(sayings.len() > 200, "only {} sayings", sayings.len());
    for saying in &sayings {
        let listed = peer_of(saying.protocol).sayings();
        assert!(listed.iter().any(|fault| fault.id == saying.fault()), "{}", saying.fault());
    }
    for (protocol, _) in SAID_IN {
        let least = if protocol == Protocol::MqttSn12 { 40 } else { 2 };
        let count = sayings.iter().filter(|saying| saying.protocol == protocol).count();
        assert!(count > least, "only {count} sayings of {protocol}");
    }
}
