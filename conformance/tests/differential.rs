//! Recordings, read by others too: the frames by pcap-parser, the messages by tshark.
//!
//! tshark is compared on MQTT and CoAP. It cuts stanzas of XMPP where segments end, knows no MQTT over
//! WebSocket and loses its place in MQTT where a Remaining Length of two bytes is split, so those are
//! left out.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::MultiGzDecoder;
use pcap_parser::{PcapBlockOwned, PcapError, create_reader};
use serde_json::Value;
use serving::{path, run};
use wirecheck::capture::Reader;

fn law() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/captures/law")
}

fn files() -> Vec<PathBuf> {
    let mut found: Vec<_> =
        std::fs::read_dir(law()).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Bytes kept, and length, of every frame.
fn theirs(file: &Path) -> Vec<(Vec<u8>, usize)> {
    let source = BufReader::new(File::open(file).unwrap());
    let source: Box<dyn Read + Send> = match file.extension().is_some_and(|it| it == "gz") {
        true => Box::new(MultiGzDecoder::new(source)),
        false => Box::new(source),
    };
    let mut reader = create_reader(1 << 20, source).unwrap();
    let mut found = Vec::new();
    loop {
        match reader.next() {
            Ok((used, block)) => {
                if let PcapBlockOwned::Legacy(block) = block {
                    found.push((block.data.to_vec(), block.origlen as usize));
                }
                reader.consume(used);
            }
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(PcapError::Eof) => return found,
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }
}

#[test]
fn frames_are_those_of_another_reader() {
    let mut all = 0;
    for file in files() {
        let mut reader = Reader::open(&file).unwrap();
        let mut ours = Vec::new();
        while let Some(frame) = reader.next_frame() {
            ours.push((frame.bytes.to_vec(), frame.length));
        }
        let theirs = theirs(&file);
        assert_eq!(ours.len(), theirs.len(), "{}", file.display());
        // A record that lies about its snap length keeps all its bytes here and there.
        assert_eq!(ours, theirs, "{}", file.display());
        all += ours.len();
    }
    assert!(all > 4_000, "{all} frames");
}

/// What one side reads: the messages of each frame, as key fields in their order.
type Frames = BTreeMap<u64, Vec<String>>;

/// Fields of tshark by frame: the values of each field, one list behind the other.
fn by_tshark(file: &Path, protocol: &str, fields: &[&str]) -> Option<Frames> {
    let mut command = Command::new("tshark");
    // A capture whose frames lie in an odd order is still read frame by frame.
    command.args(["-n", "-r", path(file), "-Y", protocol, "-T", "fields", "-e", "frame.number"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let Ok(output) = command.output() else {
        let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|name| name == "tshark"), "tshark is not installed");
        eprintln!("skipped: tshark is not installed");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let (frame, values) = line.split_once('\t').unwrap();
        (frame.parse().unwrap(), values.split('\t').map(str::to_owned).collect())
    };
    Some(text.lines().map(line).collect())
}

/// The same by us: `fields` gives the values of one message.
fn by_us(file: &Path, count: usize, fields: impl Fn(&Value) -> Vec<Option<String>>) -> Frames {
    let (code, out, err) = run(&["replay", "--messages", path(file)]);
    assert_eq!(code, 0, "{err}");
    let mut lists: BTreeMap<u64, Vec<Vec<String>>> = BTreeMap::new();
    for line in out.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let frame = lists.entry(line["frame"].as_u64().unwrap());
        let frame = frame.or_insert_with(|| vec![Vec::new(); count]);
        for (list, value) in frame.iter_mut().zip(fields(&line["message"])) {
            list.extend(value);
        }
    }
    let joined = |lists: Vec<Vec<String>>| lists.iter().map(|list| list.join(",")).collect();
    lists.into_iter().map(|(frame, lists)| (frame, joined(lists))).collect()
}

/// Type, Packet Identifier, and Topic Name or Topic Filter.
fn mqtt(message: &Value) -> Vec<Option<String>> {
    const TYPES: [&str; 16] = [
        "",
        "connect",
        "connack",
        "publish",
        "puback",
        "pubrec",
        "pubrel",
        "pubcomp",
        "subscribe",
        "suback",
        "unsubscribe",
        "unsuback",
        "pingreq",
        "pingresp",
        "disconnect",
        "auth",
    ];
    let (kind, body) = message.as_object().unwrap().iter().next().unwrap();
    let number = TYPES.iter().position(|name| name == kind).unwrap();
    let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let filters = body["subscriptions"].as_array().into_iter().flatten();
    let filters = filters.map(|it| &it["topic_filter"]);
    let others = body["topic_filters"].as_array().into_iter().flatten();
    let topics: Vec<_> =
        filters.chain(others).chain([&body["topic_name"]]).filter_map(text).collect();
    let topics = Some(topics.join(",")).filter(|topics| !topics.is_empty());
    let id = body["packet_identifier"].as_u64().map(|id| id.to_string());
    vec![Some(number.to_string()), id, topics]
}

/// Code as a number, and Token; over UDP type and Message ID too.
fn coap(message: &Value) -> Vec<Option<String>> {
    let body = &message["coap"];
    let (class, detail) = body["code"].as_str().unwrap().split_once('.').unwrap();
    let code = class.parse::<u8>().unwrap() << 5 | detail.parse::<u8>().unwrap();
    let token = body["token"].as_str().filter(|token| !token.is_empty()).map(str::to_owned);
    let kind = body["type"].as_str();
    let kind = kind.and_then(|kind| ["CON", "NON", "ACK", "RST"].iter().position(|it| *it == kind));
    let id = body["message_id"].as_u64().map(|id| id.to_string());
    vec![Some(code.to_string()), token, kind.map(|kind| kind.to_string()), id]
}

#[test]
fn messages_are_those_of_tshark() {
    let mut all = 0;
    for file in files() {
        let name = file.file_name().unwrap().to_str().unwrap();
        // A message that came twice, or in another order, tshark tells where it is complete.
        let skipped = ["_ooo", "_retrans", "_overlap", "_seg1"].iter().any(|it| name.contains(it));
        let (ours, theirs) = match name {
            _ if skipped => continue,
            _ if name.starts_with('v') => {
                let fields = ["mqtt.msgtype", "mqtt.msgid", "mqtt.topic"];
                (by_us(&file, 3, mqtt), by_tshark(&file, "mqtt", &fields))
            }
            _ if name.starts_with("coap") => {
                let fields = ["coap.code", "coap.token", "coap.type", "coap.mid"];
                (by_us(&file, 4, coap), by_tshark(&file, "coap", &fields))
            }
            _ => continue,
        };
        let Some(mut theirs) = theirs else { return };
        for (frame, theirs) in &mut theirs {
            // A Topic Alias is resolved there.
            let ours = ours.get(frame).and_then(|ours| ours.get(2));
            if name.starts_with('v') && ours.is_some_and(String::is_empty) {
                theirs.truncate(2);
                theirs.push(String::new());
            }
        }
        for (frame, ours) in &ours {
            assert_eq!(Some(ours), theirs.get(frame), "{name}, frame {frame}");
        }
        assert_eq!(ours.len(), theirs.len(), "{name}");
        all += ours.len();
    }
    assert!(all > 1_000, "{all} frames");
}
