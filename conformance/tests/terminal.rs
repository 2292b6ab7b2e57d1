//! What a run looks like on a terminal and elsewhere, and how it ends when it is interrupted.
#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use serving::{path, wirecheck};

/// Some cases of these take seconds, and with this fault two fail.
const CASES: &str = "mqtt-5.0/will/takeover*";
const FAULT: &str = "takeover-keeps-both";

/// The program on a terminal of 80 columns, which `script` makes.
fn on_a_terminal(arguments: &[&str]) -> Command {
    let words = arguments.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let binary = env!("CARGO_BIN_EXE_wirecheck");
    let mut command = Command::new("script");
    let inside = format!("stty cols 80 rows 24; exec '{binary}' {words}");
    command.args(["--quiet", "--return", "--command", &inside, "/dev/null"]);
    for variable in ["WIRECHECK_PATIENCE", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.env("TERM", "xterm-256color").stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// What a terminal shows in colour: `ESC [ … m` with something else than a reset in it.
fn has_colour(text: &str) -> bool {
    let sequences = text.split("\x1b[").skip(1);
    let codes = sequences.filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        rest[end..].starts_with('m').then_some(&rest[..end])
    });
    codes.into_iter().any(|code| !code.is_empty() && code != "0")
}

/// Reads until a text has come, or to the end.
fn until(from: &mut impl Read, wanted: &str) -> String {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while from.read(&mut byte).unwrap_or(0) == 1 {
        bytes.push(byte[0]);
        if bytes.ends_with(wanted.as_bytes()) {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn rest(mut child: Child) -> (Option<i32>, String) {
    let mut text = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut text).unwrap();
    (child.wait().unwrap().code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_terminal_has_a_bar_with_what_runs_and_for_how_long() {
    let child = on_a_terminal(&["run", "--fault", FAULT, "--case", CASES]).spawn().unwrap();
    let (code, text) = rest(child);
    assert_eq!(code, Some(1), "{text}");
    for words in ["] 0/", "takeover-ends-session", " 1 s mqtt-5.0/will/", " · 1 failed", "FAIL"] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    assert!(has_colour(&text), "{text:?}");
    assert!(!text.contains("PASS    "), "no line for each case: {text}");
    // A line that is too long would be left on the terminal.
    let bars = text.split(['\r', '\n']).filter(|line| line.contains("] 0/"));
    for bar in bars {
        let plain = anstream::adapter::strip_str(bar).to_string();
        assert!(plain.trim_end().chars().count() <= 80, "{plain:?}");
    }
}

#[test]
fn elsewhere_there_is_a_line_for_each_case_without_colour() {
    let output = wirecheck(&["run", "--fault", FAULT, "--case", CASES]).output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines.iter().all(|line| line.contains(" mqtt-5.0/will/takeover")), "{err}");
    assert!(lines.iter().any(|line| line.starts_with("FAIL         mqtt-5.0/")), "{err}");
    assert!(lines.len() >= 2, "{err}");
    assert!(!out.contains('\x1b') && !err.contains('\x1b'), "{out}{err}");
}

#[test]
fn colours_are_as_they_are_asked_for() {
    let arguments = ["run", "--fault", FAULT, "--case", CASES];
    let piped = |more: &[&str]| {
        let output = wirecheck(&[&arguments[..], more].concat()).output().unwrap();
        has_colour(&String::from_utf8_lossy(&output.stdout))
    };
    assert!(piped(&["--color", "always"]));
    assert!(!piped(&["--color", "never"]));
    let terminal = |more: &[&str], no_color: bool| {
        let mut command = on_a_terminal(&[&arguments[..], more].concat());
        if no_color {
            command.env("NO_COLOR", "1");
        }
        has_colour(&rest(command.spawn().unwrap()).1)
    };
    assert!(!terminal(&["--color", "never"], false));
    assert!(!terminal(&[], true));
    assert!(terminal(&["--color", "always"], true));
}

/// A report of a run that was interrupted.
fn is_partial(folder: &Path) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let result: Value = serde_json::from_str(&read("result.json")).unwrap();
    assert_eq!(result["partial"], true);
    assert!(result["checks"].as_array().unwrap().len() > 1);
    assert!(read("summary.md").contains("was broken off"));
    assert!(read("junit.xml").ends_with("</testsuites>\n"));
    assert!(read("report.html").contains("</html>"));
}

#[test]
fn ctrl_c_on_a_terminal_leaves_a_partial_report() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["run", "--case", "mqtt-5.0/will/*", "--out", path(folder.path())];
    let mut child = on_a_terminal(&arguments).spawn().unwrap();
    // Once the bar counts, cases run.
    let mut out = child.stdout.take().unwrap();
    let before = until(&mut out, "] 1");
    child.stdout = Some(out);
    assert!(before.ends_with("] 1"), "{before}");
    let mut keys = child.stdin.take().unwrap();
    keys.write_all(b"\x03").unwrap();
    let (code, text) = rest(child);
    drop(keys);
    assert_eq!(code, Some(130), "{before}{text}");
    assert!(text.contains("interrupted"), "{text}");
    is_partial(folder.path());
}

#[test]
fn a_signal_elsewhere_leaves_a_partial_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = wirecheck(&["run", "--case", "mqtt-5.0/will/*", "--out", path(folder.path())])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    progress.read_line(&mut line).unwrap();
    assert!(line.contains("mqtt-5.0/will/"), "{line}");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (code, text) = rest(child);
    assert_eq!(code, Some(130), "{text}");
    assert!(text.contains("interrupted"), "{text}");
    is_partial(folder.path());
}
