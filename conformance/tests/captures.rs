//! Captures of failing cases, read by tshark.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use serving::{path, run};

/// Whether tshark is there. Where it is required its absence fails the test.
fn has_tshark() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
    assert!(found || !required.split(',').any(|name| name == "tshark"), "tshark is not installed");
    if !found {
        eprintln!("skipped: tshark is not installed");
    }
    found
}

/// A frame as tshark reads it.
struct Frame {
    /// Milliseconds since the first one.
    ms: u64,
    protocols: String,
    /// The types of the messages in it.
    types: Vec<u64>,
    malformed: bool,
    /// The state of the checksums of TCP or UDP and of IP: 0 bad, 1 good, 2 not verified.
    checksums: [String; 2],
    length: usize,
    captured: usize,
    /// What tshark finds strange about the stream.
    notes: String,
    comment: String,
}

/// What tshark reads in a file; `type_field` has the types of messages.
fn read(file: &Path, type_field: &str) -> Vec<Frame> {
    let fields = [
        "frame.time_relative",
        "frame.protocols",
        type_field,
        "_ws.malformed",
        "tcp.checksum.status",
        "udp.checksum.status",
        "ip.checksum.status",
        "frame.len",
        "frame.cap_len",
        "tcp.analysis.flags",
        "frame.comment",
    ];
    let mut command = Command::new("tshark");
    command.args(["-r", path(file), "-d", "udp.port==10000,mqttsn", "-T", "fields"]);
    for layer in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{layer}.check_checksum:TRUE")]);
    }
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{}: {complaints}", file.display());
    let text = String::from_utf8(output.stdout).unwrap();
    let number = |text: &str| match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
        None => text.parse().unwrap(),
    };
    let frames = text.lines().map(|line| {
        let field: Vec<&str> = line.split('\t').collect();
        Frame {
            ms: (field[0].parse::<f64>().unwrap() * 1000.0).round() as u64,
            protocols: field[1].to_owned(),
            types: field[2].split(',').filter(|text| !text.is_empty()).map(number).collect(),
            malformed: !field[3].is_empty(),
            checksums: [format!("{}{}", field[4], field[5]), field[6].to_owned()],
            length: field[7].parse().unwrap(),
            captured: field[8].parse().unwrap(),
            notes: field[9].to_owned(),
            comment: field[10].to_owned(),
        }
    });
    frames.collect()
}

/// A run with its report: the only capture, and the failing check with the log.
struct Report {
    _folder: tempfile::TempDir,
    capture: PathBuf,
    check: Value,
    log: Vec<Value>,
}

