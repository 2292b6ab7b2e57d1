//! One TCP connection as a recording shows it: two streams of bytes, with their gaps.
//!
//! Bytes come out in the order of their sequence numbers, and not before the bytes of the other side
//! that they acknowledge, so that an answer never precedes its question however the frames lie.
//! What does not come is given up in the end, as a gap. Of bytes that come twice the first count.

use std::collections::BTreeMap;

use super::{Notes, SECOND, Segment, Time};

/// How much of a connection waits for what is in front of it, bookkeeping included.
const MOST_WAITING: usize = 512 * 1024;
/// What a piece that waits takes beside its bytes.
const PIECE: usize = 64;
/// How far apart sequence numbers of one connection are at most.
const FARTHEST: i64 = 1 << 28;
/// How many delivered bytes are kept to compare what comes again.
const HISTORY: usize = 512;
/// How long bytes wait that the other side has acknowledged: they were there, and not recorded.
const PATIENCE_ACKNOWLEDGED: (u64, Time) = (64, SECOND);
/// How long others wait.
const PATIENCE: (u64, Time) = (512, 30 * SECOND);

/// What a connection gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The next bytes, and whether their sender had acknowledged all that the other side had sent.
    Bytes(&'a [u8], bool),
    /// So many bytes are missing.
    Gap(u64),
    /// The side has ended what it sends.
    End,
    /// The connection was reset by the side.
    Reset,
}

/// Where events go: the side that sent, 0 or 1, and what.
type Emit<'e> = &'e mut dyn FnMut(usize, Event<'_>);

/// Reassembles both sides.
#[derive(Debug, Default)]
pub struct Connection {
    sides: [Side; 2],
    /// Frames since something waits, and the time of the first.
    blocked: Option<(u64, Time)>,
    /// Acknowledgements once pointed at bytes that never came; they prove nothing any more.
    unordered: bool,
    reset: bool,
}

#[derive(Debug, Default)]
struct Side {
    /// The sequence number of SYN, where it was seen.
    initial: Option<u32>,
    /// The sequence number of the next byte, once one is known.
    next: Option<u32>,
    /// What the other side wanted first: its first byte, if it said so before that came.
    wanted: Option<u32>,
    /// How many bytes and gaps came before it; positions are counted like this.
    position: i64,
    waiting: BTreeMap<i64, Piece>,
    waiting_bytes: usize,
    /// The position of FIN.
    end: Option<i64>,
    ended: bool,
    history: Vec<u8>,
}

#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// How far the other side must have come.
    behind: Option<i64>,
}

impl Connection {
    /// Whether both sides were seen from their first byte on.
    #[must_use]
    pub fn is_from_start(&self) -> bool {
        self.sides.iter().all(|side| side.initial.is_some() || side.next.is_none())
            && self.sides.iter().any(|side| side.initial.is_some())
    }

