//! What is done every day, from outside: comparing results, and running again what failed.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use serving::{Served, expect, path, run};

/// The cases that the tests here run: short ones.
const CASES: &str = "mqtt-5.0/connect/a*";
/// Has one check of them fail, and another one inconclusive.
const FAULT: &str = "no-assigned-client-identifier";

/// A run against the built-in broker, with its report in `out`.
fn report(out: &Path, more: &[&str]) -> i32 {
    let arguments = ["run", "--spec", "mqtt-5.0", "--case", CASES, "--out", path(out)];
    run(&[&arguments, more].concat()).0
}

#[test]
fn what_got_worse_is_told_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let [good, bad] = ["good", "bad"].map(|name| folder.path().join(name));
    assert_eq!(report(&good, &[]), 0);
    assert_eq!(report(&bad, &["--fault", FAULT]), 1);
    let words = ["newly failing: ", "pass → fail", "MQTT5-3.1.3-7 (MUST)", "the target is differ"];
    expect(&["diff", path(&good), path(&bad)], 1, &words);
    let words = ["newly passing: ", "fail → pass"];
    let text = expect(&["diff", path(&bad), path(&good.join("result.json"))], 0, &words);
    assert!(!text.contains("newly failing"), "{text}");
    let text = expect(&["diff", path(&bad), path(&bad)], 0, &["checks as before\n"]);
    assert!(!text.contains(" → ") && !text.contains("note"), "{text}");
    let arguments = ["diff", path(&good), path(&bad), "--format", "markdown"];
    expect(&arguments, 1, &["#### newly failing: ", "| **fail**: "]);
}

#[test]
fn what_is_no_result_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("good"), folder.path().join("bad.json"));
    assert_eq!(report(&good, &[]), 0);
    expect(&["diff", path(&good), path(folder.path())], 2, &["no result.json in this folder"]);
    expect(&["diff", path(&bad), path(&good)], 2, &["bad.json: "]);
    let whole = std::fs::read_to_string(good.join("result.json")).unwrap();
    let table = [
        (whole[..whole.len() / 2].to_owned(), "bad.json:", "not the whole"),
        (whole.replace("wirecheck/result/1", "wirecheck/result/9"), "bad.json:", "another version"),
        (whole.replace("\"seed\"", "\"sed\""), "bad.json:", "sed"),
        ("[]".to_owned(), "bad.json:", "no result"),
        (String::new(), "bad.json:", "not the whole"),
    ];
    for (text, place, words) in table {
        std::fs::write(&bad, text).unwrap();
        expect(&["diff", path(&good), path(&bad)], 2, &[place, words]);
        expect(&["diff", path(&bad), path(&good)], 2, &[place, words]);
    }
}

#[test]
fn what_failed_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let last = ["run", "--last", "failed", "--out", path(out)];
    expect(&last, 2, &["there is no last result", "--out"]);
    assert_eq!(report(out, &["--fault", FAULT]), 1);
    let before = std::fs::read_to_string(out.join("result.json")).unwrap();

    // The last result knows the target: here the built-in broker with its fault.
    let words = "0 fixed · 1 still failing · 1 could not be judged";
    expect(
        &last,
        1,
        &["FAIL", "\n  still failing  mqtt-5.0/", "\n  could not      mqtt-5.0/", words],
    );

    // Another target is right, and the checks are fixed.
    let right = Served::start(&[]);
    let words = "2 fixed · 0 still failing · 0 could not be judged";
    expect(&[&last[..], &[right.url.as_str()]].concat(), 0, &[words]);
    // What it was compared with stays as it was, and the repetition has a report of its own.
    assert_eq!(std::fs::read_to_string(out.join("result.json")).unwrap(), before);
    let rerun = std::fs::read_to_string(out.join("rerun/result.json")).unwrap();
    let rerun: Value = serde_json::from_str(&rerun).unwrap();
    assert_eq!(rerun["summary"]["fail"], 0);
    assert!(rerun["checks"].as_array().unwrap().len() < before.matches("\"id\":\"").count());

    expect(&[&last[..], &["--case", "mqtt-5.0/will/*"]].concat(), 0, &["nothing that fits --case"]);
    expect(&[&last[..], &[&right.url, &right.url]].concat(), 2, &["one target"]);
    let rerun = out.join("rerun");
    expect(&["run", "--last", "failed", "--out", path(&rerun)], 0, &["nothing failed in"]);
}

