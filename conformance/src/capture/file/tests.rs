use std::io::Write as _;

use super::*;

/// A number in a byte order.
fn number(swapped: bool, value: u32) -> [u8; 4] {
    if swapped { value.to_le_bytes() } else { value.to_be_bytes() }
}

fn short(swapped: bool, value: u16) -> [u8; 2] {
    if swapped { value.to_le_bytes() } else { value.to_be_bytes() }
}

/// A pcap file with a frame of three bytes, of which `kept` were kept.
fn pcap(magic: u32, swapped: bool, snap_length: u32, kept: u32) -> Vec<u8> {
    let mut file = number(swapped, magic).to_vec();
    file.extend(short(swapped, 2));
    file.extend(short(swapped, 4));
    for value in [0, 0, snap_length, 101, 10, 7, kept, 3] {
        file.extend(number(swapped, value));
    }
    file.extend(&[1, 2, 3][..kept as usize]);
    file
}

fn block(swapped: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = body.len().next_multiple_of(4);
    let length = number(swapped, padded as u32 + 12);
    let mut block = [number(swapped, kind).as_slice(), &length, body].concat();
    block.resize(8 + padded, 0);
    block.extend(length);
    block
}

/// A section with an interface for each of `resolutions`, and a packet of each.
fn pcapng(swapped: bool, resolutions: &[u8]) -> Vec<u8> {
    let mut body = number(swapped, 0x1a2b_3c4d).to_vec();
    body.extend([short(swapped, 1), short(swapped, 0)].concat());
    body.extend([0xff; 8]);
    let mut file = block(swapped, 0x0a0d_0d0a, &body);
    for resolution in resolutions {
        let mut body = [short(swapped, 101), [0, 0]].concat();
        body.extend(number(swapped, 0));
        body.extend([short(swapped, 9), short(swapped, 1)].concat());
        body.extend([*resolution, 0, 0, 0]);
        file.extend(block(swapped, 1, &body));
    }
    for (interface, _) in resolutions.iter().enumerate() {
        let mut body = Vec::new();
        for value in [interface as u32, 0, 1024, 3, 9] {
            body.extend(number(swapped, value));
        }
        body.extend([7, 8, 9, 0]);
        body.extend([short(swapped, 1), short(swapped, 2)].concat());
        body.extend(b"hi\0\0");
        file.extend(block(swapped, 6, &body));
    }
    file.extend(block(swapped, 3, &[number(swapped, 2).as_slice(), &[4, 5]].concat()));
    file
}

/// Time, bytes and length.
type Read = (Time, Vec<u8>, usize);

/// Each frame, and the notes.
fn read(file: &[u8]) -> (Vec<Read>, Vec<String>) {
    let mut reader = Reader::new(file).expect("a capture");
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame() {
        frames.push((frame.time, frame.bytes.to_vec(), frame.length));
    }
    (frames, reader.notes().lines())
}

#[test]
fn both_byte_orders_and_both_units_of_pcap() {
    for (magic, nanos) in [(0xa1b2_c3d4, 7000), (0xa1b2_3c4d, 7)] {
        for swapped in [false, true] {
            let (frames, notes) = read(&pcap(magic, swapped, 65_535, 2));
            assert_eq!(frames, [(10_000_000_000 + nanos, vec![1, 2], 3)]);
            assert!(notes.is_empty(), "{notes:?}");
        }
    }
}

#[test]
fn interfaces_of_pcapng_have_clocks_of_their_own() {
    for swapped in [false, true] {
        let file = pcapng(swapped, &[6, 9, 0x8a]);
        // A second section forgets the interfaces of the first.
        let twice = [file.clone(), pcapng(!swapped, &[3])].concat();
        let (frames, notes) = read(&twice);
        let times: Vec<_> = frames.iter().map(|frame| frame.0).collect();
        let second = [1_024_000_000; 2];
        assert_eq!(times[..4], [1_024_000, 1024, 1_000_000_000, 1_000_000_000]);
        assert_eq!(times[4..], second);
        assert_eq!((frames[0].1.as_slice(), frames[0].2), ([7, 8, 9].as_slice(), 9));
        assert_eq!((frames[3].1.as_slice(), frames[3].2), ([4, 5].as_slice(), 2));
        assert!(notes.is_empty(), "{notes:?}");
    }
}

#[test]
fn gzip_in_one_member_or_several() {
    let file = pcap(0xa1b2_c3d4, true, 65_535, 3);
    let mut packed = Vec::new();
    for part in file.chunks(30) {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(part).expect("it is packed");
        packed.extend(writer.finish().expect("it is packed"));
    }
    assert_eq!(read(&packed), read(&file));
    let (frames, notes) = read(&packed[..packed.len() - 12]);
    assert!(frames.is_empty() && notes.len() == 1, "{notes:?}");
}

#[test]
fn a_file_that_is_cut_is_read_as_far_as_it_goes() {
    for file in [pcap(0xa1b2_c3d4, true, 65_535, 3), pcapng(true, &[6])] {
        let whole = read(&file).0;
        for length in 28..file.len() {
            let (frames, notes) = read(&file[..length]);
            assert!(whole.starts_with(&frames) && frames.len() < whole.len());
            assert!(notes.len() <= 1, "{notes:?}");
        }
        for length in 0..24 {
            let error = Reader::new(&file[..length]).map(|_| ()).expect_err("no capture");
            assert!(error.starts_with("byte "), "{error}");
        }
    }
}

#[test]
fn lengths_that_lie_end_in_a_note() {
    let (frames, notes) = read(&pcap(0xa1b2_c3d4, true, 1, 3));
    assert_eq!((frames.len(), notes.len()), (1, 1), "{notes:?}");
    let mut file = pcap(0xa1b2_c3d4, true, 65_535, 3);
    file[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    let (frames, notes) = read(&file);
    assert!(frames.is_empty() && notes[0].starts_with("byte 24: a record of"), "{notes:?}");
    let mut file = pcapng(true, &[6]);
    let place = file.len() - 16 - 4;
    file[place - 40..].fill(0xee);
    assert!(!read(&file).1.is_empty());
}

#[test]
fn what_is_no_capture_is_refused_with_a_place() {
    let refused = |bytes: &[u8]| Reader::new(bytes).map(|_| ()).expect_err("no capture");
    assert_eq!(refused(b""), "byte 0: the file is empty");
    assert!(refused(b"{\"schema\": 1}").starts_with("byte 0: no capture file: it begins with 7b"));
    let mut file = pcapng(true, &[6]);
    file[8] = 0;
    assert!(refused(&file).starts_with("byte 8: "));
}

#[test]
fn the_window_grows_with_what_comes() {
    let long = vec![7; 3_000_000];
    let mut file = pcap(0xa1b2_c3d4, true, 0, 0);
    file.truncate(24);
    for value in [1, 0, long.len() as u32, long.len() as u32] {
        file.extend(number(true, value));
    }
    file.extend(&long);
    let again = file[24..].to_vec();
    file.extend(again);
    let (frames, notes) = read(&file);
    assert!(notes.is_empty() && frames.len() == 2 && frames[1].1 == long);
}
