//! Recordings of any size, made of the bases.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use wirecheck::capture::Reader;

const BASES: [&str; 5] = ["v311", "v5props", "coapudp", "coaptcp", "xmpp"];
const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
/// Where the addresses lie in a frame of Ethernet with IPv4.
const ADDRESSES: [usize; 2] = [26, 30];
const TCP: u8 = 6;
const FIN_OR_RST: u8 = 0x05;

/// The frames of a base, each with its time after the first in microseconds.
fn frames(base: &str) -> Result<Vec<(u64, Vec<u8>)>, String> {
    let law = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/captures/law");
    let mut reader = Reader::open(&law.join(format!("{base}.pcap.gz")))?;
    let (mut found, mut first) = (Vec::new(), None);
    while let Some(frame) = reader.next_frame() {
        let first = *first.get_or_insert(frame.time);
        found.push(((frame.time - first) / 1000, frame.bytes.to_vec()));
    }
    Ok(found)
}

/// Writes a mix of all bases with at least so many bytes; gives its size.
pub fn mixed(file: &Path, bytes: u64) -> Result<u64, String> {
    let bases: Vec<_> = BASES.iter().map(|base| frames(base)).collect::<Result<_, _>>()?;
    let mut out = Recording::create(file).map_err(|error| error.to_string())?;
    for round in 0.. {
        for frame in bases.iter().flatten() {
            out.frame(round, frame).map_err(|error| error.to_string())?;
        }
        if out.written >= bytes {
            break;
        }
    }
    out.end().map_err(|error| error.to_string())
}

/// Writes at least so many connections that do not end.
pub fn open_flows(file: &Path, flows: usize) -> Result<u64, String> {
    let mut base = frames("v311")?;
    let is_end = |frame: &[u8]| {
        frame.get(23) == Some(&TCP) && frame.get(47).is_some_and(|it| it & FIN_OR_RST != 0)
    };
    base.retain(|(_, frame)| !is_end(frame));
    let mut out = Recording::create(file).map_err(|error| error.to_string())?;
    // There are five connections in the base. They go on side by side.
    let rounds = u32::try_from(flows.div_ceil(5)).map_err(|error| error.to_string())?;
    for frame in &base {
        for round in 0..rounds {
            out.frame(round, frame).map_err(|error| error.to_string())?;
        }
    }
    out.end().map_err(|error| error.to_string())
}

struct Recording {
    out: BufWriter<File>,
    written: u64,
}

impl Recording {
    fn create(file: &Path) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(file)?);
        for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(Self { out, written: 24 })
    }

    /// A frame of a base, between the addresses of a round.
    fn frame(&mut self, round: u32, (after, bytes): &(u64, Vec<u8>)) -> io::Result<()> {
        let time = 1_800_000_000_000_000 + u64::from(round) * 1_000_000 + after;
        let length = bytes.len() as u32;
        for word in [(time / 1_000_000) as u32, (time % 1_000_000) as u32, length, length] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        let mut frame = bytes.clone();
        let [_, high, middle, low] = round.to_be_bytes();
        for (last, place) in ADDRESSES.into_iter().enumerate() {
            if let Some(address) = frame.get_mut(place..place + 4).filter(|it| **it == LOOPBACK) {
                address.copy_from_slice(&[10 + high, middle, low, last as u8]);
            }
        }
        self.written += 16 + u64::from(length);
        self.out.write_all(&frame)
    }

    fn end(mut self) -> io::Result<u64> {
        self.out.flush()?;
        Ok(self.written)
    }
}
