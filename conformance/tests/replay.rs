//! Recordings: however one lies in its frames it has the same messages, planted violations are
//! found under their own rule, and what cannot be read is told.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/captures")
}

fn replay(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wirecheck")).arg("replay").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The messages of each flow, without what depends on the frames, and how many there are.
fn messages(file: &Path) -> (BTreeMap<String, Vec<Value>>, usize) {
    let output = replay(&["--messages", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let (mut flows, mut count) = (BTreeMap::<_, Vec<_>>::new(), 0);
    for line in text(&output.stdout).lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let line = line.as_object_mut().unwrap();
        assert!(line["frame"].as_u64().unwrap() > 0);
        let (seconds, nanos) = line["time"].as_str().unwrap().split_once('.').unwrap();
        assert!(seconds.parse::<u64>().is_ok() && nanos.len() == 9);
        line.retain(|key, _| !matches!(key.as_str(), "frame" | "time" | "notes"));
        let flow = line.shift_remove("flow").unwrap().as_str().unwrap().to_owned();
        flows.entry(flow).or_default().push(json!(line));
        count += 1;
    }
    (flows, count)
}

#[test]
fn every_variant_has_the_messages_of_its_base() {
    let manifest = std::fs::read_to_string(folder().join("manifest.jsonl")).unwrap();
    let mut bases = BTreeMap::new();
    let mut variants = 0;
    for line in manifest.lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let (file, base) = (entry["file"].as_str().unwrap(), entry["base"].as_str().unwrap());
        let base = bases.entry(base.to_owned()).or_insert_with(|| messages(&folder().join(base)));
        assert!(base.1 > 20, "{file}: its base has {} messages", base.1);
        assert_eq!(messages(&folder().join(file)), *base, "{file}");
        variants += 1;
    }
    let counts: Vec<_> = bases.values().map(|base| base.1).collect();
    assert_eq!(counts, [21, 228, 115, 39, 152]);
    let there = std::fs::read_dir(folder().join("law")).unwrap().count();
    assert_eq!(variants, there, "every file has a line in the manifest");
}

/// Exit code, and the checks that a replay with `--json` gives.
fn judged(file: &Path) -> (Option<i32>, Vec<Value>) {
    let output = replay(&["--json", file.to_str().unwrap()]);
    let result: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    (output.status.code(), result["checks"].as_array().unwrap().clone())
}

#[test]
fn bases_break_no_rule() {
    for base in ["v5props", "v311", "coapudp", "xmpp"] {
        let (code, checks) = judged(&folder().join(format!("law/{base}.pcap.gz")));
        assert_eq!(code, Some(0), "{base}");
        assert!(checks.iter().all(|check| check["verdict"] == "pass"), "{base}: {checks:#?}");
    }
}

#[test]
fn a_planted_violation_is_found_under_its_rule() {
    let mut files = 0;
    for protocol in std::fs::read_dir(folder().join("violations")).unwrap() {
        let protocol = protocol.unwrap();
        let spec = protocol.file_name().into_string().unwrap();
        for file in std::fs::read_dir(protocol.path()).unwrap() {
            let file = file.unwrap().path();
            let rule = file.file_stem().unwrap().to_str().unwrap();
            let (code, checks) = judged(&file);
            let broken = checks.iter().filter(|check| check["verdict"] == "fail");
            let broken: Vec<_> = broken.collect();
            let cases: BTreeSet<_> = broken
                .iter()
                .map(|check| check["id"].as_str().unwrap().split('#').next().unwrap())
                .collect();
            let wanted = format!("passive/{spec}/{rule}");
            assert_eq!(cases, BTreeSet::from([wanted.as_str()]), "{}", file.display());
            assert_eq!(code, Some(1), "{}", file.display());
            for check in broken {
                assert_eq!(check["role"], "server");
                let last = check["log"].as_array().unwrap().last().unwrap();
                assert_eq!(last["event"], "recv", "the log ends with what broke the rule");
            }
            files += 1;
        }
    }
    assert!(files >= 10, "{files} files");
}

/// A recording of the messages of a session, each in a frame of its own; the last message at which
/// the client can have broken a rule is the last one that it sent.
fn record(spec: &str, rule: &str, session: &Value, folder: &Path) -> PathBuf {
    let codec = wirecheck::codec::of(spec).unwrap();
    let (mut ms, mut log) = (0, Vec::new());
    for message in session["messages"].as_array().unwrap() {
        ms += (message["after"].as_f64().unwrap_or(0.01) * 1000.0) as u64;
        let (event, form) = match &message["client"] {
            Value::Null => ("recv", &message["server"]),
            form => ("send", form),
        };
        let bytes = match form["hex"].as_str() {
            Some(hex) => wirecheck_codecs::json::from_hex(hex).unwrap(),
            None => codec.encode(form).unwrap_or_else(|error| panic!("{rule}: {error}: {form}")),
        };
        let hex = wirecheck_codecs::json::to_hex(&bytes);
        log.push(json!({"ms": ms, "actor": "c", "event": event, "hex": hex}));
    }
    let check = json!({
        "id": "session/x#x", "case": "session/x", "protocol": spec, "role": "server",
        "requirement": "", "label": "", "level": "MUST", "verdict": "fail", "outcome": "",
        "expected": "", "observed": "", "ms": 0, "limit_ms": 0, "step": "0", "blame": "unknown",
        "frames": [], "again": "", "log": log,
    });
    let result = json!({
        "schema": wirecheck::result::SCHEMA,
        "suite": wirecheck::result::Suite::this(),
        "environment": {"os": "", "cores": 1, "patience": "1x", "jobs": 1},
        "target": {"url": "", "spec": [spec]},
        "started": "2026-01-01T00:00:00Z", "seconds": 0, "seed": 1, "nonce": "", "partial": false,
        "capabilities": [], "checks": [check],
        "summary": wirecheck::result::Counts::default(),
    });
    let result = serde_json::from_value(result).unwrap();
    let folder = folder.join(spec).join(rule);
    std::fs::create_dir_all(&folder).unwrap();
    assert_eq!(wirecheck::render::pcapng::write_all(&result, &folder).unwrap(), 1);
    folder.join("captures/session_x.pcapng")
}

#[test]
fn rules_that_recordings_alone_are_judged_by_are_broken_by_a_session_each() {
    let place = tempfile::tempdir().unwrap();
    let mut shown = BTreeSet::new();
    for file in std::fs::read_dir(folder().join("sessions")).unwrap() {
        let file = file.unwrap().path();
        let spec = file.file_stem().unwrap().to_str().unwrap();
        let content: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for session in content["sessions"].as_array().unwrap() {
            let rule = session["rule"].as_str().unwrap_or("none");
            let recording = record(spec, rule, session, place.path());
            let (code, checks) = judged(&recording);
            let broken: BTreeSet<_> = checks
                .iter()
                .filter(|check| matches!(check["verdict"].as_str(), Some("fail" | "warn")))
                .map(|check| (check["role"].as_str().unwrap(), check["id"].as_str().unwrap()))
                .map(|(role, id)| (role, id.split('#').next().unwrap()))
                .collect();
            let case = format!("passive/{spec}/{rule}");
            let party = session["party"].as_str().unwrap_or("client");
            let wanted: BTreeSet<_> =
                session["rule"].as_str().map(|_| (party, case.as_str())).into_iter().collect();
            assert_eq!(broken, wanted, "{}: {checks:#?}", session["why"]);
            assert!(code == Some(1) || checks.iter().all(|check| check["verdict"] != "fail"));
            shown.insert((spec.to_owned(), rule.to_owned()));
        }
    }
    for rule in wirecheck::passive::all().iter().filter(|rule| rule.bites.is_empty()) {
        let shown = shown.contains(&(rule.protocol.to_string(), rule.name.to_owned()));
        assert!(shown, "no session in vectors/captures breaks {} of {}", rule.name, rule.protocol);
    }
}

#[test]
fn what_began_before_the_recording_is_never_a_failure() {
    // Cut off the beginning: pcap records behind the first twelve frames of a base.
    let file = std::fs::read(folder().join("law/v5props_vlan.pcap")).unwrap();
    let (mut cut, mut at) = (file[..24].to_vec(), 24);
    for _ in 0..12 {
        at += 16 + u32::from_le_bytes(file[at + 8..at + 12].try_into().unwrap()) as usize;
    }
    cut.extend(&file[at..]);
    let place = tempfile::tempdir().unwrap();
    let cut_file = place.path().join("late.pcap");
    std::fs::write(&cut_file, cut).unwrap();
    let (code, checks) = judged(&cut_file);
    assert_eq!(code, Some(0));
    assert!(checks.iter().all(|check| check["verdict"] != "fail"), "{checks:#?}");
}

#[test]
fn what_was_not_kept_is_never_a_failure() {
    for base in ["coapudp_vlan.pcap", "v5props_vlan.pcap", "v311_bigendian.pcap"] {
        let file = std::fs::read(folder().join("law").join(base)).unwrap();
        let big = base.contains("bigendian");
        let number = |at: usize| {
            let bytes = file[at..at + 4].try_into().unwrap();
            if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        for kept in [60, 70, 90, 120] {
            let (mut cut, mut at) = (file[..24].to_vec(), 24);
            while at < file.len() {
                let (whole, length) = (number(at + 8), number(at + 8).min(kept));
                let kept = if big { length.to_be_bytes() } else { length.to_le_bytes() };
                cut.extend([&file[at..at + 8], &kept, &file[at + 12..at + 16]].concat());
                cut.extend(&file[at + 16..at + 16 + length as usize]);
                at += 16 + whole as usize;
            }
            let place = tempfile::tempdir().unwrap();
            let cut_file = place.path().join("cut.pcap");
            std::fs::write(&cut_file, cut).unwrap();
            let (_, checks) = judged(&cut_file);
            let failed: Vec<_> = checks.iter().filter(|it| it["verdict"] == "fail").collect();
            assert!(failed.is_empty(), "{base} cut at {kept}: {failed:#?}");
        }
    }
}

#[test]
fn files_that_are_none_are_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("x.pcap");
    for (content, wanted) in [("", "the file is empty"), ("hello world", "no capture file")] {
        std::fs::write(&file, content).unwrap();
        let output = replay(&[file.to_str().unwrap()]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("x.pcap: byte 0: ") && said.contains(wanted), "{said}");
        assert!(output.stdout.is_empty());
    }
    let missing = replay(&["nowhere.pcap"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("nowhere.pcap"));
}

#[test]
fn standard_input_and_reports() {
    let bytes = std::fs::read(folder().join("law/coapudp.pcap.gz")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirecheck"))
        .args(["replay", "-", "--out"])
        .arg(place.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    for name in ["result.json", "junit.xml", "summary.md", "report.html"] {
        assert!(place.path().join(name).exists(), "{name}");
    }
}
