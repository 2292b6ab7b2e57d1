//! Targets that stand little: one that stops serving and can be started again, and small devices
//! that lose what comes too fast.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::process::Command;
use tokio::sync::{Notify, mpsc};

use wirecheck::builtin::{environment, in_memory, probe_all};
use wirecheck::case::Protocol;
use wirecheck::case::load::load_embedded;
use wirecheck::driver::{Address, Connector};
use wirecheck::peer::{self, Options, Peer, Reference};
use wirecheck::plan::{Selection, plan};
use wirecheck::run::{self, Summary, Verbs, run_all};
use wirecheck::transport::Link;
use wirecheck::verdict::Verdict;

type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A broker that stops serving in one case, and that can be started again.
#[derive(Clone)]
struct Phoenix {
    now: Arc<Mutex<Arc<dyn Peer>>>,
    starts: Arc<AtomicUsize>,
    /// Whether the fault is there again after a start.
    always: bool,
}

impl Phoenix {
    fn new(always: bool) -> Self {
        Self { now: Arc::new(Mutex::new(Self::fresh(true))), starts: Arc::default(), always }
    }

    fn fresh(faulty: bool) -> Arc<dyn Peer> {
        let fault = faulty.then(|| "dies-on-crash-topic".to_owned());
        peer::mqtt::Reference.start(Options { fault, ..Options::default() })
    }
}

impl Connector for Phoenix {
    fn connect<'a>(&'a self, endpoint: &'a str) -> Doing<'a, io::Result<Link>> {
        Box::pin(async move { self.now.lock().unwrap().link(endpoint) })
    }

    fn address(&self, _: &str) -> Option<Address> {
        None
    }
}

impl Verbs for Phoenix {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        _: &'a Map<String, Value>,
    ) -> Doing<'a, Result<Value, String>> {
        Box::pin(async move { Err(format!("no verb `{verb}`")) })
    }

    fn has(&self, _: &str) -> bool {
        false
    }

    fn can_revive(&self) -> bool {
        true
    }

    fn revive<'a>(&'a self) -> Doing<'a, Result<(), String>> {
        Box::pin(async {
            *self.now.lock().unwrap() = Self::fresh(self.always);
            self.starts.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
    }
}

fn run_against(phoenix: &Phoenix, revive: bool) -> Summary {
    let files = load_embedded().unwrap();
    let selection = Selection {
        protocols: vec![Protocol::Mqtt50],
        cases: ["mqtt-5.0/robustness/*", "mqtt-5.0/qos/*"].map(str::to_owned).to_vec(),
        ..Selection::default()
    };
    let instances = plan(&files, &selection).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut env = environment(Arc::new(phoenix.clone()), "abc123", "wirecheck run");
        if revive {
            env.verbs = Arc::new(phoenix.clone());
        }
        probe_all(&mut env, &[Protocol::Mqtt50]).await;
        let how = run::Options { jobs: 8, ..run::Options::default() };
        run_all(&Arc::new(env), &instances, &how, |_| {}).await
    })
}

#[test]
fn a_target_that_is_started_again_is_judged_to_the_end() {
    let phoenix = Phoenix::new(true);
    let dead = run_against(&phoenix, false);
    assert!(dead.died_after.is_some(), "the fault stops the broker");
    assert_eq!(phoenix.starts.load(Ordering::Relaxed), 0);

    let phoenix = Phoenix::new(true);
    let summary = run_against(&phoenix, true);
    assert_eq!(summary.died_after, None);
    let failed: Vec<_> =
        summary.checks.iter().filter(|check| check.verdict == Verdict::Fail).collect();
    let killers: Vec<_> = failed.iter().map(|check| check.id.as_str()).collect();
    assert!(!killers.is_empty() && killers.iter().all(|id| id.ends_with("#alive")), "{killers:?}");
    let deaths: Vec<_> = summary.deaths.iter().map(|case| format!("{case}#alive")).collect();
    assert_eq!(killers.len(), deaths.len(), "{killers:?} {deaths:?}");
    assert!(deaths.iter().all(|id| killers.contains(&id.as_str())), "{killers:?} {deaths:?}");
    // Only what belongs to a case that stops it was not reached.
    let unreached = summary.checks.iter().filter(|check| check.verdict == Verdict::Inconclusive);
    for check in unreached {
        assert!(summary.deaths.contains(&check.case), "{}: {:?}", check.id, check.reason);
    }
}

