//! A recording from frames to messages: the table of flows.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::output::{Messages, Output, Scene, Story};
use super::recognise::{self, Ends, Known, MOST_BYTES, PORTS, Port, Spoken};
use super::speech::Speech;
use super::{Connection, Event, Frame, Layers, Packet, Segment, Time, Transport};
use crate::codec::Sender;

/// How many flows are known at a time.
const MOST_FLOWS: usize = 16_384;
/// How many datagrams of a flow are looked at to recognise it.
const MOST_LOOKS: u32 = 16;

/// Both ends of a flow, the lower one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    is_udp: bool,
    addresses: [SocketAddr; 2],
}

struct Flow {
    connection: Connection,
    /// The side that opened it.
    opener: Option<usize>,
    last: Time,
    last_frame: u64,
    /// How many flows there were between the ends before.
    number: u32,
    looks: u32,
    state: State,
    story: Story,
}

/// The place of what is told.
#[derive(Clone, Copy)]
struct Moment {
    frame: u64,
    time: Time,
    /// Whether the sender had acknowledged all that the other side had sent.
    is_informed: bool,
}

impl Moment {
    fn at(frame: u64, time: Time) -> Self {
        Self { frame, time, is_informed: false }
    }

    fn scene<'s, 'm>(self, story: &'s mut Story, output: &'s mut Output<'m>) -> Scene<'s, 'm> {
        let Self { frame, time, is_informed } = self;
        Scene { frame, time, is_informed, story, output }
    }
}

enum State {
    /// What was said so far, by side.
    Open(Vec<(usize, Vec<u8>)>, bool),
    Speech(Box<dyn Speech>, usize),
    /// There is nothing more to tell.
    Done,
}

/// Reads frames; tells messages and what is wrong with them.
pub struct Recording<'m> {
    layers: Layers,
    flows: HashMap<Key, Flow>,
    ports: HashMap<Port, (Spoken, bool)>,
    output: Output<'m>,
    encrypted: u64,
    others: u64,
    evicted: u64,
}

impl std::fmt::Debug for Recording<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").field("flows", &self.flows.len()).finish_non_exhaustive()
    }
}

impl<'m> Recording<'m> {
    /// Nothing yet. `forced` says what is spoken at a port whatever is said there.
    #[must_use]
    pub fn new(forced: &[(Port, Spoken)], messages: Option<Messages<'m>>) -> Self {
        let usual = PORTS.into_iter().map(|(port, spoken)| (port, (spoken, false)));
        let forced = forced.iter().map(|(port, spoken)| (*port, (*spoken, true)));
        Self {
            layers: Layers::default(),
            flows: HashMap::new(),
            ports: usual.chain(forced).collect(),
            output: Output { messages, ..Output::default() },
            encrypted: 0,
            others: 0,
            evicted: 0,
        }
    }