fn report(arguments: &[&str]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = run(&[&["run", "--out", path(folder.path())], arguments].concat());
    assert_eq!(code, 1, "{out}{err}");
    let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    let checks = result["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["verdict"] == "fail").unwrap().clone();
    // Checks of one case share its log.
    let with_log = |it: &&Value| it["case"] == check["case"] && it["log"].is_array();
    let log = checks.iter().find(with_log).unwrap()["log"].as_array().unwrap().clone();
    let name: String = check["case"].as_str().unwrap().replace(['/', '['], "_").replace(']', "");
    let capture = folder.path().join(format!("captures/{name}.pcapng"));
    assert!(capture.exists(), "{}", capture.display());
    Report { _folder: folder, capture, check, log }
}

impl Report {
    /// The entries of the log that are messages: milliseconds and bytes.
    fn messages(&self) -> Vec<(u64, Vec<u8>)> {
        let messages = self.log.iter().filter_map(|entry| {
            let hex = entry["hex"].as_str()?;
            Some((entry["ms"].as_u64().unwrap(), wirecheck_codecs::json::from_hex(hex).unwrap()))
        });
        messages.collect()
    }

    /// The time of the first frame: of the connection, if there is one, else of the first message.
    fn start(&self, frames: &[Frame]) -> u64 {
        match frames[0].protocols.ends_with(":tcp") {
            true => self.log[0]["ms"].as_u64().unwrap(),
            false => self.messages()[0].0,
        }
    }

    /// What must be so of every capture without malformed messages.
    fn agrees(&self, frames: &[Frame], protocol: &str, types: &dyn Fn(&[u8]) -> Vec<u64>) {
        let carrying: Vec<&Frame> =
            frames.iter().filter(|frame| frame.protocols.contains(protocol)).collect();
        let (messages, start) = (self.messages(), self.start(frames));
        assert_eq!(carrying.len(), messages.len(), "a frame for each message");
        for (frame, (ms, bytes)) in carrying.iter().zip(&messages) {
            assert_eq!(frame.ms + start, *ms);
            assert_eq!(frame.types, types(bytes), "{bytes:02x?}");
        }
        for frame in frames {
            assert!(!frame.malformed, "{}", frame.comment);
            assert_eq!(frame.checksums, ["1", "1"], "{}", frame.protocols);
            assert_eq!(frame.notes, "");
            assert_eq!(frame.captured, frame.length);
        }
        let verdict = format!("FAIL {}", self.check["id"].as_str().unwrap());
        let told: Vec<_> = frames.iter().filter(|frame| frame.comment.contains(&verdict)).collect();
        let [told] = told[..] else { panic!("{} frames are told of", told.len()) };
        let requirement = self.check["requirement"].as_str().unwrap();
        assert!(told.comment.contains(requirement), "{}", told.comment);
        // What was judged is the frame that is told of.
        if let Some(judged) = self.check["frames"][0].as_u64() {
            let ms = self.log[judged as usize]["ms"].as_u64().unwrap();
            assert_eq!(told.ms + start, ms);
        }
    }
}

/// The types of the MQTT packets in a row.
fn mqtt_types(mut bytes: &[u8]) -> Vec<u64> {
    let mut types = Vec::new();
    while let [first, rest @ ..] = bytes {
        let size = rest.iter().position(|byte| byte & 0x80 == 0).unwrap() + 1;
        let digits = rest[..size].iter().rev();
        let length = digits.fold(0, |length, digit| length << 7 | usize::from(digit & 0x7f));
        types.push(u64::from(first >> 4));
        bytes = &rest[size + length..];
    }
    types
}

#[test]
fn mqtt() {
    if !has_tshark() {
        return;
    }
    for (fault, case) in [
        ("takeover-keeps-both", "mqtt-5.0/will/takeover-ends-session[no-delay]"),
        ("no-assigned-client-identifier", "mqtt-5.0/connect/assigned-identifier"),
    ] {
        let report = report(&["--fault", fault, "--case", case]);
        let frames = read(&report.capture, "mqtt.msgtype");
        report.agrees(&frames, ":mqtt", &mqtt_types);
    }
}

#[test]
fn coap() {
    if !has_tshark() {
        return;
    }
    let report =
        report(&["--fault", "changes-token", "--case", "coap/messages/token-echoed[eight]"]);
    let frames = read(&report.capture, "coap.type");
    report.agrees(&frames, ":coap", &|bytes| vec![u64::from(bytes[0] >> 4 & 3)]);
}

#[test]
fn mqtt_sn() {
    if !has_tshark() {
        return;
    }
    let case = "mqtt-sn-1.2/connect/protocol-id";
    let report = report(&["--fault", "takes-any-protocol-id", "--case", case]);
    let frames = read(&report.capture, "mqttsn.msg.type");
    report.agrees(&frames, ":mqttsn", &|bytes| vec![u64::from(bytes[1])]);
}

#[test]
fn xmpp() {
    if !has_tshark() {
        return;
    }
    let report = report(&["--fault", "header-without-id", "--case", "xmpp/stream/header"]);
    // XMPP has no types; the frames and their times are compared.
    let frames = read(&report.capture, "xmpp.query");
    report.agrees(&frames, ":xmpp", &|_| Vec::new());
}

#[test]
fn a_message_that_is_cut_is_shown_as_cut() {
    if !has_tshark() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let times = 100_000;
    let case = json!({ "schema": "wirecheck/case/1", "family": "mqtt", "cases": [
        { "id": "own/large", "title": "Large", "protocols": ["mqtt-5.0"], "steps": [
            { "open": "a", "subscribe": [{ "topic_filter": "${topic}", "maximum_qos": 0 }] },
            { "send": "a", "message": { "publish": { "topic_name": "${topic}",
                "payload": { "repeat": "A", "times": times } } } },
            { "expect": "a", "name": "another", "requirement": "MQTT5-3.3.2-1",
              "where": { "publish": { "topic_name": "${topic}" } },
              "is": { "publish": { "payload": "another" } } } ] } ] });
    std::fs::create_dir(folder.path().join("mqtt")).unwrap();
    std::fs::write(folder.path().join("mqtt/own.json"), case.to_string()).unwrap();
    let report =
        report(&["--cases", path(folder.path()), "--case", "mqtt-5.0/own/large", "--log", "all"]);
    let cut = report.log.iter().filter_map(|it| it["length"].as_u64());
    let cut: Vec<u64> = cut.collect();
    assert_eq!(cut.len(), 2, "one message there, one back");
    assert!(cut.iter().all(|length| *length > times));
    let frames = read(&report.capture, "mqtt.msgtype");
    let short: Vec<_> = frames.iter().filter(|frame| frame.captured < frame.length).collect();
    // Two segments each, the second one without a byte that is known.
    assert_eq!(short.len(), 4);
    let headers = 14 + 20 + 20;
    let lengths: usize = short.iter().map(|frame| frame.length - headers).sum();
    assert_eq!(lengths as u64, cut.iter().sum::<u64>());
    assert_eq!(short[0].captured, headers + 4096);
    for frame in &frames {
        assert!(!frame.malformed, "{}", frame.comment);
        assert_eq!(frame.notes, "");
        let whole = frame.captured == frame.length;
        assert_eq!(frame.checksums[0] == "1", whole, "what is cut cannot be verified");
    }
    // What comes later is read as if nothing had been cut.
    let before = frames.iter().flat_map(|frame| &frame.types).filter(|it| **it == 3).count();
    assert!(before >= 2, "both messages are known by their first bytes");
}
