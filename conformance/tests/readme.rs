//! The example cases and the commands of the documentation do what it says of them.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use serving::Served;

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

/// Where the documentation says that the target is.
const TARGET: &str = "mqtt://127.0.0.1:1883";

/// The blocks of a document, each with what it is: `sh` or `json`.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    let fenced = text.split("\n```").skip(1).step_by(2);
    fenced.filter_map(|block| block.split_once('\n')).collect()
}

/// Runs a command of the documentation in a shell; gives its exit code and what it said.
fn shell(command: &str, folder: &Path) -> (Option<i32>, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_wirecheck"));
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", binary.parent().unwrap().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec env {command}")]).current_dir(folder).env("PATH", path);
    for variable in ["WIRECHECK_PASSWORD", "WIRECHECK_ACCOUNTS", "WIRECHECK_PATIENCE"] {
        shell.env_remove(variable);
    }
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if command.starts_with("wirecheck serve") && !command.contains("--list") {
        // It serves until it is interrupted; that it listens is enough.
        let mut child = shell.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        return (line.contains("://").then_some(0), line);
    }
    let output = shell.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn commands_of_the_documentation_end_as_it_says() {
    let served = Served::start(&["--fault", "no-assigned-client-identifier"]);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut ran = 0;
    for entry in std::fs::read_dir(docs).unwrap() {
        let file = entry.unwrap().path();
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(&file).unwrap().replace(TARGET, &served.url);
        for (kind, block) in blocks(&text) {
            if kind == "json" {
                std::fs::write(folder.path().join("target.json"), block).unwrap();
                continue;
            }
            assert_eq!(kind, "sh", "{}: a block of another kind", file.display());
            for line in block.lines() {
                let (command, exit) = line.split_once("   # exit ").unwrap_or((line, "0"));
                let (code, said) = shell(command, folder.path());
                assert_eq!(code, exit.parse().ok(), "{}: {command}\n{said}", file.display());
                ran += 1;
            }
        }
    }
    assert!(ran > 30, "{ran} commands");
}

#[test]
fn every_verb_and_every_verdict_is_documented() {
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
    };
    let (verbs, verdicts) = (read("docs/verbs.md"), read("docs/verdicts.md"));
    let (_, help) = shell("wirecheck --help", Path::new("."));
    let listed = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed = listed.lines().filter_map(|line| line.split_whitespace().next());
    let mut count = 0;
    for verb in listed.filter(|verb| *verb != "help") {
        let run = format!("\nwirecheck {verb} ");
        assert!(verbs.contains(&run) || verbs.contains(&format!("\nwirecheck {verb}\n")), "{verb}");
        count += 1;
    }
    assert!(count > 10, "{help}");
    for verdict in wirecheck::verdict::Verdict::ALL {
        assert!(verdicts.contains(&format!("| [`{verdict}`](#")), "{verdict}");
    }
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for file in docs.chain([root.join("../README.md"), root.join("cases/README.md")]) {
        let text = std::fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") {
                continue;
            }
            let place = match path {
                "" => file.clone(),
                path => file.parent().unwrap().join(path),
            };
            assert!(place.exists(), "{}: {link}", file.display());
            if !anchor.is_empty() {
                let text = std::fs::read_to_string(&place).unwrap();
                let anchors = text.lines().filter_map(|line| line.strip_prefix('#'));
                let anchors = anchors.map(|title| {
                    title.trim_start_matches('#').trim().to_lowercase().replace(' ', "-")
                });
                assert!(anchors.into_iter().any(|it| it == anchor), "{}: {link}", file.display());
            }
        }
    }
}
