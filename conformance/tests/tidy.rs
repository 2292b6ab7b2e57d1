//! What a run leaves on a target: nothing, also when it is broken off, and also of an earlier run
//! that used the same names and could not tidy up.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wirecheck::builtin::{InMemory, environment, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::instance::Instance;
use wirecheck::case::load::load_text;
use wirecheck::peer::Options;
use wirecheck::peer::mqtt::Broker;
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{self, Environment, Event, run_all};

/// A case of these steps.
fn case(steps: serde_json::Value) -> Vec<Arc<Instance>> {
    let text = json!({
        "schema": "wirecheck/case/1", "family": "mqtt",
        "cases": [{ "id": "tidy/names", "title": "What is found under the names of a case",
            "protocols": ["mqtt-5.0"], "steps": steps }],
    });
    let file = load_text("tidy.json", "mqtt", "tidy", &text.to_string());
    let files = [file.unwrap_or_else(|problems| panic!("{problems:#?}"))];
    plan(&files, &Selection { protocols: vec![Protocol::Mqtt50], ..Selection::default() }).unwrap()
}

/// Opens a session that lasts, retains a message below the case's topic, and waits.
fn leaving() -> Vec<Arc<Instance>> {
    case(json!([
        { "open": "a", "with": { "client_identifier": "${id.a}" },
          "session": { "clean": true, "keep": 3600 } },
        { "send": "a", "message": { "publish": { "topic_name": "${topic}/kept", "retain": true,
          "qos": 1, "packet_identifier": 1, "payload": "x" } } },
        { "expect": "a", "name": "acknowledged", "requirement": "MQTT5-4.3.2-4", "bites": ["forgets-session"],
          "is": { "puback": { "packet_identifier": 1 } } },
        { "wait": "60s", "because": "the run ends in the meantime" },
    ]))
}

/// Looks for both.
fn finding() -> Vec<Arc<Instance>> {
    case(json!([
        { "open": "a", "with": { "client_identifier": "${id.a}" },
          "session": { "clean": false, "keep": 0 }, "as": "connack" },
        { "check": "connack", "name": "no-session", "requirement": "MQTT5-3.2.2-2", "bites": ["forgets-session"],
          "is": { "connack": { "session_present": false } } },
        { "send": "a", "message": { "subscribe": { "packet_identifier": 2,
          "subscriptions": [{ "topic_filter": "${topic}/#" }] } } },
        { "await": "a", "is": { "suback": { "packet_identifier": 2 } } },
        { "expect": "a", "name": "no-retained", "requirement": "MQTT5-3.3.1-6", "bites": ["forgets-session"],
          "nothing": { "publish": { "retain": true } }, "until": { "fence": { "from": "a" } } },
    ]))
}

async fn target(broker: &Broker) -> Environment {
    let mut env =
        environment(Arc::new(InMemory(Arc::new(broker.clone()))), "abc123", "wirecheck run");
    probe_all(&mut env, &[Protocol::Mqtt50]).await;
    env
}

fn verdicts(summary: &run::Summary) -> Vec<String> {
    let checks = summary.checks.iter().filter(|check| !check.case.starts_with("passive/"));
    checks.map(|check| format!("{} {}", check.id, check.verdict)).collect()
}

fn how() -> run::Options {
    run::Options { jobs: 4, ..run::Options::default() }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_broken_off_leaves_nothing() {
    let broker = Broker::new(Options::default());
    let env = Arc::new(target(&broker).await);
    let halt = env.halt.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        halt.raise();
    });
    let mut finished = 0;
    let instances = leaving();
    let few = how();
    let summary = run_all(&env, &instances, &few, |event| {
        finished += usize::from(matches!(event, Event::Finished(_)));
    });
    assert!(summary.await.partial);
    assert_eq!(finished, 1, "the case ends in order");
    let env = Arc::new(target(&broker).await);
    let found = run_all(&env, &finding(), &how(), |_| {}).await;
    assert!(verdicts(&found).iter().all(|line| line.ends_with("pass")), "{:?}", verdicts(&found));
}

#[tokio::test(start_paused = true)]
async fn names_that_were_used_before_are_cleared_first() {
    for (used_before, wanted) in [(false, "fail"), (true, "pass")] {
        let broker = Broker::new(Options::default());
        let env = Arc::new(target(&broker).await);
        let run = tokio::spawn(async move { run_all(&env, &leaving(), &how(), |_| {}).await });
        tokio::time::sleep(Duration::from_secs(5)).await;
        run.abort();
        let mut env = target(&broker).await;
        env.names_used_before = used_before;
        let found = run_all(&Arc::new(env), &finding(), &how(), |_| {}).await;
        let lines = verdicts(&found);
        let judged: Vec<_> = lines.iter().filter(|line| !line.contains("#alive")).collect();
        assert_eq!(judged.len(), 2, "{lines:?}");
        assert!(judged.iter().all(|line| line.ends_with(wanted)), "{used_before}: {lines:?}");
    }
}
