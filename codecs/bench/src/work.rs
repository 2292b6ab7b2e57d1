//! What is measured: decoding or encoding all packets of a case.

use std::hint::black_box;

use crate::codec::{Codec, Encoder, codecs, xmpp};
use crate::input::{Case, Traffic};

/// What a codec does with the packets of a case.
pub trait Work {
    /// The codec, with its version.
    fn name(&self) -> &'static str;

    /// Prepares a pass. This is not measured.
    fn fill(&mut self);

    /// Goes through all packets.
    fn pass(&mut self) -> u64;

    /// A sum over all that a pass has read or written; it must be the same for every codec. `None`
    /// of one that does not read all.
    fn sum(&mut self) -> Option<u64>;
}

/// The work of every codec that can do it; ours comes first.
pub fn works<'a>(case: &'a Case, stream: &'a [u8], encode: bool) -> Vec<Box<dyn Work + 'a>> {
    let able = codecs().into_iter().filter(|codec| codec.traffic() == case.traffic);
    able.filter_map(|codec| -> Option<Box<dyn Work + 'a>> {
        if encode {
            let (name, encoder) = (codec.name(), codec.encoder(&case.packets)?);
            Some(Box::new(Encode { name, encoder, case }))
        } else {
            Some(Box::new(Decode { codec, case, stream }))
        }
    })
    .collect()
}

struct Decode<'a> {
    codec: Box<dyn Codec>,
    case: &'a Case,
    stream: &'a [u8],
}

impl Work for Decode<'_> {
    fn name(&self) -> &'static str {
        self.codec.name()
    }

    fn fill(&mut self) {
        self.codec.fill(self.stream);
    }

    fn pass(&mut self) -> u64 {
        self.codec.pass(&self.case.packets)
    }

    fn sum(&mut self) -> Option<u64> {
        self.fill();
        let sum = self.pass();
        self.codec.reads_all().then_some(sum)
    }
}

struct Encode<'a> {
    name: &'static str,
    encoder: Box<dyn Encoder + 'a>,
    case: &'a Case,
}

impl Work for Encode<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fill(&mut self) {
        self.encoder.fill();
    }

    fn pass(&mut self) -> u64 {
        self.encoder.pass();
        black_box(self.encoder.written()).len() as u64
    }

    /// Properties may come in another order; the bytes are the same. An element may be written in
    /// several ways, so it is read again.
    fn sum(&mut self) -> Option<u64> {
        self.fill();
        let length = self.pass();
        let bytes = self.encoder.written();
        if self.case.traffic == Traffic::Xmpp {
            return Some(xmpp::sum(bytes));
        }
        Some(bytes.iter().fold(length << 32, |sum, byte| sum + u64::from(*byte)))
    }
}
