//! `captures/*.pcapng`: what went over the links of a case that failed, for tools that read
//! captures.
//!
//! A log knows messages and their times. Addresses, ports and what is below the messages is made up,
//! and what travelled in TLS or WebSocket is shown as what was inside; the file says so itself.

mod network;

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};
use pcap_file::{DataLink, Endianness, PcapError};
use wirecheck_codecs::json::from_hex;

use self::network::{Frame, Payload, Ports, Side, Tcp, datagram};
use crate::case::{Family, Protocol};
use crate::catalogue::Catalogue;
use crate::result::{self, RunResult};
use crate::transport::Carrier;
use crate::transport::scheme::SCHEMES;
use crate::verdict::{CheckResult, Verdict};
use crate::wire_log::{Entry, Event};

/// The folder of captures in a report.
const FOLDER: &str = "captures";
/// The first port of our side.
const FIRST_PORT: u16 = 50_000;
/// The longest name of a file before its ending; file systems stop at 255.
const MOST_NAME: usize = 200;
/// The longest comment; an option has room for 65,535 bytes.
const MOST_COMMENT: usize = 8000;

/// Writes the captures of all cases that failed, and takes away those of an earlier run. Gives how
/// many there are.
///
/// # Errors
/// What stands in the way.
pub fn write_all(result: &RunResult, folder: &Path) -> Result<usize, String> {
    let folder = folder.join(FOLDER);
    let captures = captures(result)?;
    if folder.exists() {
        clear(&folder).map_err(|error| format!("cannot clear {}: {error}", folder.display()))?;
    }
    if !captures.is_empty() {
        result::prepare(&folder)?;
    }
    for (name, bytes) in &captures {
        result::write(&folder.join(name), bytes)?;
    }
    Ok(captures.len())
}

fn clear(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "pcapng") {
            std::fs::remove_file(path)?;
        }
    }
    // A folder with something else in it stays.
    let _ = std::fs::remove_dir(folder);
    Ok(())
}

/// The captures, by file name.
fn captures(result: &RunResult) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut captures: Vec<(String, Vec<u8>)> = Vec::new();
    let mut cases: Vec<&str> = Vec::new();
    for check in result.checks.iter().filter(|check| is_shown(check)) {
        if cases.contains(&check.case.as_str()) {
            continue;
        }
        cases.push(&check.case);
        let of_case = |it: &&CheckResult| it.case == check.case && is_shown(it);
        let checks: Vec<_> = result.checks.iter().filter(of_case).collect();
        let Some(log) = checks.iter().find_map(|check| check.log.as_deref()) else { continue };
        let stem = file_stem(&check.case);
        let taken = |name: &str| captures.iter().any(|(known, _)| known == name);
        let names = std::iter::once(format!("{stem}.pcapng"))
            .chain((2..).map(|number| format!("{stem}-{number}.pcapng")));
        let name = names.into_iter().find(|name| !taken(name)).unwrap_or_default();
        let bytes = capture(result, &checks, log).map_err(|error| format!("{name}: {error}"))?;
        captures.push((name, bytes));
    }
    Ok(captures)
}

fn is_shown(check: &CheckResult) -> bool {
    matches!(check.verdict, Verdict::Fail | Verdict::Warn | Verdict::Error)
}

/// `mqtt-5.0_will_late_row` for `mqtt-5.0/will/late[row]`: a name that every file system takes.
fn file_stem(case: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let name: String = case.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let name = name.trim_start_matches('.').trim_end_matches(['_', '.']);
    match name.get(..MOST_NAME).unwrap_or(name) {
        "" => "case".to_owned(),
        name => name.to_owned(),
    }
}

/// One frame with its time and what is to be said of it.
struct Packet {
    ms: u64,
    frame: Frame,
    comments: Vec<String>,
}