    /// Whether nothing more can come.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.reset || self.sides.iter().all(|side| side.ended)
    }

    /// Whether the segment opens another connection between the same ports.
    #[must_use]
    pub fn is_reopened_by(&self, from: usize, segment: &Segment<'_>) -> bool {
        let Some(side) = self.sides.get(from) else { return false };
        let used = side.next.is_some() || self.reset;
        segment.syn
            && segment.acknowledgement.is_none()
            && used
            && side.initial != Some(segment.sequence)
    }

    /// How many bytes wait for what is in front of them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.sides.iter().map(|side| side.waiting_bytes).sum()
    }

    /// Takes a segment of side `from`.
    pub fn segment(
        &mut self,
        from: usize,
        segment: &Segment<'_>,
        now: Time,
        notes: &mut Notes,
        emit: Emit<'_>,
    ) {
        if self.is_over() {
            return;
        }
        let behind = segment
            .acknowledgement
            .and_then(|it| self.sides.get(1 - from).and_then(|other| other.position_of(it)));
        if let (Some(wanted), Some(other)) = (segment.acknowledgement, self.sides.get_mut(1 - from))
            && other.next.is_none()
        {
            other.wanted.get_or_insert(wanted);
        }
        let begun = self.sides.iter().any(|side| side.initial.is_some());
        let Some(side) = self.sides.get_mut(from) else { return };
        let mut first = segment.sequence;
        if segment.syn {
            first = first.wrapping_add(1);
            if side.next.is_none() {
                side.initial = Some(segment.sequence);
                side.next = Some(first);
            }
        }
        if segment.rst {
            self.flush(emit);
            self.reset = true;
            emit(from, Event::Reset);
            return;
        }
        if side.next.is_none() {
            let wanted = side.wanted.filter(|_| begun);
            side.next = Some(wanted.unwrap_or(first));
            side.initial = side.initial.or(wanted.map(|wanted| wanted.wrapping_sub(1)));
            if begun && wanted.is_none() {
                // Its SYN was not recorded, nor what came before this.
                emit(from, Event::Gap(0));
            }
        }
        let Some(at) = side.position_of(first) else {
            notes.add("a segment of TCP is far from the others of its connection, and left out");
            return;
        };
        if segment.fin {
            // One that is cut into several has the flag on each, and the last counts.
            side.end = side.end.max(Some(at + segment.length as i64));
        }
        let due = self.unordered || behind.is_none_or(|it| self.has_come(1 - from, it));
        self.insert(from, at, segment.payload, behind, due, notes, emit);
        self.advance(emit);
        self.wait(now, notes, emit);
    }

    /// Gives what still waits, with the gaps in it.
    pub fn flush(&mut self, emit: Emit<'_>) {
        loop {
            self.advance(emit);
            if !self.give_up(emit) {
                break;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what is known of one segment")]
    fn insert(
        &mut self,
        from: usize,
        at: i64,
        bytes: &[u8],
        behind: Option<i64>,
        due: bool,
        notes: &mut Notes,
        emit: Emit<'_>,
    ) {
        let Some(side) = self.sides.get_mut(from) else { return };
        if bytes.is_empty() {
            return;
        }
        let known = (side.position - at).clamp(0, bytes.len() as i64) as usize;
        let differs = side.differs(at, bytes);
        if differs {
            notes.add("segments of TCP overlap and differ; the first counts");
        }
        let (at, bytes) = (at + known as i64, bytes.get(known..).unwrap_or_default());
        if bytes.is_empty() {
            return;
        }
        if at == side.position && side.waiting.is_empty() && due {
            side.deliver(bytes);
            let is_informed = self.is_informed(from, behind);
            emit(from, Event::Bytes(bytes, is_informed));
            return;
        }
        side.keep(at, bytes, behind, notes);
    }

    fn has_come(&self, side: usize, position: i64) -> bool {
        // FIN counts as a byte; nothing is known of a side that was never seen.
        self.sides.get(side).is_none_or(|side| {
            side.next.is_none() || position <= side.position + i64::from(side.ended)
        })
    }

    /// Gives what can be given.
    fn advance(&mut self, emit: Emit<'_>) {
        loop {
            let mut moved = false;
            for from in [0, 1] {
                while let Some(piece) = self.front(from) {
                    moved = true;
                    let is_informed = self.is_informed(from, piece.behind);
                    emit(from, Event::Bytes(&piece.bytes, is_informed));
                }
                let Some(side) = self.sides.get_mut(from) else { continue };
                if !side.ended && side.end.is_some_and(|end| end <= side.position) {
                    side.ended = true;
                    moved = true;
                    emit(from, Event::End);
                }
            }
            if !moved {
                return;
            }
        }
    }

    /// Takes the first piece of a side, if it is next and what it answers to has come.
    fn front(&mut self, from: usize) -> Option<Piece> {
        let side = self.sides.get(from)?;
        let (at, piece) = side.waiting.first_key_value()?;
        let due = self.unordered || piece.behind.is_none_or(|it| self.has_come(1 - from, it));
        if *at > side.position || !due {
            return None;
        }
        let side = self.sides.get_mut(from)?;
        let (_, piece) = side.waiting.pop_first()?;
        side.waiting_bytes -= piece.bytes.len() + PIECE;
        side.deliver(&piece.bytes);
        Some(piece)
    }

    /// Whether a side that wants the position of the other next has had all that this one sent.
    fn is_informed(&self, from: usize, behind: Option<i64>) -> bool {
        let sent = self.sides.get(1 - from).map(|other| other.position);
        !self.unordered && behind >= sent && sent.is_some()
    }

    /// Gives up what has been waited for long enough.
    fn wait(&mut self, now: Time, notes: &mut Notes, emit: Emit<'_>) {
        loop {
            if self.sides.iter().all(|side| side.waiting.is_empty()) {
                self.blocked = None;
                return;
            }
            let (frames, since) = self.blocked.get_or_insert((0, now));
            *frames += 1;
            let (frames, waited) = (*frames, now.saturating_sub(*since));
            let (most, longest) =
                if self.was_acknowledged() { PATIENCE_ACKNOWLEDGED } else { PATIENCE };
            let full = self.waiting() > MOST_WAITING;
            if frames <= most && waited <= longest && !full {
                return;
            }
            if full {
                notes.add("more of a TCP connection was out of order than is kept; gaps are left");
            }
            self.blocked = None;
            if !self.give_up(emit) {
                return;
            }
            self.advance(emit);
        }
    }

    /// Whether the bytes in front of what waits were acknowledged by the other side.
    fn was_acknowledged(&self) -> bool {
        (0..2).any(|from| {
            let Some((side, other)) = self.sides.get(from).zip(self.sides.get(1 - from)) else {
                return false;
            };
            let first = side.waiting.first_key_value().map(|(at, _)| *at);
            let seen = other.waiting.values().filter_map(|piece| piece.behind).max();
            first.is_some_and(|first| first > side.position && seen >= Some(first))
        })
    }

    /// Skips what is missing on one side; failing that, the order between the sides.
    fn give_up(&mut self, emit: Emit<'_>) -> bool {
        for from in [0, 1] {
            let Some(side) = self.sides.get_mut(from) else { continue };
            let first = side.waiting.first_key_value().map(|(at, _)| *at).or(side.end);
            let missing = first.map_or(0, |first| first - side.position);
            if missing > 0 {
                side.position += missing;
                side.next = side.next.map(|next| next.wrapping_add(missing as u32));
                side.history.clear();
                emit(from, Event::Gap(missing as u64));
                return true;
            }
        }
        let waits = self.sides.iter().any(|side| !side.waiting.is_empty());
        let given_up = waits && !self.unordered;
        self.unordered |= waits;
        given_up
    }
}

impl Side {
    /// The position of a sequence number; `None` if it is too far away, or none is known.
    fn position_of(&self, sequence: u32) -> Option<i64> {
        let distance = i64::from(sequence.wrapping_sub(self.next?) as i32);
        (distance.abs() <= FARTHEST).then_some(self.position + distance)
    }

    fn deliver(&mut self, bytes: &[u8]) {
        self.position += bytes.len() as i64;
        self.next = self.next.map(|next| next.wrapping_add(bytes.len() as u32));
        let tail = bytes.get(bytes.len().saturating_sub(HISTORY)..).unwrap_or_default();
        if self.history.len() + tail.len() > 2 * HISTORY {
            self.history.drain(..self.history.len().saturating_sub(HISTORY - tail.len()));
        }
        self.history.extend(tail);
    }

    /// Whether bytes that were delivered come again, and are others.
    fn differs(&self, at: i64, bytes: &[u8]) -> bool {
        let oldest = self.position - self.history.len() as i64;
        let (from, to) = (at.max(oldest), (at + bytes.len() as i64).min(self.position));
        if from >= to {
            return false;
        }
        let new = bytes.get((from - at) as usize..(to - at) as usize);
        let old = self.history.get((from - oldest) as usize..(to - oldest) as usize);
        new != old
    }

    /// Keeps the bytes that do not wait already.
    fn keep(&mut self, at: i64, bytes: &[u8], behind: Option<i64>, notes: &mut Notes) {
        let end = at + bytes.len() as i64;
        let part = |from: i64, to: i64| {
            bytes.get((from - at) as usize..(to - at) as usize).unwrap_or_default()
        };
        let before = self.waiting.range(..at).next_back().map(|(start, _)| *start);
        let (mut next, mut new, mut differs) = (at, Vec::new(), false);
        for (start, piece) in self.waiting.range(before.unwrap_or(at)..end) {
            let stop = start + piece.bytes.len() as i64;
            if stop <= next {
                continue;
            }
            if *start > next {
                new.push((next, *start));
            }
            let (from, to) = (next.max(*start), stop.min(end));
            let known = piece.bytes.get((from - start) as usize..(to - start) as usize);
            differs |= known != Some(part(from, to));
            next = stop;
        }
        if next < end {
            new.push((next, end));
        }
        if differs {
            notes.add("segments of TCP overlap and differ; the first counts");
        }
        for (from, to) in new {
            let piece = Piece { bytes: part(from, to).to_vec(), behind };
            self.waiting_bytes += piece.bytes.len() + PIECE;
            self.waiting.insert(from, piece);
        }
    }
}

#[cfg(test)]
mod tests;
