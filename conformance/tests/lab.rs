//! `wirecheck lab` from end to end, with the reference broker in the part of a third party.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecheck");

/// Writes a target file for a broker that is this program with a fault; its port.
fn write_target(reports: &Path, name: &str, program: &str, fault: &str) -> u16 {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let serve = ["serve", "mqtt-5.0", "--port", "{port.main}", "--fault", fault];
    let command: Vec<&str> = [program].into_iter().chain(serve).collect();
    let target = json!({
        "schema": "wirecheck/target/1",
        "name": "a broker of the test",
        "install": "cargo install broker",
        "version": [program, "--version"],
        "start": {"command": command, "ready": {"tcp": "127.0.0.1:{port.main}"}},
        "endpoints": {"main": {"url": format!("mqtt://127.0.0.1:{port}"), "protocols": ["mqtt-5.0"]}},
        "known": "known.json",
    });
    std::fs::create_dir(reports.join(name)).unwrap();
    std::fs::write(reports.join(name).join("target.json"), target.to_string()).unwrap();
    port
}

fn lab(reports: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("lab").arg("--reports").arg(reports).args(arguments);
    let output = command.output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    println!("{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// What is said of an implementation in the end.
fn said_of(output: &Output, name: &str) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let start = format!("{name}  ");
    let mut lines = text.lines().rev();
    lines.find(|line| line.starts_with(&start)).unwrap_or_default().to_owned()
}

#[test]
fn what_stops_the_target_is_withheld_and_the_rest_is_published() {
    let reports = tempfile::tempdir().unwrap();
    let port = write_target(reports.path(), "frail", PROGRAM, "dies-on-crash-topic");
    let output = lab(reports.path(), &["--update-known"]);
    assert_eq!(output.status.code(), Some(1), "it fails, and nothing was known");
    let line = said_of(&output, "frail");
    assert!(line.contains("stop it"), "{line}");
    assert!(reports.path().join("index.html").exists(), "the pages are made too");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the broker is still there");

    let frail = reports.path().join("frail");
    let result = frail.join(env!("CARGO_PKG_VERSION")).join("result.json");
    let result: Value = serde_json::from_slice(&std::fs::read(result).unwrap()).unwrap();
    let checks = result["checks"].as_array().unwrap();
    let dead: Vec<_> = checks
        .iter()
        .filter(|check| check["requirement"] == "WIRECHECK-alive" && check["verdict"] == "fail")
        .collect();
    assert!(!dead.is_empty());
    for check in checks {
        if dead.iter().any(|dead| dead["case"] == check["case"]) {
            assert_eq!(check["withheld"], true, "{check:#}");
            assert!(check["log"].is_null() && check["by_hand"].is_null(), "{check:#}");
        }
    }
    let passed = checks.iter().filter(|check| check["verdict"] == "pass").count();
    assert!(passed > 500, "the run went on: {passed} passed");
    let known: Value =
        serde_json::from_slice(&std::fs::read(frail.join("known.json")).unwrap()).unwrap();
    let known = known["known"].as_object().unwrap();
    assert!(dead.iter().all(|check| known.contains_key(check["id"].as_str().unwrap())));
}

#[test]
fn some_cases_are_judged_and_not_published() {
    let reports = tempfile::tempdir().unwrap();
    write_target(reports.path(), "broker", PROGRAM, "no-pingresp");
    let output = lab(reports.path(), &["broker", "--case", "mqtt-5.0/ping/*"]);
    assert_eq!(output.status.code(), Some(1));
    let line = said_of(&output, "broker");
    assert!(line.contains("fail") && line.contains("nothing is published"), "{line}");
    let entries = std::fs::read_dir(reports.path().join("broker")).unwrap();
    assert_eq!(entries.count(), 1, "only the target file is there");
}

#[test]
fn what_is_not_there_is_told() {
    let reports = tempfile::tempdir().unwrap();
    let output = lab(reports.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    write_target(reports.path(), "absent", "/nowhere/broker", "no-pingresp");
    let output = lab(reports.path(), &[]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(said_of(&output, "absent"), "absent  not installed: cargo install broker");
    assert_eq!(lab(reports.path(), &["absent"]).status.code(), Some(3));
    let output = lab(reports.path(), &["absnt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`absent`"));
}