/// The capture of one case.
fn capture(
    result: &RunResult,
    checks: &[&CheckResult],
    log: &[Entry],
) -> Result<Vec<u8>, PcapError> {
    let mut links = Links::new(checks, log);
    for (place, entry) in log.iter().enumerate() {
        links.add(place, entry);
    }
    for check in checks {
        links.comment(check, log);
    }
    let started = result.started.parse::<jiff::Timestamp>().map_or(0, |time| time.as_second());
    let mut writer = PcapNgWriter::with_section_header(Vec::new(), section(result, checks))?;
    // Without a resolution the unit would be a microsecond; the writer counts nanoseconds.
    let mut interface = InterfaceDescriptionBlock::new(DataLink::ETHERNET, 0);
    interface.options.push(InterfaceDescriptionOption::IfName("links of the case".into()));
    interface.options.push(InterfaceDescriptionOption::IfTsResol(9));
    writer.write_pcapng_block(interface)?;
    for packet in links.packets {
        let comments = packet.comments.into_iter();
        let comments = comments.map(|words| EnhancedPacketOption::Comment(cut(words).into()));
        writer.write_pcapng_block(EnhancedPacketBlock {
            interface_id: 0,
            timestamp: Duration::from_secs(started.unsigned_abs())
                + Duration::from_millis(packet.ms),
            original_len: packet.frame.length as u32,
            data: Cow::Owned(packet.frame.bytes),
            options: comments.collect(),
        })?;
    }
    Ok(writer.into_inner())
}

/// What the file says of itself.
fn section(result: &RunResult, checks: &[&CheckResult]) -> SectionHeaderBlock<'static> {
    let case = checks.first().map(|check| check.case.as_str()).unwrap_or_default();
    let mut words = format!(
        "{case} against {}\nMade from the log of a run. The messages are those of the links, and \
         times count from the start of the case. Addresses, ports and everything below the \
         messages are made up; what travelled in TLS or WebSocket is shown as what was inside, and \
         messages of more than 4 KiB are cut.",
        result.target.url
    );
    if checks.first().is_some_and(|check| check.protocol.starts_with("mqtt-sn")) {
        words.push_str("\nMQTT-SN has no port of its own: decode UDP port 10000 as MQTT-SN.");
    }
    let program = format!("wirecheck {} ({})", result.suite.version, result.suite.commit);
    SectionHeaderBlock {
        endianness: Endianness::Little,
        options: vec![
            SectionHeaderOption::Comment(cut(words).into()),
            SectionHeaderOption::UserApplication(program.into()),
        ],
        ..SectionHeaderBlock::default()
    }
}

