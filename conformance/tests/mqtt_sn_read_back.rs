//! A session with the reference gateway, written by our encoder on both sides, read by tshark.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use serving::{Served, path};
use wirecheck_codecs::mqtt_sn::json::{encode, envelope};
use wirecheck_codecs::mqtt_sn::{Context, MessageType, Party};

/// How long an answer may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(30);

/// A datagram and its message.
struct Said {
    by_gateway: bool,
    bytes: Vec<u8>,
    form: Value,
}

/// A client, and what it has sent and received.
struct Client {
    socket: UdpSocket,
    said: Vec<Said>,
}

impl Client {
    fn send(&mut self, form: Value) {
        let bytes = encode(&form).unwrap();
        self.socket.send(&bytes).unwrap();
        self.said.push(Said { by_gateway: false, bytes, form });
    }

    /// The next message called `kind`; what comes before it is answered as a client does.
    fn expect(&mut self, kind: &str) -> Value {
        let mut buffer = [0; 2048];
        loop {
            let length = match self.socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => panic!("no {kind}: {error}"),
            };
            let bytes = buffer[..length].to_vec();
            let found = envelope(&bytes, &Context::new(Party::Gateway));
            let form = found.get("message").unwrap_or_else(|| panic!("{found}")).clone();
            self.said.push(Said { by_gateway: true, bytes, form: form.clone() });
            let (name, body) = form.as_object().unwrap().iter().next().unwrap();
            let id = body["message_id"].clone();
            match name.as_str() {
                "register" => self.send(json!({ "regack": {
                    "topic_id": body["topic_id"], "message_id": id, "return_code": 0 } })),
                "publish" if body["qos"] == 1 => self.send(json!({ "puback": {
                    "topic_id": body["topic_id"], "message_id": id, "return_code": 0 } })),
                "publish" if body["qos"] == 2 => {
                    self.send(json!({ "pubrec": { "message_id": id } }));
                }
                "pubrel" => self.send(json!({ "pubcomp": { "message_id": id } })),
                _ => {}
            }
            if name == kind {
                return body.clone();
            }
        }
    }

    fn ask(&mut self, form: Value, kind: &str) -> Value {
        self.send(form);
        self.expect(kind)
    }
}

/// All that a gateway says: a session with a Will, both ways at each QoS, and a forwarder.
fn session(client: &mut Client) {
    client.ask(json!({ "searchgw": { "radius": 1 } }), "gwinfo");
    let connect = json!({ "connect": { "client_id": "readback1", "will": true } });
    client.ask(connect, "willtopicreq");
    let will = json!({ "willtopic": { "qos": 1, "retain": true, "will_topic": "rb/gone" } });
    client.ask(will, "willmsgreq");
    client.ask(json!({ "willmsg": { "will_message": "gone" } }), "connack");
    let filter = json!({ "subscribe": { "qos": 2, "message_id": 1, "topic_name": "rb/+" } });
    client.ask(filter, "suback");
    let register = json!({ "register": { "message_id": 2, "topic_name": "rb/a" } });
    let id = client.ask(register, "regack")["topic_id"].clone();
    let publish = |qos: u8, id: &Value| {
        json!({ "publish": {
            "qos": qos, "topic_id": id, "message_id": 10 * u16::from(qos), "data": "x" } })
    };
    client.ask(publish(0, &id), "publish");
    client.send(publish(1, &id));
    let mut due = BTreeSet::from(["puback", "publish"]);
    while let Some(kind) = due.pop_first() {
        // Either may come first.
        let at = client.said.len();
        client.expect(kind);
        due.retain(|kind| !client.said[at..].iter().any(|said| said.form.get(kind).is_some()));
    }
    client.ask(publish(2, &id), "pubrec");
    client.send(json!({ "pubrel": { "message_id": 20 } }));
    let mut due = BTreeSet::from(["pubcomp", "pubrel"]);
    while let Some(kind) = due.pop_first() {
        let at = client.said.len();
        client.expect(kind);
        due.retain(|kind| !client.said[at..].iter().any(|said| said.form.get(kind).is_some()));
    }
    // Somebody else publishes to a topic that has no id yet.
    let connect = through(json!({ "connect": { "client_id": "readback2" } }));
    client.ask(connect, "encapsulated");
    let register = json!({ "register": { "message_id": 5, "topic_name": "rb/b" } });
    let answer = client.ask(through(register), "encapsulated");
    client.send(through(publish(0, &answer["message"]["regack"]["topic_id"])));
    client.expect("register");
    client.expect("publish");
    client.ask(through(json!({ "disconnect": {} })), "encapsulated");
    let gone = json!({ "unsubscribe": { "message_id": 3, "topic_name": "rb/+" } });
    client.ask(gone, "unsuback");
    // tshark takes an empty WILLTOPICUPD for a malformed one.
    let will = json!({ "willtopicupd": { "qos": 1, "will_topic": "rb/later" } });
    client.ask(will, "willtopicresp");
    client.ask(json!({ "willmsgupd": { "will_message": "later" } }), "willmsgresp");
    client.ask(json!({ "pingreq": {} }), "pingresp");
    client.ask(json!({ "disconnect": {} }), "disconnect");
}

/// A message of a node behind a forwarder.
fn through(message: Value) -> Value {
    json!({ "encapsulated": { "radius": 1, "wireless_node_id": "n1", "message": message } })
}

