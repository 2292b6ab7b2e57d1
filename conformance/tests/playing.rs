//! `replay --to`: recorded sessions against live targets, the same and others.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use serving::{Served, expect, path, run};

fn recorded(base: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../vectors/captures/law/{base}.pcap.gz"))
}

/// A mosquitto that ends with the test.
struct Mosquitto {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Mosquitto {
    /// `None`, and a word about it, where it is not installed.
    fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mosquitto.conf");
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let wanted = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
                assert!(!wanted.contains("mosquitto"), "mosquitto is not installed");
                eprintln!("mosquitto is not installed: nothing was played");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "mosquitto does not take connections");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { child, url: format!("mqtt://127.0.0.1:{port}"), _folder: folder })
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_recorded_mosquitto_answers_as_then() {
    let Some(broker) = Mosquitto::start() else { return };
    let same = ["as then, 0 differ, 0 missing, 0 extra"];
    for base in ["v311", "v5props"] {
        expect(&["replay", path(&recorded(base)), "--to", &broker.url], 0, &same);
    }
    let file = recorded("v5props");
    let more = ["--rename", "client:=t-", "--rename", "topic:p/=test/p/", "--speed", "4x"];
    let played = [&["replay", path(&file), "--to", &broker.url], more.as_slice()].concat();
    expect(&played, 0, &same);
    let only = ["replay", path(&file), "--to", &broker.url, "--only", "topic=p/1"];
    expect(&only, 0, &["3 flows played", same[0]]);
}

/// What is different on all flows.
fn differences(file: &Path, url: &str) -> Vec<Value> {
    let (code, out, err) = run(&["replay", path(file), "--to", url, "--json"]);
    assert_eq!(code, 1, "{out}{err}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["schema"], "wirecheck/played/1");
    let flows = found["flows"].as_array().unwrap().iter();
    flows.flat_map(|flow| flow["differences"].as_array().unwrap().clone()).collect()
}

#[test]
fn a_planted_fault_is_what_differs() {
    let (right, faulty) =
        (Served::start(&[]), Served::start(&["--fault", "reorders-user-properties"]));
    let file = recorded("v5props");
    // Another broker has other limits, and says so.
    let [usual, found] = [&right, &faulty].map(|broker| differences(&file, &broker.url));
    assert!(usual.iter().all(|it| it["then"].get("connack").is_some()), "{usual:#?}");
    let news: Vec<_> = found.iter().filter(|it| it["then"].get("connack").is_none()).collect();
    let [publish] = news.as_slice() else { panic!("{found:#?}") };
    let words = |side: &str| -> Vec<String> {
        let properties = publish[side]["publish"]["properties"].as_array().unwrap().iter();
        properties.filter_map(|it| it.get("user_property")).map(ToString::to_string).collect()
    };
    let (mut then, now) = (words("then"), words("now"));
    assert_ne!(then, now);
    then.reverse();
    assert_eq!(then, now);
}

#[test]
fn a_gateway_is_played_to_beside_its_broker() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Served::start(&[]);
    let gateway = |name: &str, more: &[&str]| {
        let gateway = Served::of("mqtt-sn-1.2", &[&["--to", broker.url.as_str()], more].concat());
        let text = json!({ "schema": "wirecheck/target/1",
            "endpoints": { "main": { "url": gateway.url }, "mqtt": { "url": broker.url } } });
        let file = folder.path().join(name);
        std::fs::write(&file, text.to_string()).unwrap();
        (gateway, file)
    };
    let (_right, right) = gateway("right.json", &[]);
    let (_faulty, faulty) = gateway("faulty.json", &["--fault", "puback-other-message-id"]);
    let out = path(folder.path());
    let case = "mqtt-sn-1.2/publish/qos-1";
    let (code, text, err) = run(&["run", path(&faulty), "--case", case, "--out", out]);
    assert_eq!(code, 1, "{text}{err}");
    let captures = std::fs::read_dir(folder.path().join("captures")).unwrap();
    let mut captures: Vec<_> = captures.map(|it| it.unwrap().path()).collect();
    captures.sort();
    let capture = captures.iter().find(|it| path(it).contains("qos-1")).unwrap();
    let same = [" 0 differ, 0 missing, 0 extra"];
    expect(&["replay", path(capture), "--to", path(&faulty)], 0, &same);
    let out = expect(&["replay", path(capture), "--to", path(&right)], 1, &["1 differ", "PUBACK"]);
    assert!(out.contains("- \"message_id\"") && out.contains("+ \"message_id\""), "{out}");
}

#[test]
fn what_cannot_be_played_is_told() {
    let file = recorded("xmpp");
    let to = |url: &str, more: &[&str], exit: i32, words: &[&str]| {
        let arguments = [&["replay", path(&file), "--to", url], more].concat();
        let (code, out, err) = run(&arguments);
        assert_eq!(code, exit, "{arguments:?}\n{out}\n{err}");
        for word in words {
            assert!(out.contains(word) || err.contains(word), "{word:?} is not in\n{out}\n{err}");
        }
    };
    to("mqtt://127.0.0.1:1", &[], 4, &["nothing to play", "no endpoint for it"]);
    to("xmpp://127.0.0.1:1", &[], 3, &["cannot connect"]);
    to("nonsense", &[], 2, &["nonsense"]);
    to("xmpp://127.0.0.1:1", &["--rename", "client"], 2, &["client:OLD=NEW"]);
    to("xmpp://127.0.0.1:1", &["--speed", "fast"], 2, &["--speed"]);
    to("xmpp://127.0.0.1:1", &["--only", "flow"], 2, &["flow=GLOB"]);
    to("xmpp://127.0.0.1:1", &["--only", "flow=nothing"], 4, &["it was not asked for"]);
}
