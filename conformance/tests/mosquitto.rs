//! Every MQTT case against a real mosquitto on loopback.
//!
//! Where mosquitto is not installed the test says so and passes, unless `WIRECHECK_REQUIRE` names
//! it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wirecheck::builtin::{Fixed, environment, know, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::load::load_embedded;
use wirecheck::driver::Connector;
use wirecheck::peer::{Peer, mqtt_sn};
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{Options, Summary, run_all};
use wirecheck::transport::Link;
use wirecheck::verdict::Verdict;

const PROTOCOLS: [Protocol; 2] = [Protocol::Mqtt311, Protocol::Mqtt50];

/// A broker that ends with the test.
struct Mosquitto {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start() -> Option<Mosquitto> {
    let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
    let required = required.split(',').any(|name| name == "mosquitto");
    let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|program| {
        Command::new(program).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    });
    let Some(program) = program else {
        assert!(!required, "mosquitto is required and not installed");
        println!("skipped: mosquitto is not installed");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let path = folder.path().join("mosquitto.conf");
    let mut file = std::fs::File::create(&path).unwrap();
    writeln!(file, "listener {} 127.0.0.1", address.port()).unwrap();
    writeln!(file, "allow_anonymous true\npersistence false\nlog_type none").unwrap();
    let child = Command::new(program)
        .arg("-c")
        .arg(&path)
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mosquitto = Mosquitto { child, address, _folder: folder };
    let deadline = Instant::now() + Duration::from_secs(10);
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "mosquitto does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(mosquitto)
}

fn run(address: SocketAddr) -> Summary {
    let files = load_embedded().unwrap();
    let selection = Selection {
        protocols: PROTOCOLS.to_vec(),
        cases: std::env::var("CASE").ok().into_iter().collect(),
        ..Selection::default()
    };
    let instances = plan(&files, &selection).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connector =
            Arc::new(Fixed { scheme: "mqtt".to_owned(), address, host: "127.0.0.1".to_owned() });
        let nonce: String = std::iter::repeat_with(fastrand::lowercase).take(6).collect();
        let mut env = environment(connector, &nonce, "wirecheck run");
        assert_eq!(probe_all(&mut env, &PROTOCOLS).await, []);
        let how = Options { jobs: 32, fail_fast: false };
        run_all(&Arc::new(env), &instances, &how, |_| {}).await
    })
}

/// What is known to be wrong with the mosquitto of the distribution (2.0.11), by check. A newer one
/// may do better: only that most of it is found is asked for.
const DEVIATIONS: &[&str] = &[
    "mqtt-5.0/delivery/in-flight-does-not-expire#goes-on",
    "mqtt-5.0/flow/client-exceeds-receive-maximum#refused",
    "mqtt-3.1.1/subscribe/overlapping#highest-qos",
    "mqtt-5.0/vectors/first-packet[connect-authentication-data-alone]#refused",
    "mqtt-3.1.1/vectors/later-packet[acknowledgements-puback-header-flags]#refused",
    "mqtt-3.1.1/vectors/later-packet[acknowledgements-pubrec-header-flags]#refused",
    "mqtt-3.1.1/vectors/later-packet[acknowledgements-pubcomp-header-flags]#refused",
    "mqtt-3.1.1/vectors/later-packet[ping-pingreq-flags]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-puback-header-flags]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-pubrec-header-flags]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-pubcomp-header-flags]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-puback-trailing-bytes]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-pubrec-trailing-bytes]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-pubrel-trailing-bytes]#refused",
    "mqtt-5.0/vectors/later-packet[acknowledgements-pubcomp-trailing-bytes]#refused",
    "mqtt-5.0/vectors/later-packet[ping-pingreq-body]#refused",
    "mqtt-5.0/vectors/later-packet[ping-pingreq-flags]#refused",
    "mqtt-5.0/vectors/later-packet[publish-subscription-identifier-from-client]#refused",
    "mqtt-5.0/vectors/later-packet[subscribe-shared-no-local]#refused",
    "mqtt-5.0/will/takeover-ends-session[clean-start]#will-sent",
    "mqtt-5.0/will/takeover-ends-session[no-delay]#will-sent",
    "mqtt-3.1.1/will/protocol-error#published",
    "mqtt-5.0/will/protocol-error#published",
    "passive/mqtt-5.0/receive-maximum#run",
];

#[test]
fn mosquitto_is_judged() {
    let Some(mosquitto) = start() else { return };
    let summary = run(mosquitto.address);
    assert!(!summary.partial);
    assert_eq!(summary.died_after, None);
    let errors: Vec<_> =
        summary.checks.iter().filter(|check| check.verdict == Verdict::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let verdict = |id: &str| summary.checks.iter().find(|check| check.id == id).unwrap().verdict;
    // Positive controls: what any broker does.
    for id in [
        "mqtt-5.0/qos/puback#answered",
        "mqtt-3.1.1/qos/pubrec#answered",
        "mqtt-5.0/retained/newest-on-subscribing#sent",
        "mqtt-3.1.1/subscribe/answered#suback",
    ] {
        assert_eq!(verdict(id), Verdict::Pass, "{id}");
    }
    let found = DEVIATIONS.iter().filter(|id| verdict(id) >= Verdict::Warn).count();
    assert!(found * 2 >= DEVIATIONS.len(), "{found} of {} known deviations", DEVIATIONS.len());
}

/// Our gateway in memory, and mosquitto behind it.
struct GatewayOver {
    gateway: Arc<dyn Peer>,
    broker: SocketAddr,
}

impl Connector for GatewayOver {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            match endpoint {
                "mqtt" => Link::tcp(self.broker).await,
                _ => self.gateway.link(endpoint),
            }
        })
    }

    fn address(&self, _: &str) -> Option<wirecheck::driver::Address> {
        None
    }
}

#[test]
fn the_gateway_passes_over_mosquitto() {
    let Some(mosquitto) = start() else { return };
    let files = load_embedded().unwrap();
    let protocols = vec![Protocol::MqttSn12];
    let selection = Selection { protocols: protocols.clone(), ..Selection::default() };
    let instances = plan(&files, &selection).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let summary = runtime.block_on(async {
        let broker = mosquitto.address;
        let dial: mqtt_sn::Dial = Box::new(move || Box::pin(Link::tcp(broker)));
        let gateway = mqtt_sn::with_broker(wirecheck::peer::Options::default(), dial);
        let connector = Arc::new(GatewayOver { gateway, broker });
        let nonce: String = std::iter::repeat_with(fastrand::lowercase).take(6).collect();
        let mut env = environment(connector, &nonce, "wirecheck run");
        know(&mut env, &mqtt_sn::Reference);
        assert_eq!(probe_all(&mut env, &protocols).await, []);
        let how = Options { jobs: 32, fail_fast: false };
        run_all(&Arc::new(env), &instances, &how, |_| {}).await
    });
    assert_eq!(summary.died_after, None);
    let good = |verdict| matches!(verdict, Verdict::Pass | Verdict::Info);
    let bad: Vec<_> = summary.checks.iter().filter(|check| !good(check.verdict)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(summary.checks.len() > 80, "{} checks", summary.checks.len());
}