#[test]
fn a_death_that_no_case_alone_explains_is_still_told() {
    let phoenix = Phoenix::new(false);
    let summary = run_against(&phoenix, true);
    assert_eq!((summary.died_after, summary.deaths.len()), (None, 0));
    assert_eq!(phoenix.starts.load(Ordering::Relaxed), 1);
    let failed = summary.checks.iter().filter(|check| check.verdict == Verdict::Fail);
    let failed: Vec<_> = failed.collect();
    let [alive] = failed.as_slice() else { panic!("{failed:#?}") };
    let reason = alive.reason.as_deref().unwrap_or_default();
    assert!(alive.id.ends_with("#alive") && reason.contains("none of which"), "{alive:#?}");
}

#[test]
fn patience_makes_no_silence_of_ours_longer() {
    let files = load_embedded().unwrap();
    let selection = Selection {
        protocols: vec![Protocol::Mqtt311, Protocol::Mqtt50],
        cases: vec!["*/keep-alive/*".to_owned()],
        ..Selection::default()
    };
    let instances = plan(&files, &selection).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let summary = runtime.unwrap().block_on(async {
        let mut env = in_memory(&peer::mqtt::Reference, Options::default(), "abc123");
        env.patience = 400;
        probe_all(&mut env, &selection.protocols).await;
        run_all(&Arc::new(env), &instances, &run::Options::default(), |_| {}).await
    });
    assert!(summary.checks.iter().any(|check| check.verdict == Verdict::Pass));
    let failed = summary.checks.iter().filter(|check| check.verdict >= Verdict::Fail);
    let failed: Vec<_> = failed.map(|check| (&check.id, &check.observed)).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// How many messages a small device keeps, and how long it takes for one.
const BUFFER: usize = 4;
const EACH: Duration = Duration::from_millis(200);

/// The messages that wait in a small device, and whether it ever had too many.
#[derive(Default)]
struct Device {
    waiting: Mutex<VecDeque<(usize, Vec<u8>)>>,
    more: Notify,
    flooded: AtomicBool,
}

impl Device {
    /// Takes a message of a client, if there is room.
    fn take(&self, client: usize, message: Vec<u8>) {
        let mut waiting = self.waiting.lock().unwrap();
        if waiting.len() == BUFFER {
            self.flooded.store(true, Ordering::Relaxed);
        } else {
            waiting.push_back((client, message));
            self.more.notify_one();
        }
    }

    /// The next message, when the device has worked on it.
    async fn next(&self) -> (usize, Vec<u8>) {
        loop {
            let next = self.waiting.lock().unwrap().pop_front();
            if let Some(next) = next {
                tokio::time::sleep(EACH).await;
                return next;
            }
            self.more.notified().await;
        }
    }
}

/// Stands before a broker: from each connection one packet after the other, through the device.
async fn before_broker(device: Arc<Device>, listener: TcpListener, broker: SocketAddr) {
    let ways: Arc<Mutex<Vec<mpsc::UnboundedSender<Vec<u8>>>>> = Arc::default();
    let (working, passing) = (device.clone(), ways.clone());
    tokio::spawn(async move {
        loop {
            let (client, message) = working.next().await;
            // A connection that is gone needs nothing any more.
            let _ = passing.lock().unwrap()[client].send(message);
        }
    });
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_broker, mut to_broker) =
            TcpStream::connect(broker).await.unwrap().into_split();
        let (way, mut passed) = mpsc::unbounded_channel::<Vec<u8>>();
        let number = {
            let mut ways = ways.lock().unwrap();
            ways.push(way);
            ways.len() - 1
        };
        let device = device.clone();
        tokio::spawn(async move {
            while let Some(message) = packet(&mut from_client).await {
                device.take(number, message);
            }
            // The end of the connection comes behind its messages.
            device.take(number, Vec::new());
        });
        tokio::spawn(async move {
            while let Some(message) = passed.recv().await {
                if message.is_empty() || to_broker.write_all(&message).await.is_err() {
                    return;
                }
            }
        });
        tokio::spawn(async move {
            let _ = tokio::io::copy(&mut from_broker, &mut to_client).await;
        });
    }
}

