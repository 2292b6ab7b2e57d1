//! Every fault shows: on some tour the broker behaves otherwise than without it.

use std::collections::BTreeMap;

use super::*;
use crate::peer::Fault;
use crate::peer::mqtt::{VARIANTS, all, websocket};

/// A walk through the broker that writes down everything that comes back.
pub(super) struct Tour {
    pub(super) bench: Bench,
    links: Vec<LinkId>,
    trace: Vec<String>,
}

pub(super) type Path = fn(&mut Tour);

impl Tour {
    /// Everything that came back on `path`, spoken in `version`.
    fn walk(path: Path, version: Version, options: Options) -> Vec<String> {
        let mut tour =
            Self { bench: Bench::with(version, options), links: Vec::new(), trace: Vec::new() };
        path(&mut tour);
        tour.note();
        tour.trace
    }

    pub(super) fn v5(&self) -> bool {
        self.bench.version == Version::V5
    }

    pub(super) fn link(&mut self) -> LinkId {
        let id = self.bench.state.open(self.bench.now);
        self.links.push(id);
        id
    }

    pub(super) fn open(&mut self, connect: Connect<'_>) -> LinkId {
        let id = self.link();
        self.send(id, &Message::Connect(connect));
        id
    }

    pub(super) fn connect(&mut self, name: &str, clean: bool, list: &[Property<'_>]) -> LinkId {
        let list = if self.v5() { list } else { &[] };
        self.open(Connect { properties: Properties::Given(list), ..plain(name, clean) })
    }

    pub(super) fn send(&mut self, id: LinkId, message: &Message<'_>) {
        let bytes = encode(message, self.bench.version);
        self.raw(id, &bytes);
    }

    pub(super) fn raw(&mut self, id: LinkId, bytes: &[u8]) {
        self.bench.state.input(self.bench.now, id, bytes);
        self.note();
    }

    pub(super) fn subscribe(&mut self, id: LinkId, filters: &[(&str, u8)]) {
        self.subscribe_with(id, filters, &[]);
    }

    /// Filters with their options byte.
    pub(super) fn subscribe_with(
        &mut self,
        id: LinkId,
        filters: &[(&str, u8)],
        properties: &[Property<'_>],
    ) {
        let v5 = self.v5();
        let list: Vec<Subscription<'_>> = (filters.iter())
            .map(|(topic_filter, options)| Subscription {
                topic_filter,
                maximum_qos: QoS::from_bits(*options).unwrap(),
                no_local: v5 && options & 4 != 0,
                retain_as_published: v5 && options & 8 != 0,
                retain_handling: if v5 { options >> 4 } else { 0 },
            })
            .collect();
        self.send(id, &subscribing(&list, if v5 { properties } else { &[] }));
    }

    pub(super) fn publish(&mut self, id: LinkId, topic: &str, delivery: Delivery, text: &str) {
        self.publish_with(id, topic, delivery, false, text, &[]);
    }

    pub(super) fn publish_with(
        &mut self,
        id: LinkId,
        topic_name: &str,
        delivery: Delivery,
        retain: bool,
        text: &str,
        properties: &[Property<'_>],
    ) {
        let properties = if self.v5() { properties } else { &[] };
        let publish = Publish {
            delivery,
            retain,
            topic_name,
            properties: Properties::Given(properties),
            payload: text.as_bytes(),
        };
        self.send(id, &Message::Publish(publish));
    }

    pub(super) fn close(&mut self, id: LinkId) {
        self.bench.state.closed(self.bench.now, id);
        self.note();
    }

    pub(super) fn pass(&mut self, milliseconds: u64) {
        self.bench.now += Duration::from_millis(milliseconds);
        self.bench.state.elapsed(self.bench.now);
        self.note();
    }

    fn note(&mut self) {
        for id in self.links.clone() {
            while let Some(bytes) = self.bench.state.output(id) {
                if self.bench.state.options.fault.is_none() {
                    assert_right(&bytes);
                }
                let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                self.trace.push(format!("{id} {}", hex.concat()));
            }
            self.trace.push(format!("{id} closing={}", self.bench.state.closing(id)));
        }
    }
}

/// Without a fault everything that is sent is one whole packet that a Server may send.
fn assert_right(bytes: &[u8]) {
    let right = [Version::V311, Version::V5].iter().any(|version| {
        let decoded = decode(bytes, &Context::new(*version, Party::Server));
        matches!(decoded, Ok(Decoded::Complete { used, .. }) if used == bytes.len())
    });
    assert!(right, "{bytes:02x?}");
}

#[test]
fn every_fault_shows_on_some_tour() {
    let mut right = BTreeMap::new();
    let options = |fault: Option<&str>, variant: Option<&str>| Options {
        fault: fault.map(str::to_owned),
        variant: variant.map(str::to_owned),
        accounts: BTreeMap::new(),
        ..Options::default()
    };
    let versions = [Version::V311, Version::V5];
    let mut tours: Vec<(Path, Option<&str>)> =
        tours::ALL.iter().map(|path| (*path, None)).collect();
    tours.extend(
        tours::limits::VARIANTS.map(|variant| (tours::limits::asking as Path, Some(variant))),
    );
    for (index, (path, variant)) in tours.iter().enumerate() {
        for version in versions {
            let trace = Tour::walk(*path, version, options(None, *variant));
            right.insert((index, version), trace);
        }
    }
    let mut hidden = Vec::new();
    // Frames are outside the state machine: the self-test covers them.
    let of_frames = |fault: &Fault| websocket::FAULTS.iter().any(|it| it.id == fault.id);
    for fault in all().into_iter().filter(|fault| !of_frames(fault)) {
        let shows = tours.iter().enumerate().any(|(index, (path, variant))| {
            versions.iter().any(|version| {
                Tour::walk(*path, *version, options(Some(&fault.id), *variant))
                    != right[&(index, *version)]
            })
        });
        if !shows {
            hidden.push(fault.id);
        }
    }
    // What a broker with accounts refuses has no tour: `accounts_are_asked_for` covers it.
    assert_eq!(hidden, ["ignores-bad-credentials", "accepts-bad-credentials"]);
}

#[test]
fn accounts_are_asked_for() {
    for (fault, code) in [(None, "0x86"), (Some("accepts-bad-credentials"), "0x00")] {
        let accounts = BTreeMap::from([("alice".to_owned(), "secret".to_owned())]);
        let fault = fault.map(str::to_owned);
        let options = Options { fault, accounts, ..Options::default() };
        let mut bench = Bench::with(Version::V5, options);
        let good =
            Connect { user_name: Some("alice"), password: Some(b"secret"), ..plain("a", true) };
        let a = bench.open(good);
        assert_eq!(bench.sent(a), ["connack 0x00 session_present=false"]);
        let b = bench.open(Connect { password: Some(b"wrong"), ..good });
        assert_eq!(bench.sent(b), [format!("connack {code} session_present=false")]);
    }
    let accounts = BTreeMap::from([("alice".to_owned(), "secret".to_owned())]);
    let fault = Some("ignores-bad-credentials".to_owned());
    let mut bench = Bench::with(Version::V5, Options { fault, accounts, ..Options::default() });
    let nobody = bench.open(plain("a", true));
    assert!(bench.sent(nobody).is_empty());
}

#[test]
fn every_variant_sends_only_right_packets() {
    for variant in VARIANTS {
        for path in tours::ALL {
            for version in [Version::V311, Version::V5] {
                let variant = Some(variant.id.to_owned());
                Tour::walk(*path, version, Options { variant, ..Options::default() });
            }
        }
    }
}
