//! The example cases of the documentation do what it says of them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The first case in a JSON block of a document.
fn first_case(document: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let values = blocks.filter_map(|block| serde_json::from_str::<Value>(block).ok());
    let cases = values.filter_map(|value| match value["cases"].as_array() {
        Some(cases) => cases.first().cloned(),
        None => value["steps"].is_array().then_some(value),
    });
    cases.into_iter().next().expect("a case")
}

/// Runs a case of one's own against the built-in broker; gives the exit code.
fn run(case: &Value, fault: Option<&str>) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let file = json!({ "schema": "wirecheck/case/1", "family": "mqtt", "cases": [case] });
    std::fs::create_dir(folder.path().join("mqtt")).unwrap();
    std::fs::write(folder.path().join("mqtt/own.json"), file.to_string()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirecheck"));
    command.args(["run", "--spec", "mqtt-5.0", "--case", "mqtt-5.0/own/example", "--cases"]);
    command.arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
    command.args(fault.map(|fault| format!("--fault={fault}")));
    command.status().unwrap().code()
}

#[test]
fn examples_pass_and_notice_the_fault_that_they_name() {
    for document in ["../README.md", "cases/README.md"] {
        let mut case = first_case(document);
        case["id"] = "own/example".into();
        let steps = case["steps"].as_array().unwrap();
        let bites = steps.iter().find_map(|step| step["bites"][0].as_str()).unwrap();
        assert_eq!(run(&case, None), Some(0), "{document}");
        assert_eq!(run(&case, Some(bites)), Some(1), "{document}: {bites}");
        // One's own cases need no proof.
        let mut unproven = case.clone();
        for step in unproven["steps"].as_array_mut().unwrap() {
            step.as_object_mut().unwrap().remove("bites");
        }
        assert_eq!(run(&unproven, None), Some(0), "{document}, without `bites`");
    }
}
