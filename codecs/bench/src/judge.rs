//! Which packets a codec takes and which it refuses, against what the specification asks for.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use serde_json::Value;

use crate::codec::{Codec, codecs};
use crate::input::Traffic;

/// The packets, each with a verdict: `accept`, `reject`, or `either` where the specification binds
/// its sender alone. Those are left out of the count.
const PACKETS: &str = include_str!("../judge.json");

struct Packet {
    traffic: String,
    what: String,
    bytes: Vec<u8>,
    accept: bool,
}

/// Prints one row for each codec; false if ours is wrong somewhere.
pub fn judge() -> bool {
    let packets: Vec<Packet> = packets();
    let hook = take_hook();
    // A codec that panics is wrong, and that is all there is to say.
    set_hook(Box::new(|_| {}));
    let rows: Vec<_> = codecs().iter().map(|codec| row(&**codec, &packets)).collect();
    set_hook(hook);
    for traffic in Traffic::ALL {
        if !packets.iter().any(|packet| packet.traffic == traffic.name()) {
            continue;
        }
        println!("\n### right of the packets of {}\n", traffic.name());
        println!("| codec | right | wrongly taken | wrongly refused | panics |");
        println!("|---|---:|---:|---:|---:|");
        for row in rows.iter().filter(|row| row.traffic == traffic) {
            println!(
                "| {} | {} of {} | {} | {} | {} |",
                row.name, row.right, row.all, row.taken, row.refused, row.panics
            );
        }
    }
    for row in &rows {
        row.wrong.iter().for_each(|what| eprintln!("{} is wrong about: {what}", row.name));
    }
    rows.iter().filter(|row| row.name == "wirecheck").all(|row| row.right == row.all)
}

struct Row {
    name: &'static str,
    traffic: Traffic,
    right: usize,
    all: usize,
    taken: usize,
    refused: usize,
    panics: usize,
    wrong: Vec<String>,
}

fn row(codec: &dyn Codec, packets: &[Packet]) -> Row {
    let (name, traffic) = (codec.name(), codec.traffic());
    let mut row =
        Row { name, traffic, right: 0, all: 0, taken: 0, refused: 0, panics: 0, wrong: vec![] };
    for packet in packets.iter().filter(|packet| packet.traffic == traffic.name()) {
        row.all += 1;
        match catch_unwind(AssertUnwindSafe(|| codec.takes(&packet.bytes))) {
            Ok(taken) if taken == packet.accept => {
                row.right += 1;
                continue;
            }
            Ok(true) => row.taken += 1,
            Ok(false) => row.refused += 1,
            Err(_) => row.panics += 1,
        }
        row.wrong.push(packet.what.clone());
    }
    row
}

fn packets() -> Vec<Packet> {
    let packets: Vec<BTreeMap<String, Value>> =
        serde_json::from_str(PACKETS).expect("the file is right");
    let text = |packet: &BTreeMap<String, Value>, key: &str| {
        packet[key].as_str().expect("all values are strings").to_owned()
    };
    packets
        .iter()
        .filter(|packet| packet["verdict"] != "either")
        .map(|packet| Packet {
            traffic: text(packet, "version"),
            what: text(packet, "what"),
            bytes: hex(&text(packet, "bytes")),
            accept: match &*text(packet, "verdict") {
                "accept" => true,
                "reject" => false,
                other => panic!("{other} is no verdict"),
            },
        })
        .collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|digits| str::from_utf8(digits).expect("ASCII"));
    digits.map(|digits| u8::from_str_radix(digits, 16).expect("hexadecimal")).collect()
}