    /// The next frame.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        let mut layers = std::mem::take(&mut self.layers);
        let now = Moment::at(frame.number, frame.time);
        layers.frame(frame, &mut |packet| self.packet(packet, now));
        self.layers = layers;
    }

    /// The end of the recording: what still waited is told, and everything is summed up.
    #[must_use]
    pub fn end(mut self) -> Output<'m> {
        let mut flows: Vec<_> = std::mem::take(&mut self.flows).into_iter().collect();
        // In the order in which they were last heard of, which does not depend on the table.
        flows.sort_by_key(|(key, flow)| (flow.last, key.is_udp, key.addresses));
        for (key, mut flow) in flows {
            let now = Moment::at(flow.last_frame, flow.last);
            self.finish(&key, &mut flow, now);
        }
        let mut notes = self.layers.notes();
        notes.extend(&self.output.notes);
        for (number, what) in [
            (self.encrypted, "encrypted and not read"),
            (self.others, "of something else, or could not be recognised"),
            (self.evicted, "given up, since too many were open at a time"),
        ] {
            match number {
                0 => {}
                1 => notes.add(format!("1 flow is {what}")),
                number => notes.add(format!("{number} flows are {what}")),
            }
        }
        self.output.notes = notes;
        self.output
    }

    fn packet(&mut self, packet: &Packet<'_>, now: Moment) {
        let side = usize::from(packet.from > packet.to);
        let addresses = if side == 0 { [packet.from, packet.to] } else { [packet.to, packet.from] };
        let is_udp = matches!(packet.transport, Transport::Udp { .. });
        let key = Key { is_udp, addresses };
        let mut number = 0;
        if let Transport::Tcp(segment) = &packet.transport {
            let known = self.flows.get(&key);
            let reopened = known.is_some_and(|it| it.connection.is_reopened_by(side, segment));
            let is_new = known.is_none();
            if reopened && let Some(mut flow) = self.flows.remove(&key) {
                number = flow.number + 1;
                self.finish(&key, &mut flow, now);
            } else if is_new && segment.payload.is_empty() && !segment.syn {
                // The end of something that was not seen.
                return;
            }
        }
        if self.flows.len() >= MOST_FLOWS && !self.flows.contains_key(&key) {
            self.make_room();
        }
        // Taken out, so that the flow and what it tells can be changed side by side.
        let mut flow = self.flows.remove(&key).unwrap_or_else(|| Flow::new(number));
        (flow.last, flow.last_frame) = (now.time, now.frame);
        match &packet.transport {
            Transport::Tcp(segment) => self.segment(&key, &mut flow, side, segment, now),
            Transport::Udp { payload, length } if payload.len() < *length => {
                self.output.notes.add("a datagram was not kept whole, and is left out");
                self.event(&key, &mut flow, side, Event::Gap(0), true, now);
            }
            Transport::Udp { payload, .. } => {
                self.datagram(&key, &mut flow, side, payload, now);
            }
        }
        self.flows.insert(key, flow);
    }

    fn segment(
        &mut self,
        key: &Key,
        flow: &mut Flow,
        side: usize,
        segment: &Segment<'_>,
        now: Moment,
    ) {
        if segment.syn && flow.opener.is_none() {
            let answers = segment.acknowledgement.is_some();
            flow.opener = Some(if answers { 1 - side } else { side });
        }
        let mut connection = std::mem::take(&mut flow.connection);
        let mut notes = std::mem::take(&mut self.output.notes);
        let from_start = connection.is_from_start() || segment.syn;
        connection.segment(side, segment, now.time, &mut notes, &mut |from, event| {
            self.event(key, flow, from, event, from_start, now);
        });
        notes.extend(&self.output.notes);
        self.output.notes = notes;
        flow.connection = connection;
        if flow.connection.is_over() {
            self.finish(key, flow, now);
        }
    }

    fn event(
        &mut self,
        key: &Key,
        flow: &mut Flow,
        from: usize,
        event: Event<'_>,
        from_start: bool,
        now: Moment,
    ) {
        match event {
            Event::Bytes(bytes, is_informed) => {
                self.bytes(key, flow, from, bytes, from_start, Moment { is_informed, ..now });
            }
            Event::Gap(_) => match &mut flow.state {
                State::Open(said, gap) => {
                    // What comes behind the gap is not the rest of what came before.
                    said.retain(|(side, _)| *side != from);
                    *gap = true;
                }
                State::Speech(speech, client) => {
                    let from = sender(from, *client);
                    let (story, output) = (&mut flow.story, &mut self.output);
                    speech.gap(from, &mut now.scene(story, output));
                }
                State::Done => {}
            },
            Event::End | Event::Reset => {
                if let State::Speech(_, client) = &flow.state {
                    let from = sender(from, *client);
                    let (story, output) = (&mut flow.story, &mut self.output);
                    let mut scene = now.scene(story, output);
                    scene.ended(from, matches!(event, Event::Reset));
                }
            }
        }
    }

    fn bytes(
        &mut self,
        key: &Key,
        flow: &mut Flow,
        from: usize,
        bytes: &[u8],
        from_start: bool,
        now: Moment,
    ) {
        match &mut flow.state {
            State::Done => {}
            State::Speech(..) => self.speak(flow, from, bytes, now),
            State::Open(said, gap) => {
                match said.last_mut() {
                    Some((last, kept)) if *last == from => kept.extend(bytes),
                    _ => said.push((from, bytes.to_vec())),
                }
                let first = [0, 1].map(|side| {
                    let of_side = said.iter().filter(|(from, _)| *from == side);
                    of_side.flat_map(|(_, bytes)| bytes).copied().take(MOST_BYTES).collect()
                });
                let [one, other]: [Vec<u8>; 2] = first;
                let ends = self.ends(key, flow.opener, from_start && !*gap);
                let known = recognise::stream([&one, &other], &ends);
                let (said, gap) = (std::mem::take(said), *gap);
                if self.recognised(key, flow, known) {
                    for side in [0, 1].into_iter().filter(|_| gap) {
                        self.event(key, flow, side, Event::Gap(0), false, now);
                    }
                    for (from, bytes) in said {
                        self.speak(flow, from, &bytes, Moment { is_informed: false, ..now });
                    }
                } else if let State::Open(kept, _) = &mut flow.state {
                    *kept = said;
                }
            }
        }
    }

    fn datagram(&mut self, key: &Key, flow: &mut Flow, from: usize, bytes: &[u8], now: Moment) {
        if bytes.is_empty() {
            return;
        }
        if matches!(flow.state, State::Open(..)) {
            flow.looks += 1;
            let ends = self.ends(key, None, true);
            let known = match recognise::datagram(from, bytes, &ends) {
                Known::NotYet if flow.looks >= MOST_LOOKS => Known::Other,
                known => known,
            };
            self.recognised(key, flow, known);
        }
        if matches!(flow.state, State::Speech(..)) {
            self.speak(flow, from, bytes, now);
        }
    }

    fn ends(&self, key: &Key, opener: Option<usize>, from_start: bool) -> Ends {
        let at = |side: usize| {
            let number = key.addresses.get(side)?.port();
            let (spoken, forced) = self.ports.get(&Port { is_udp: key.is_udp, number })?;
            Some((*spoken, side, *forced))
        };
        // Where both have one, what the user says counts, and then whom the connection was opened to.
        let to = opener.map_or(1, |opener| 1 - opener);
        let found = [at(to), at(1 - to)];
        let forced = found.iter().flatten().find(|port| port.2).copied();
        let port = forced.or_else(|| found.into_iter().flatten().next());
        Ends { opener, from_start, port }
    }

    /// Takes over what was recognised, if it is a protocol.
    fn recognised(&mut self, key: &Key, flow: &mut Flow, known: Known) -> bool {
        match known {
            Known::NotYet => return false,
            Known::Encrypted => {
                self.encrypted += 1;
                flow.state = State::Done;
            }
            Known::Other => {
                self.others += 1;
                flow.state = State::Done;
            }
            Known::Speech(speech, client) => {
                let [one, other] = key.addresses;
                let (client_at, server_at) = if client == 0 { (one, other) } else { (other, one) };
                let transport = if key.is_udp { "udp" } else { "tcp" };
                flow.story.name = match flow.number {
                    0 => format!("{transport} {client_at} > {server_at}"),
                    number => format!("{transport} {client_at} > {server_at} ({})", number + 1),
                };
                flow.state = State::Speech(speech, client);
                return true;
            }
        }
        false
    }

    fn speak(&mut self, flow: &mut Flow, from: usize, bytes: &[u8], now: Moment) {
        let State::Speech(speech, client) = &mut flow.state else { return };
        let (story, output) = (&mut flow.story, &mut self.output);
        let mut scene = now.scene(story, output);
        speech.bytes(sender(from, *client), bytes, &mut scene);
        if speech.is_encrypted() {
            speech.end(&mut scene);
            self.encrypted += 1;
            flow.state = State::Done;
        }
    }

    /// Tells what a flow has left. What comes again of it later tells nothing.
    fn finish(&mut self, key: &Key, flow: &mut Flow, now: Moment) {
        let mut connection = std::mem::take(&mut flow.connection);
        let from_start = connection.is_from_start();
        connection.flush(&mut |from, event| {
            self.event(key, flow, from, event, from_start, now);
        });
        flow.connection = connection;
        match std::mem::replace(&mut flow.state, State::Done) {
            State::Speech(mut speech, _) => {
                let (story, output) = (&mut flow.story, &mut self.output);
                speech.end(&mut now.scene(story, output));
            }
            State::Open(said, _) if !said.is_empty() || flow.looks > 0 => self.others += 1,
            State::Open(..) | State::Done => {}
        }
        flow.story = Story::default();
    }

    /// Gives up the flows that were not heard of for the longest time.
    fn make_room(&mut self) {
        let mut times: Vec<_> = self.flows.values().map(|flow| flow.last).collect();
        let middle = times.len() / 8;
        let (_, limit, _) = times.select_nth_unstable(middle);
        let limit = *limit;
        let old = self.flows.iter().filter(|(_, flow)| flow.last <= limit);
        let mut keys: Vec<_> = old.map(|(key, flow)| (flow.last, *key)).collect();
        keys.sort_by_key(|(last, key)| (*last, key.addresses));
        for (last, key) in keys.into_iter().take(middle + 1) {
            if let Some(mut flow) = self.flows.remove(&key) {
                self.evicted += u64::from(!matches!(flow.state, State::Done));
                let now = Moment::at(flow.last_frame, last);
                self.finish(&key, &mut flow, now);
            }
        }
    }
}

impl Flow {
    fn new(number: u32) -> Self {
        Self {
            connection: Connection::default(),
            opener: None,
            last: 0,
            last_frame: 0,
            number,
            looks: 0,
            state: State::Open(Vec::new(), false),
            story: Story::default(),
        }
    }
}

fn sender(side: usize, client: usize) -> Sender {
    if side == client { Sender::Client } else { Sender::Server }
}