fn cut(words: String) -> String {
    match words.char_indices().nth(MOST_COMMENT) {
        Some((end, _)) => format!("{} …", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// A link of an actor.
enum Link {
    Tcp(Tcp),
    Udp(Ports),
}

/// The links of a case, and the frames that they have made.
struct Links<'a> {
    family: Family,
    /// Whether the target calls us.
    called: bool,
    log: &'a [Entry],
    open: HashMap<&'a str, Link>,
    next_port: u16,
    packets: Vec<Packet>,
    /// The first frame of each entry of the log that has one.
    places: HashMap<usize, usize>,
}

impl<'a> Links<'a> {
    fn new(checks: &[&CheckResult], log: &'a [Entry]) -> Self {
        let first = checks.first();
        let protocol = first.and_then(|check| Protocol::from_name(&check.protocol));
        Self {
            family: protocol.map_or(Family::Mqtt, Protocol::family),
            called: first.is_some_and(|check| check.role == "client"),
            log,
            open: HashMap::new(),
            next_port: FIRST_PORT,
            packets: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// Takes in the entry at `place`.
    fn add(&mut self, place: usize, entry: &'a Entry) {
        let actor = entry.actor.as_str();
        let by = match entry.event {
            Event::Send => Side::Ours,
            Event::Recv => Side::Target,
            _ if is_by_us(entry) => Side::Ours,
            _ => Side::Target,
        };
        let bytes = entry.hex.as_deref().and_then(|hex| from_hex(hex).ok());
        let frames = match (entry.event, bytes) {
            (Event::Open, _) => {
                self.open.remove(actor);
                self.link(place, actor, Side::Ours, entry.ms);
                Vec::new()
            }
            (Event::Send | Event::Recv, Some(known)) => {
                let opener = if self.called { Side::Target } else { Side::Ours };
                let length = entry.length.unwrap_or(known.len()).max(known.len());
                let payload = Payload { known: &known, length };
                match self.link(place, actor, opener, entry.ms) {
                    Link::Tcp(tcp) => tcp.send(by, payload),
                    Link::Udp(ports) => vec![datagram(*ports, by, payload)],
                }
            }
            (Event::Close, _) => match self.open.get_mut(actor) {
                Some(Link::Tcp(tcp)) => vec![tcp.close(by)],
                _ => Vec::new(),
            },
            (Event::Reset, _) => match self.open.remove(actor) {
                Some(Link::Tcp(mut tcp)) => vec![tcp.reset(by)],
                _ => Vec::new(),
            },
            _ => {
                // What is no message stands with the frame before it.
                if let (Some(words), Some(packet)) = (&entry.text, self.packets.last_mut()) {
                    packet.comments.push(format!("{:.3} s: {words}", entry.ms as f64 / 1000.0));
                    self.places.insert(place, self.packets.len() - 1);
                }
                Vec::new()
            }
        };
        self.push(place, entry.ms, frames);
        if let (Some(mark), Some(at)) = (&entry.mark, self.places.get(&place)) {
            let words = format!("byte {} of the message: {}", mark.at, mark.text);
            if let Some(packet) = self.packets.get_mut(*at) {
                packet.comments.push(words);
            }
        }
    }

    fn push(&mut self, place: usize, ms: u64, frames: Vec<Frame>) {
        if !frames.is_empty() {
            self.places.entry(place).or_insert(self.packets.len());
        }
        let frames = frames.into_iter();
        self.packets.extend(frames.map(|frame| Packet { ms, frame, comments: Vec::new() }));
    }

    /// The link of an actor, opened now if it is not yet.
    fn link(&mut self, place: usize, actor: &'a str, opener: Side, ms: u64) -> &mut Link {
        if !self.open.contains_key(actor) {
            let (carrier, port) = self.carriage(place, actor);
            let fresh = self.next_port;
            self.next_port = self.next_port.checked_add(1).unwrap_or(FIRST_PORT);
            let ports = match opener {
                Side::Ours => Ports { ours: fresh, target: port },
                Side::Target => Ports { ours: port, target: fresh },
            };
            let link = match carrier {
                Carrier::Udp => Link::Udp(ports),
                Carrier::Tcp => {
                    let mut tcp = Tcp::new(ports);
                    let opening = tcp.open(opener);
                    self.push(place, ms, opening);
                    Link::Tcp(tcp)
                }
            };
            self.open.insert(actor, link);
        }
        self.open.entry(actor).or_insert(Link::Udp(Ports { ours: 0, target: 0 }))
    }

    /// What carries the messages of an actor, and the port at which readers expect them.
    fn carriage(&self, place: usize, actor: &str) -> (Carrier, u16) {
        let mut rest = self.log.iter().skip(place).filter(|entry| entry.actor == actor);
        let first = rest.find_map(|entry| entry.hex.as_deref());
        let family = match self.family {
            // The broker behind a gateway.
            Family::MqttSn if first.is_some_and(is_mqtt_connect) => Family::Mqtt,
            family => family,
        };
        let plain = SCHEMES.iter().find(|scheme| scheme.family == family && !scheme.tls);
        plain.map_or((Carrier::Tcp, 1883), |scheme| (scheme.carrier, scheme.port))
    }

    /// Says at the frames that were judged what was found.
    fn comment(&mut self, check: &CheckResult, log: &[Entry]) {
        let judged = check.frames.iter().filter_map(|frame| self.places.get(frame).copied());
        let mut judged: Vec<usize> = judged.collect();
        judged.dedup();
        if judged.is_empty() {
            // Without a message it was an end that was judged, or silence.
            let ends = |entry: &&Entry| match check.outcome.as_str() {
                "closed" => entry.event == Event::Close && !is_by_us(entry),
                "reset" => entry.event == Event::Reset && !is_by_us(entry),
                _ => entry.event == Event::Timeout,
            };
            let place = log.iter().rposition(|entry| ends(&entry));
            let packet = place.and_then(|place| self.places.get(&place).copied());
            judged.extend(packet.or(self.packets.len().checked_sub(1)));
        }
        for place in judged {
            if let Some(packet) = self.packets.get_mut(place) {
                // The verdict is what a reader looks for.
                packet.comments.insert(0, words(check));
            }
        }
    }
}

fn is_by_us(entry: &Entry) -> bool {
    entry.text.as_deref().is_some_and(|text| text.ends_with("by us"))
}

/// Whether a message in hex is the CONNECT of MQTT.
fn is_mqtt_connect(hex: &str) -> bool {
    hex.starts_with("10") && hex.get(..24).is_some_and(|head| head.contains("00044d515454"))
}

/// What a check found.
fn words(check: &CheckResult) -> String {
    let verdict = check.verdict.name().to_uppercase();
    let mut words = format!("{verdict} {}", check.id);
    if let Some(known) = Catalogue::embedded().get(&check.requirement) {
        words.push_str(&format!("\n{} ({}): {}", known.id, known.level, known.text));
    }
    for (name, text) in [("expected", &check.expected), ("observed", &check.observed)] {
        if !text.is_empty() {
            words.push_str(&format!("\n{name} {text}"));
        }
    }
    if let Some(reason) = &check.reason {
        words.push_str(&format!("\nbecause {reason}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn names_are_safe_and_differ() {
        assert_eq!(file_stem("mqtt-5.0/will/late[no-delay]"), "mqtt-5.0_will_late_no-delay");
        assert_eq!(file_stem("../../etc/passwd\0"), "_.._etc_passwd");
        assert_eq!(file_stem("..."), "case");
        assert_eq!(file_stem(&"é".repeat(500)).len(), 4);
        let mut result = sample();
        let mut twin = result.checks[0].clone();
        twin.case = twin.case.replace('/', "_");
        result.checks.push(twin);
        let names: Vec<_> =
            captures(&result).expect("captures").into_iter().map(|it| it.0).collect();
        let wanted = ["mqtt-5.0_connect_reserved-flag", "mqtt-5.0_connect_reserved-flag-2"];
        assert_eq!(names, wanted.map(|name| format!("{name}.pcapng")));
    }

    /// Protocol of IPv4, ports from and to, and flags of TCP, of each frame.
    fn frames(protocol: &str, role: &str, first: &str, event: Event) -> Vec<(u8, u16, u16, u8)> {
        let mut check = sample().checks.remove(0);
        (check.protocol, check.role) = (protocol.to_owned(), role.to_owned());
        let mut log = check.log.clone().unwrap_or_default();
        log.remove(0);
        log.iter_mut().for_each(|entry| entry.mark = None);
        (log[0].hex, log[0].event) = (Some(first.to_owned()), event);
        let mut links = Links::new(&[&check], &log);
        log.iter().enumerate().for_each(|(place, entry)| links.add(place, entry));
        let frames = links.packets.iter().map(|packet| {
            let bytes = &packet.frame.bytes;
            let port = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
            (bytes[23], port(34), port(36), bytes.get(47).copied().unwrap_or_default())
        });
        frames.collect()
    }

    #[test]
    fn who_opens_a_link_and_what_carries_it() {
        let connect = "101000044d5154540502003c00000363";
        let ours = frames("mqtt-5.0", "server", connect, Event::Send);
        assert_eq!(ours[0], (6, FIRST_PORT, 1883, 0x02), "we open it with SYN");
        assert_eq!(ours[1], (6, 1883, FIRST_PORT, 0x12));
        let theirs = frames("mqtt-5.0", "client", connect, Event::Recv);
        assert_eq!(theirs[0], (6, FIRST_PORT, 1883, 0x02));
        assert_eq!(theirs[3].1, FIRST_PORT, "the client is the target");
        let gateway = frames("mqtt-sn-1.2", "gateway", "0704040100", Event::Send);
        assert_eq!((gateway.len(), gateway[0].0, gateway[0].2), (2, 17, 10_000));
        let behind = frames("mqtt-sn-1.2", "gateway", connect, Event::Send);
        assert_eq!((behind[0].0, behind[0].2), (6, 1883), "the broker behind it");
    }

    #[test]
    fn captures_of_an_earlier_run_are_taken_away() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join(FOLDER);
        let mut result = sample();
        assert_eq!(write_all(&result, folder.path()), Ok(1));
        std::fs::write(place.join("mine.txt"), "").expect("a file");
        result.checks.retain(|check| check.verdict == Verdict::Pass);
        assert_eq!(write_all(&result, folder.path()), Ok(0));
        let left = std::fs::read_dir(&place).expect("a folder").count();
        assert_eq!(left, 1, "what others wrote stays");
        std::fs::remove_file(place.join("mine.txt")).expect("the file");
        assert_eq!(write_all(&result, folder.path()), Ok(0));
        assert!(!place.exists(), "nothing is left of a folder that is empty");
    }
}
