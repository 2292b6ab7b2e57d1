//! The commands that show a failure without any tool of ours, typed into a shell.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A reference peer with a fault, on a free port.
struct Peer(Child, String);

impl Peer {
    fn start(spec: &str, fault: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wirecheck"))
            .args(["serve", spec, "--port", "0", "--fault", fault])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self(child, url.trim().to_owned())
    }

    /// What the command of the failing check prints.
    fn by_hand(&self, check: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.json");
        let file = serde_json::json!({ "schema": "wirecheck/target/1",
            "endpoints": { "main": { "url": self.1 } }, "resources": { "test": "/test" } });
        std::fs::write(&target, file.to_string()).unwrap();
        let case = check.split('#').next().unwrap();
        let run = Command::new(env!("CARGO_BIN_EXE_wirecheck"))
            .args(["run", target.to_str().unwrap(), "--case", case])
            .args(["--out", folder.path().to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(1), "{run:?}");
        let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
        let result: Value = serde_json::from_str(&result).unwrap();
        let checks = result["checks"].as_array().unwrap();
        let failing = checks.iter().find(|it| it["id"] == check).unwrap();
        let command = failing["by_hand"].as_str().unwrap();
        let shown = Command::new("sh").args(["-c", command]).output().unwrap();
        assert!(shown.status.success(), "{command}\n{shown:?}");
        String::from_utf8(shown.stdout).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_stream_that_stays_open() {
    let peer = Peer::start("mqtt-5.0", "tolerates-reserved-bits");
    let check = "mqtt-5.0/vectors/first-packet[connect-reserved-flag]#refused";
    let shown = peer.by_hand(check);
    assert!(shown.trim_start().starts_with("20 0e 00 00"), "CONNACK 0x00: {shown}");
    assert!(shown.ends_with("still open\n"), "{shown}");
}

#[test]
fn a_stream_that_is_closed() {
    let peer = Peer::start("mqtt-5.0", "refuses-23-byte-identifiers");
    let shown = peer.by_hand("mqtt-5.0/connect/identifier-accepted[longest]#accepted");
    assert!(shown.trim_start().starts_with("20 "), "a CONNACK: {shown}");
    assert!(shown.ends_with("closed\n"), "{shown}");
}

#[test]
fn datagrams() {
    let peer = Peer::start("coap", "changes-token");
    let shown = peer.by_hand("coap/messages/token-echoed[one]#same-token");
    assert!(shown.trim_start().starts_with("61 45 "), "a piggybacked 2.05: {shown}");
}