/// The next MQTT packet.
async fn packet(from: &mut (impl AsyncReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut bytes = vec![from.read_u8().await.ok()?];
    let mut length = 0;
    for place in 0..4 {
        let digit = from.read_u8().await.ok()?;
        bytes.push(digit);
        length |= usize::from(digit & 0x7F) << (7 * place);
        if digit & 0x80 == 0 {
            break;
        }
    }
    let header = bytes.len();
    bytes.resize(header + length, 0);
    from.read_exact(&mut bytes[header..]).await.ok()?;
    Some(bytes)
}

/// A client, and the socket by which its datagrams go on.
type Way = (SocketAddr, Arc<UdpSocket>);

/// Stands before a server that speaks in datagrams.
async fn before_server(device: Arc<Device>, socket: UdpSocket, server: SocketAddr) {
    let socket = Arc::new(socket);
    let ways: Arc<Mutex<Vec<Way>>> = Arc::default();
    let (working, passing) = (device.clone(), ways.clone());
    tokio::spawn(async move {
        loop {
            let (client, message) = working.next().await;
            let way = passing.lock().unwrap()[client].1.clone();
            // Nobody is told where nobody listens.
            let _ = way.send(&message).await;
        }
    });
    let mut buffer = vec![0; 65_535];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        let known = ways.lock().unwrap().iter().position(|(client, _)| *client == from);
        let number = match known {
            Some(number) => number,
            None => {
                let way = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                way.connect(server).await.unwrap();
                let way = Arc::new(way);
                let (back, socket) = (way.clone(), socket.clone());
                tokio::spawn(async move {
                    let mut buffer = vec![0; 65_535];
                    while let Ok(length) = back.recv(&mut buffer).await {
                        let _ = socket.send_to(&buffer[..length], from).await;
                    }
                });
                let mut ways = ways.lock().unwrap();
                ways.push((from, way));
                ways.len() - 1
            }
        };
        device.take(number, buffer[..length].to_vec());
    }
}

/// Runs the program against a small device; whether all passed, and whether it was flooded.
fn run_on_device(reference: &'static dyn Reference, case: &str, how: &[&str]) -> (bool, bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let device = Arc::new(Device::default());
        let endpoint = &reference.endpoints()[0];
        let peer = reference.start(Options::default());
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let (behind, serving) = peer.listen(endpoint.name, free).await.unwrap();
        tokio::spawn(serving);
        let place = if endpoint.scheme == "mqtt" {
            let listener = TcpListener::bind(free).await.unwrap();
            let place = listener.local_addr().unwrap();
            tokio::spawn(before_broker(device.clone(), listener, behind));
            place
        } else {
            let socket = UdpSocket::bind(free).await.unwrap();
            let place = socket.local_addr().unwrap();
            tokio::spawn(before_server(device.clone(), socket, behind));
            place
        };
        let folder = tempfile::tempdir().unwrap();
        let target = json!({
            "schema": "wirecheck/target/1",
            "endpoints": {"main": {"url": format!("{}://{place}", endpoint.scheme)}},
            "resources": reference.resources().iter().copied().collect::<BTreeMap<_, _>>(),
        });
        let file = folder.path().join("target.json");
        std::fs::write(&file, target.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirecheck"));
        command.arg("run").arg(&file).args(["--case", case]).args(how);
        let output = command.output().await.unwrap();
        println!("{}", String::from_utf8_lossy(&output.stdout));
        println!("{}", String::from_utf8_lossy(&output.stderr));
        (output.status.success(), device.flooded.load(Ordering::Relaxed))
    })
}

#[test]
fn a_gentle_run_does_not_flood_a_small_broker() {
    let case = "mqtt-5.0/disconnect/*";
    assert_eq!(run_on_device(&peer::mqtt::Reference, case, &["--gentle"]), (true, false));
    let (_, flooded) = run_on_device(&peer::mqtt::Reference, case, &["--jobs", "32"]);
    assert!(flooded, "without it the device is flooded, so the test can fail");
}

#[test]
fn a_gentle_run_does_not_flood_a_small_server() {
    let case = "coap/o*";
    assert_eq!(run_on_device(&peer::coap::Reference, case, &["--gentle"]), (true, false));
    let (_, flooded) = run_on_device(&peer::coap::Reference, case, &["--jobs", "32"]);
    assert!(flooded, "without it the device is flooded, so the test can fail");
}
