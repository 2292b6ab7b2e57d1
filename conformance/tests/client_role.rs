//! The target as a client: a case tells it what to do, accepts its connection and judges it.
#![allow(missing_docs)]

use std::pin::Pin;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc};
use wirecheck::builtin::{InMemory, environment};
use wirecheck::case::instance::instances;
use wirecheck::case::load::load_text;
use wirecheck::peer::Options;
use wirecheck::peer::mqtt::Broker;
use wirecheck::run::{CaseOutcome, Verbs, run_case};
use wirecheck::transport::Link;
use wirecheck::verdict::Verdict;
use wirecheck_codecs::mqtt::Version;
use wirecheck_codecs::mqtt::json::encode;

/// `?{}` takes whatever comes first, so that a wrong first packet is judged and not passed over.
const CASE: &str = r#"{ "schema": "wirecheck/case/1", "family": "mqtt", "cases": [
 { "id": "client/first-packet", "protocols": ["mqtt-5.0"], "role": "client",
   "title": "A client begins with CONNECT and goes on once it is accepted",
   "steps": [
     {"do": "ping", "with": {"client_identifier": "c"}, "as": "run"},
     {"accept": "a", "auto": [], "within": "5s"},
     {"expect": "a", "name": "connect-first", "requirement": "MQTT5-3.1.0-1", "bites": ["ping-first"],
      "where": "?{}", "is": {"connect": {"client_identifier": "c"}}},
     {"send": "a", "message": {"connack": {"reason_code": 0}}},
     {"await": "a", "is": {"pingreq": {}}},
     {"send": "a", "message": {"pingresp": {}}},
     {"check": "run", "name": "ended-well", "is": {"code": 0}, "info": "how the client ended"} ] } ] }"#;

/// A client with one verb, `ping`: connect, then ping. An impolite one leaves CONNECT out.
struct Client {
    links: mpsc::Sender<Link>,
    polite: bool,
}

impl Verbs for Client {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
        Box::pin(async move {
            if !self.has(verb) {
                return Err(format!("no verb {verb}"));
            }
            let bytes = |form: Value| encode(&form, Version::V5).expect("a form");
            let connect = bytes(json!({ "connect": with }));
            let ping = bytes(json!({ "pingreq": {} }));
            let (link, mut ours) = Link::memory();
            self.links.send(link).await.map_err(|error| error.to_string())?;
            let polite = self.polite;
            tokio::spawn(async move {
                let mut answer = [0; 64];
                if polite {
                    ours.write_all(&connect).await.expect("CONNECT goes out");
                    assert!(ours.read(&mut answer).await.expect("an answer") > 0);
                }
                ours.write_all(&ping).await.expect("PINGREQ goes out");
                // It stays until the case is over.
                while ours.read(&mut answer).await.is_ok_and(|read| read > 0) {}
            });
            Ok(json!({ "stdout": "", "stderr": "", "code": 0 }))
        })
    }

    fn has(&self, verb: &str) -> bool {
        verb == "ping"
    }
}

fn outcome(polite: bool) -> CaseOutcome {
    let loaded = load_text("client.json", "mqtt", "client", CASE).expect("a case");
    let instance = instances(&loaded.file.cases[0], &[]).expect("instances").remove(0);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let broker = Arc::new(InMemory(Arc::new(Broker::new(Options::default()))));
        let mut env = environment(broker, "abc123", "wirecheck run");
        let (links, incoming) = mpsc::channel(1);
        env.verbs = Arc::new(Client { links, polite });
        env.incoming = Some(Mutex::new(incoming));
        run_case(&env, &instance, 0).await
    })
}

#[track_caller]
fn verdict(outcome: &CaseOutcome, name: &str) -> Verdict {
    let id = format!("mqtt-5.0/client/first-packet#{name}");
    let check = outcome.checks.iter().find(|check| check.id == id);
    check.unwrap_or_else(|| panic!("no {id} among {:#?}", outcome.checks)).verdict
}

#[test]
fn a_polite_client_passes() {
    let outcome = outcome(true);
    assert_eq!(verdict(&outcome, "connect-first"), Verdict::Pass, "{:#?}", outcome.checks);
    assert_eq!(verdict(&outcome, "ended-well"), Verdict::Pass, "{:#?}", outcome.checks);
}

#[test]
fn a_client_that_does_not_begin_with_connect_fails() {
    let outcome = outcome(false);
    assert_eq!(verdict(&outcome, "connect-first"), Verdict::Fail, "{:#?}", outcome.checks);
}