#[test]
fn a_case_that_is_gone_is_not_taken_for_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    assert_eq!(report(out, &["--fault", FAULT]), 1);
    let file = out.join("result.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut result: Value = serde_json::from_str(&text).unwrap();
    let last = ["run", "--last", "failed", "--out", path(out)];
    // One check more, of a case that does not exist.
    let checks = result["checks"].as_array_mut().unwrap();
    let mut gone = checks.iter().find(|check| check["verdict"] == "fail").unwrap().clone();
    gone["case"] = "mqtt-5.0/no/such".into();
    gone["id"] = "mqtt-5.0/no/such#check".into();
    gone["again"] = "wirecheck run --case 'mqtt-5.0/no/such'".into();
    checks.push(gone);
    std::fs::write(&file, result.to_string()).unwrap();
    expect(&last, 1, &["could not", "no such check any more", "2 could not be judged"]);
    // And no other.
    result["checks"].as_array_mut().unwrap().retain(|it| it["case"] == "mqtt-5.0/no/such");
    std::fs::write(&file, result.to_string()).unwrap();
    expect(&last, 2, &["none of the cases", "exists any more"]);
}

#[test]
fn several_targets_are_repeated_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let (one, other) = (Served::start(&["--fault", FAULT]), Served::start(&[]));
    let (code, text, err) =
        run(&["run", &one.url, &other.url, "--case", CASES, "--out", path(out)]);
    assert_eq!(code, 1, "{text}{err}");
    let last = |out: &Path| run(&["run", "--last", "failed", "--out", path(out)]);
    let (code, _, err) = last(out);
    assert!(code == 2 && err.contains("one by one"), "{code} {err}");
    let (code, text, err) = last(&out.join("1"));
    assert!(code == 1 && text.contains("still failing"), "{code} {text}{err}");
    let (code, text, err) = last(&out.join("2"));
    assert!(code == 0 && text.contains("nothing failed in"), "{code} {text}{err}");
}

/// A server that says this to whoever connects, and closes.
fn stranger(says: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Who has not been heard would be told by a reset.
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(says);
        }
    });
    place
}

#[test]
fn a_wrong_port_is_known_by_what_it_says() {
    let tls = stranger(&[0x15, 3, 3, 0, 2, 2, 70]);
    expect(&["run", &format!("mqtt://{tls}")], 3, &["speaks TLS", "mqtts://"]);
    let http = stranger(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    expect(&["run", &format!("mqtt://{http}")], 3, &["speaks HTTP", "ws://host/mqtt"]);
    let plain = Served::start(&[]);
    let url = plain.url.replace("mqtt://", "mqtts://");
    expect(&["run", &url], 3, &["without TLS"]);
}

#[test]
fn what_looks_odd_is_told() {
    let skipped = "mqtt-5.0/capability/will-qos";
    let (code, text, err) = run(&["run", "--case", skipped]);
    assert_eq!(code, 4, "{text}{err}");
    assert!(text.contains("hint  every check was skipped"), "{text}{err}");
    let own = tempfile::tempdir().unwrap();
    let target = own.path().join("target.json");
    let served = Served::start(&[]);
    let file = serde_json::json!({ "schema": "wirecheck/target/1",
        "endpoints": { "main": { "url": served.url, "protocols": ["mqtt-5.0"] } },
        "known": "known.json" });
    std::fs::write(&target, file.to_string()).unwrap();
    let known = serde_json::json!({ "schema": "wirecheck/known/1",
        "known": { "mqtt-5.0/no/such#check": { "outcome": "open" } } });
    std::fs::write(own.path().join("known.json"), known.to_string()).unwrap();
    let words = ["hint  ", "no check of these known failures exists: mqtt-5.0/no/such#check"];
    expect(&["run", path(&target), "--case", CASES], 0, &words);
    let words = ["hint  with --nonce an earlier run may have used the same names"];
    expect(&["run", "--case", CASES, "--nonce", "abc123"], 0, &words);
}

#[test]
fn shells_and_the_manual_know_every_verb() {
    let (_, help, _) = run(&["--help"]);
    let listed = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs = listed.lines().filter_map(|line| line.split_whitespace().next());
    let verbs: Vec<&str> = verbs.filter(|verb| *verb != "help").collect();
    assert!(verbs.len() > 10, "{help}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = expect(&["completions", shell], 0, &verbs);
        assert!(script.contains("last") && script.contains("nonce"), "the options of run: {shell}");
    }
    expect(&["completions", "cmd"], 2, &["invalid value 'cmd'"]);
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    expect(&["man", path(&pages)], 0, &["pages in"]);
    for verb in &verbs {
        let page = std::fs::read_to_string(pages.join(format!("wirecheck-{verb}.1"))).unwrap();
        assert!(page.contains(&format!("wirecheck\\-{verb}")), "{page}");
    }
    let page = expect(&["man"], 0, &["Exit codes"]);
    assert_eq!(page, std::fs::read_to_string(pages.join("wirecheck.1")).unwrap());
    expect(&["man", "/proc/nowhere"], 2, &["cannot write to /proc/nowhere"]);
}