/// The datagrams as a capture of bare IP packets; the gateway has port 10000.
fn capture(said: &[Said]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    for (second, said) in said.iter().enumerate() {
        let (client, gateway) = (([10, 0, 0, 1], 40_000_u16), ([10, 0, 0, 2], 10_000_u16));
        let (from, to) = if said.by_gateway { (gateway, client) } else { (client, gateway) };
        let length = u16::try_from(said.bytes.len()).unwrap();
        let mut packet = vec![0x45, 0];
        packet.extend_from_slice(&(length + 28).to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 0, 64, 17, 0, 0]);
        packet.extend_from_slice(&from.0);
        packet.extend_from_slice(&to.0);
        for word in [from.1, to.1, length + 8, 0] {
            packet.extend_from_slice(&word.to_be_bytes());
        }
        packet.extend_from_slice(&said.bytes);
        let size = u32::try_from(packet.len()).unwrap();
        for word in [u32::try_from(second).unwrap(), 0, size, size] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&packet);
    }
    file
}

/// What tshark has to show of a message: its types, then the numbers that it names.
fn expected(form: &Value) -> Vec<Vec<u64>> {
    let mut fields = vec![Vec::new(); FIELDS.len()];
    let mut form = form;
    loop {
        let (kind, body) = form.as_object().unwrap().iter().next().unwrap();
        fields[0].push(MessageType::from_key(kind).unwrap().0.into());
        for (place, (key, _)) in FIELDS.iter().enumerate().skip(1) {
            // Outside PUBLISH tshark shows these flags not at all.
            if matches!(*key, "dup" | "qos" | "retain") && kind != "publish" {
                continue;
            }
            let number = body.get(*key).and_then(|value| value.as_bool().map(u64::from));
            fields[place].extend(number.or_else(|| body.get(*key)?.as_u64()));
        }
        match body.get("message") {
            Some(inner) => form = inner,
            None => return fields,
        }
    }
}

/// Keys of our forms, and tshark's names.
const FIELDS: [(&str, &str); 8] = [
    ("", "mqttsn.msg.type"),
    ("message_id", "mqttsn.msg.id"),
    ("topic_id", "mqttsn.topic.id"),
    ("return_code", "mqttsn.return.code"),
    ("gateway_id", "mqttsn.gw.id"),
    ("retain", "mqttsn.retain"),
    ("dup", "mqttsn.dup"),
    ("qos", "mqttsn.qos"),
];

/// What tshark shows of every frame; none may be malformed.
fn read(file: &str) -> Vec<Vec<Vec<u64>>> {
    let mut command = Command::new("tshark");
    command.args(["-r", file, "-d", "udp.port==10000,mqttsn", "-T", "fields"]);
    command.args(["-e", "_ws.malformed"]);
    command.args(FIELDS.iter().flat_map(|(_, field)| ["-e", field]));
    let output = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaints}");
    let number = |text: &str| match (text, text.strip_prefix("0x")) {
        ("True", _) => 1,
        ("False", _) => 0,
        (_, Some(hex)) => u64::from_str_radix(hex, 16).unwrap(),
        _ => text.parse().unwrap(),
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let frames = text.lines().map(|line| {
        let mut fields = line.split('\t');
        assert_eq!(fields.next(), Some(""), "malformed: {line}");
        fields
            .map(|field| field.split(',').filter(|text| !text.is_empty()).map(number).collect())
            .collect()
    });
    frames.collect()
}

#[test]
fn tshark_reads_a_session_as_we_do() {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
    assert!(found || !required.split(',').any(|name| name == "tshark"), "tshark is not installed");
    if !found {
        eprintln!("skipped: tshark is not installed");
        return;
    }
    let gateway = Served::of("mqtt-sn-1.2", &[]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LONGEST)).unwrap();
    socket.connect(gateway.url.trim_start_matches("mqtt-sn://")).unwrap();
    let mut client = Client { socket, said: Vec::new() };
    session(&mut client);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.pcap");
    std::fs::write(&file, capture(&client.said)).unwrap();
    let frames = read(path(&file));
    assert_eq!(frames.len(), client.said.len());
    for (said, frame) in client.said.iter().zip(&frames) {
        let expected = expected(&said.form);
        assert_eq!(frame[0], expected[0], "types of {}", said.form);
        for (place, (key, _)) in FIELDS.iter().enumerate().skip(1) {
            // What our form names, tshark shows; of unused flags it shows more.
            let shown = &frame[place];
            assert!(
                expected[place].is_empty() || *shown == expected[place],
                "{key}: {}",
                said.form
            );
        }
    }
    let kinds: BTreeSet<&str> = client
        .said
        .iter()
        .filter(|said| said.by_gateway)
        .flat_map(|said| said.form.as_object().unwrap().keys().map(String::as_str))
        .collect();
    // A gateway also sends ADVERTISE, to everybody at once.
    assert_eq!(
        kinds,
        BTreeSet::from([
            "connack",
            "disconnect",
            "encapsulated",
            "gwinfo",
            "pingresp",
            "puback",
            "pubcomp",
            "publish",
            "pubrec",
            "pubrel",
            "regack",
            "register",
            "suback",
            "unsuback",
            "willmsgreq",
            "willmsgresp",
            "willtopicreq",
            "willtopicresp",
        ])
    );
}
