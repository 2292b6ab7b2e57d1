use proptest::prelude::*;

use super::*;

/// What came of each side: bytes, with `?` for each that is missing, and how it ended.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    sides: [Vec<u8>; 2],
    order: Vec<usize>,
    ends: Vec<(usize, bool)>,
}

impl Seen {
    fn take(&mut self, from: usize, event: Event<'_>) {
        match event {
            Event::Bytes(bytes, _) => self.sides[from].extend(bytes),
            Event::Gap(missing) => {
                self.sides[from].resize(self.sides[from].len() + missing as usize, b'?')
            }
            Event::End => return self.ends.push((from, false)),
            Event::Reset => return self.ends.push((from, true)),
        }
        if self.order.last() != Some(&from) {
            self.order.push(from);
        }
    }
}

/// A segment of one side: bytes, its place from the first byte on, and what it acknowledges.
fn data(initial: u32, at: u32, payload: &[u8], acknowledgement: u32) -> Segment<'_> {
    Segment {
        sequence: initial.wrapping_add(1).wrapping_add(at),
        acknowledgement: Some(acknowledgement),
        payload,
        length: payload.len(),
        ..Segment::default()
    }
}

fn syn(initial: u32, acknowledgement: Option<u32>) -> Segment<'static> {
    Segment { sequence: initial, acknowledgement, syn: true, ..Segment::default() }
}

