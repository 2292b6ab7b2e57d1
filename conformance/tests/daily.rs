//! What is done every day, from outside: comparing results.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::path::Path;

use serving::{expect, path, run};

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
