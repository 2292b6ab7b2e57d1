//! MQTT on a stream. From the first CONNECT on everything is judged; what begins in mid-stream, or
//! behind a gap, is read from the next place on at which packets follow each other.

use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt::{Frame, Message, Version, connect_version, decode, frame};

use super::unreadable::Readable;
use super::{EARLIER, MISSING, Speech, index};
use crate::capture::output::{Party, Scene};
use crate::case::Protocol;
use crate::codec::mqtt::{Mqtt, context};
use crate::codec::{Codec as _, Sender};
use crate::passive::mqtt::{Observer, client};

/// The longest packet that is looked into.
const MOST_BYTES: usize = 1 << 20;
/// A packet was not looked into.
const LONG: &str = "a packet was left out";
/// How much is kept to find where packets begin.
const MOST_SEARCH: usize = 1 << 16;

/// One connection.
pub(in crate::capture) struct MqttSpeech {
    version: Option<Version>,
    sides: [Side; 2],
    watch: Option<Watch>,
    /// Why not everything is judged.
    unseen: Option<&'static str>,
}

#[derive(Default)]
struct Side {
    kept: Vec<u8>,
    /// So many bytes belong to a packet that is too long to be looked into.
    skip: usize,
    /// Where packets begin is not known.
    lost: bool,
    /// Nothing further can be read.
    over: bool,
}

/// The rules that watch a connection in a version that has them.
struct Watch {
    protocol: Protocol,
    readable: [Readable; 2],
    observers: Option<Observers>,
}

/// Those that know the connection from its start on, and how much each has told.
struct Observers {
    of_server: Observer,
    of_client: client::Observer,
    told: [usize; 2],
}

impl Watch {
    fn new(version: Version, from_start: bool) -> Option<Self> {
        let protocol = match version {
            Version::V5 => Protocol::Mqtt50,
            Version::V311 => Protocol::Mqtt311,
            Version::V31 => return None,
        };
        let readable = [Sender::Client, Sender::Server].map(|it| Readable::new(protocol, it));
        let observers = from_start.then(|| Observers {
            of_server: Observer::new(version, Sender::Server),
            of_client: client::Observer::new(version),
            told: [0; 2],
        });
        Some(Self { protocol, readable, observers })
    }
}

impl Watch {
    /// The rules that have to know everything have told what they know.
    fn applied(&mut self, scene: &mut Scene<'_, '_>) {
        if let Some(observers) = self.observers.take() {
            scene.applied(self.protocol, Party::Server, observers.of_server.findings());
            scene.applied(self.protocol, Party::Client, observers.of_client.findings());
        }
    }
}

impl Observers {
    fn message(
        &mut self,
        from: Sender,
        message: &Message<'_>,
        packet: &[u8],
        protocol: Protocol,
        scene: &mut Scene<'_, '_>,
    ) {
        let place = scene.place();
        match from {
            Sender::Client => {
                self.of_server.sent(message);
                self.of_client.sent(message, packet, place);
            }
            _ => {
                self.of_server.received(message, packet, place.entry);
                self.of_client.received(message, place);
            }
        }
        let [of_server, of_client] = &mut self.told;
        scene.judge(protocol, Party::Server, self.of_server.findings(), of_server);
        scene.judge(protocol, Party::Client, self.of_client.findings(), of_client);
    }
}

impl MqttSpeech {
    /// A connection that begins with CONNECT, or somewhere.
    pub(in crate::capture) fn new(version: Option<Version>, from_start: bool) -> Self {
        let mut sides = [Side::default(), Side::default()];
        sides.iter_mut().for_each(|side| side.lost = !from_start);
        Self {
            version,
            sides,
            watch: version.and_then(|version| Watch::new(version, from_start)),
            unseen: (!from_start).then_some(EARLIER),
        }
    }

    /// A connection that begins with a CONNECT which is not there yet.
    pub(in crate::capture) fn unnamed() -> Self {
        Self { version: None, sides: Default::default(), watch: None, unseen: None }
    }

    /// Takes the version of the CONNECT that comes first.
    fn begin(&mut self, from: Sender, bytes: &[u8]) -> bool {
        let name = connect_version(bytes);
        // Name and level end within 14 bytes; what is no CONNECT of ours is read as 5.0.
        if self.version.is_none() && (from == Sender::Server || name.is_some() || bytes.len() >= 14)
        {
            let version = name.unwrap_or(Version::V5);
            (self.version, self.watch) = (Some(version), Watch::new(version, true));
        }
        self.version.is_some()
    }

    /// Finds out whether packets begin with the bytes, and in which version.
    fn find(&mut self, from: Sender, bytes: &[u8]) -> Found {
        let versions = match self.version {
            Some(version) => vec![version],
            None => vec![Version::V5, Version::V311],
        };
        let mut found = Found::Nowhere;
        for version in versions {
            let (mut rest, mut packets) = (bytes, 0);
            let ended = loop {
                match decode(rest, &context(version, from)) {
                    Ok(Decoded::Complete { used, .. }) if !rest.is_empty() => {
                        rest = rest.get(used..).unwrap_or_default();
                        packets += 1;
                    }
                    Ok(_) => break true,
                    Err(_) => break false,
                }
            };
            if ended && packets > 0 {
                if self.version.is_none() {
                    self.version = Some(version);
                    self.watch = Watch::new(version, false);
                }
                return Found::Here;
            }
            if ended {
                found = Found::Perhaps;
            }
        }
        found
    }