/// Runs segments through a connection; times are their numbers.
fn run(segments: &[(usize, Segment<'_>)], flush: bool) -> (Seen, Vec<String>) {
    let (mut connection, mut seen, mut notes) =
        (Connection::default(), Seen::default(), Notes::default());
    for (now, (from, segment)) in (0..).zip(segments) {
        connection.segment(*from, segment, now, &mut notes, &mut |from, event| {
            seen.take(from, event);
        });
    }
    if flush {
        connection.flush(&mut |from, event| seen.take(from, event));
        assert_eq!(connection.waiting(), 0);
    }
    (seen, notes.lines())
}

proptest! {
    #[test]
    fn any_cuts_and_order_make_the_stream(
        initial in any::<u32>(), wraps in any::<bool>(), length in 1usize..200,
        parts in proptest::collection::vec((0usize..200, 1usize..40, any::<u16>()), 0..30),
    ) {
        let initial = if wraps { u32::MAX - 20 } else { initial };
        let whole: Vec<u8> = (0..length).map(|it| it as u8).collect();
        let mut pieces: Vec<_> = parts
            .into_iter()
            .map(|(from, size, key)| (from.min(length - 1), (from + size).min(length), key))
            .filter(|(from, to, _)| from < to)
            .collect();
        // All of it comes, in pieces of seven, among what overlaps.
        pieces.extend((0..length).step_by(7).map(|at| (at, (at + 7).min(length), (at as u16).wrapping_mul(977))));
        pieces.sort_by_key(|piece| piece.2);
        let mut segments = vec![(0, syn(initial, None))];
        segments.extend(pieces.iter().map(|(from, to, _)| {
            (0, data(initial, *from as u32, &whole[*from..*to], 0))
        }));
        let (seen, notes) = run(&segments, false);
        prop_assert_eq!(&seen.sides[0], &whole);
        prop_assert!(notes.is_empty());
    }
}

#[test]
fn answers_wait_for_what_they_acknowledge() {
    let (a, b) = (1000, 9000);
    let ask = data(a, 0, b"ask", b + 1);
    let answer = data(b, 0, b"answer", a + 4);
    let opening = [(0, syn(a, None)), (1, syn(b, Some(a + 1)))];
    let (seen, _) = run(&[opening.as_slice(), &[(1, answer), (0, ask)]].concat(), false);
    assert_eq!(seen.order, [0, 1]);
    // Acknowledged and never recorded: a gap, and then the answer.
    let (seen, _) = run(&[opening.as_slice(), &[(1, answer)]].concat(), true);
    assert_eq!(seen.sides, [b"".to_vec(), b"answer".to_vec()]);
}

#[test]
fn a_gap_is_given_up_after_a_while() {
    let mut segments = vec![(0, syn(1, None)), (0, data(1, 0, b"ab", 0))];
    segments.push((0, data(1, 4, b"ef", 0)));
    let (seen, _) = run(&segments, false);
    assert_eq!(seen.sides[0], b"ab");
    let bytes = [7; 1000];
    for at in 0..600 {
        segments.push((0, data(1, 6 + at * 10, &bytes[..10], 0)));
    }
    let (seen, _) = run(&segments, false);
    assert!(seen.sides[0].starts_with(b"ab??ef\x07"));
    assert_eq!(seen.sides[0].len(), 6006);
}

#[test]
fn there_is_an_end_to_what_waits() {
    let bytes = vec![7; 60_000];
    let (mut connection, mut notes) = (Connection::default(), Notes::default());
    let mut most = 0;
    for at in 0..400u32 {
        let segment = data(1, 10 + at * 60_010, &bytes, 0);
        if at == 0 {
            connection.segment(0, &syn(1, None), 0, &mut notes, &mut |_, _| {});
        }
        connection.segment(0, &segment, 0, &mut notes, &mut |_, _| {});
        most = most.max(connection.waiting());
    }
    assert!(most < MOST_WAITING + 2 * 60_000, "{most}");
    assert!(notes.lines()[0].starts_with("more of a TCP connection"));
}

#[test]
fn the_first_counts_and_a_difference_is_told() {
    let segments = [
        (0, syn(1, None)),
        (0, data(1, 0, b"abcd", 0)),
        (0, data(1, 2, b"XYef", 0)),
        (0, data(1, 8, b"ij", 0)),
        (0, data(1, 6, b"ghI", 0)),
    ];
    let (seen, notes) = run(&segments, false);
    assert_eq!(seen.sides[0], b"abcdefghij");
    assert_eq!(notes, ["segments of TCP overlap and differ; the first counts (2 times)"]);
    let same = [segments[0], segments[1], segments[1], (0, data(1, 3, b"def", 0))];
    let (seen, notes) = run(&same, false);
    assert_eq!((seen.sides[0].as_slice(), notes.len()), (b"abcdef".as_slice(), 0));
}

#[test]
fn starts_and_ends() {
    // In mid-stream, from whatever comes first.
    let (seen, _) = run(&[(1, data(500, 70, b"xy", 0)), (1, data(500, 72, b"z", 0))], false);
    assert_eq!(seen.sides[1], b"xyz");
    let fin = Segment { fin: true, ..data(1, 2, b"c", 0) };
    let (seen, _) = run(&[(0, syn(1, None)), (0, fin), (0, data(1, 0, b"ab", 0))], false);
    assert_eq!(
        (seen.sides[0].as_slice(), seen.ends.as_slice()),
        (b"abc".as_slice(), [(0, false)].as_slice())
    );
    let reset = Segment { rst: true, ..data(1, 9, b"", 0) };
    let (seen, _) = run(&[(0, syn(1, None)), (0, data(1, 2, b"c", 0)), (0, reset)], false);
    assert_eq!(
        (seen.sides[0].as_slice(), seen.ends.as_slice()),
        (b"??c".as_slice(), [(0, true)].as_slice())
    );
}

#[test]
fn a_side_whose_beginning_was_not_recorded() {
    let (a, b) = (1000, 9000);
    let third = data(a, 0, b"", b + 1);
    let late = data(b, 4, b"late", a + 1);
    // What the other side wanted first says where it begins.
    let (seen, _) = run(&[(0, syn(a, None)), (0, third), (1, late)], true);
    assert_eq!(seen.sides[1], b"????late");
    let (mut connection, mut notes, mut gaps) = (Connection::default(), Notes::default(), 0);
    for (from, segment) in [(0, syn(a, None)), (1, late)] {
        connection.segment(from, &segment, 0, &mut notes, &mut |_, event| {
            gaps += u32::from(event == Event::Gap(0));
        });
    }
    assert_eq!(gaps, 1);
}

#[test]
fn what_comes_again_behind_the_end_is_the_same() {
    let fin = Segment { fin: true, ..data(1, 0, b"abc", 0) };
    let (mut connection, mut notes) = (Connection::default(), Notes::default());
    for segment in [syn(1, None), fin, fin, data(1, 1, b"bc", 0)] {
        connection.segment(0, &segment, 0, &mut notes, &mut |_, _| {});
    }
    assert!(notes.lines().is_empty(), "{:?}", notes.lines());
}

#[test]
fn a_last_segment_that_was_cut_ends_with_its_last_part() {
    let fin = |at, bytes| Segment { fin: true, ..data(1, at, bytes, 0) };
    let (seen, _) = run(&[(0, syn(1, None)), (0, fin(0, b"a")), (0, fin(1, b"b"))], false);
    assert_eq!(seen.sides[0], b"ab");
}

#[test]
fn ports_are_used_again() {
    let (mut connection, mut notes) = (Connection::default(), Notes::default());
    assert!(!connection.is_reopened_by(0, &syn(5, None)));
    connection.segment(0, &syn(5, None), 0, &mut notes, &mut |_, _| {});
    assert!(connection.is_from_start());
    assert!(!connection.is_reopened_by(0, &syn(5, None)), "sent again");
    assert!(connection.is_reopened_by(0, &syn(77, None)));
    assert!(!connection.is_reopened_by(1, &syn(77, Some(6))));
}