    /// Takes the packet at the front of the bytes; gives its length, 0 if it is not there yet.
    fn packet(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) -> usize {
        let Some(version) = self.version else { return bytes.len() };
        let spec = version.name();
        match decode(bytes, &context(version, from)) {
            Ok(Decoded::Incomplete { need }) => {
                if bytes.len() + need > MOST_BYTES {
                    return self.skip(from, bytes.len(), need, scene);
                }
                0
            }
            Ok(Decoded::Complete { message, used }) => {
                let packet = bytes.get(..used).unwrap_or_default();
                scene.message(spec, from, packet, true, || Mqtt(version).envelope(packet, from));
                let Some(watch) = &mut self.watch else { return used };
                if let Some(readable) = watch.readable.get_mut(index(from)) {
                    readable.kept();
                }
                if let Some(observers) = &mut watch.observers {
                    observers.message(from, &message, packet, watch.protocol, scene);
                }
                used
            }
            Err(error) => {
                // The header may still say where the next packet begins.
                let used = match frame(bytes, usize::MAX) {
                    Ok(Frame::Complete { raw, header }) => header + raw.body.len(),
                    Ok(Frame::Incomplete { need }) if bytes.len() + need <= MOST_BYTES => return 0,
                    Ok(Frame::Incomplete { need }) => {
                        return self.skip(from, bytes.len(), need, scene);
                    }
                    Err(_) => {
                        if let Some(side) = self.sides.get_mut(index(from)) {
                            side.over = true;
                        }
                        bytes.len()
                    }
                };
                let packet = bytes.get(..used).unwrap_or_default();
                scene.message(spec, from, packet, false, || Mqtt(version).envelope(packet, from));
                let Some(watch) = &mut self.watch else { return used };
                if let Some(readable) = watch.readable.get_mut(index(from)) {
                    readable.broken((&error).into(), scene);
                }
                // What answers to it cannot be told from mistakes.
                if let Some(observers) = &mut watch.observers {
                    observers.of_client.something_else();
                    if from == Sender::Client {
                        observers.of_server.sent_something_else();
                    }
                }
                used
            }
        }
    }

    /// Leaves out a packet of which `there` bytes are there, and `need` are still to come.
    fn skip(
        &mut self,
        from: Sender,
        there: usize,
        need: usize,
        scene: &mut Scene<'_, '_>,
    ) -> usize {
        scene.output.notes.add("a packet of MQTT of more than a MiB was left out");
        if let Some(side) = self.sides.get_mut(index(from)) {
            side.skip = need;
        }
        self.forget(LONG, scene);
        there
    }

    /// The rules that have to know everything know no more.
    fn forget(&mut self, why: &'static str, scene: &mut Scene<'_, '_>) {
        self.unseen.get_or_insert(why);
        if let Some(watch) = &mut self.watch {
            watch.applied(scene);
        }
    }
}

enum Found {
    Here,
    Perhaps,
    Nowhere,
}

impl Speech for MqttSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let Some(side) = self.sides.get_mut(index(from)) else { return };
        let skipped = side.skip.min(bytes.len());
        side.skip -= skipped;
        let bytes = bytes.get(skipped..).unwrap_or_default();
        if side.over || bytes.is_empty() {
            return;
        }
        let mut kept = std::mem::take(&mut side.kept);
        let lost = side.lost;
        let all = if kept.is_empty() {
            bytes
        } else {
            kept.extend(bytes);
            &kept
        };
        let mut start = 0;
        if lost {
            // Packets mostly begin where a segment does.
            let found = match self.find(from, all) {
                Found::Nowhere if all.len() > bytes.len() => match self.find(from, bytes) {
                    Found::Nowhere => Found::Nowhere,
                    other => {
                        start = all.len() - bytes.len();
                        other
                    }
                },
                found => found,
            };
            let Some(side) = self.sides.get_mut(index(from)) else { return };
            match found {
                Found::Here => side.lost = false,
                Found::Perhaps if all.len() - start <= MOST_SEARCH => {
                    side.kept = all.get(start..).unwrap_or_default().to_vec();
                    return;
                }
                _ => return,
            }
        }
        let begun = self.begin(from, all);
        while let Some(rest) = all.get(start..).filter(|rest| begun && !rest.is_empty()) {
            match self.packet(from, rest, scene) {
                0 => break,
                used => start += used,
            }
        }
        let rest = all.len().saturating_sub(start);
        if let Some(side) = self.sides.get_mut(index(from)).filter(|_| rest > 0) {
            if kept.is_empty() {
                kept.extend(bytes.get(start..).unwrap_or_default());
            } else {
                kept.drain(..start);
            }
            side.kept = kept;
        }
    }

    fn gap(&mut self, from: Sender, scene: &mut Scene<'_, '_>) {
        if let Some(side) = self.sides.get_mut(index(from)) {
            *side = Side { lost: true, ..Side::default() };
        }
        self.forget(MISSING, scene);
    }

    fn end(&mut self, scene: &mut Scene<'_, '_>) {
        let Some(watch) = &mut self.watch else { return };
        watch.readable.iter().for_each(|readable| readable.end(scene));
        watch.applied(scene);
        if let Some(why) = self.unseen {
            scene.unseen(watch.protocol, why);
        }
    }
}
