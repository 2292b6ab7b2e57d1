//! Encoding packets that were decoded before.

use bytes::BytesMut;

/// Packets that can be encoded as often as one likes.
pub trait Encoder {
    /// Copies what a pass uses up. This is not measured.
    fn fill(&mut self) {}

    /// Encodes all packets, one behind the other, from the front of a buffer.
    fn pass(&mut self);

    /// What the last pass wrote.
    fn written(&self) -> &[u8];
}

/// Where packets are written to; never too small.
pub trait Buffer {
    fn clear(&mut self);
    fn written(&self) -> &[u8];
}

impl Buffer for BytesMut {
    fn clear(&mut self) {
        BytesMut::clear(self);
    }

    fn written(&self) -> &[u8] {
        self
    }
}

/// A buffer for codecs that write to the front of a slice.
pub struct Slice {
    bytes: Vec<u8>,
    end: usize,
}

impl Slice {
    pub fn new(size: usize) -> Self {
        Self { bytes: vec![0; size], end: 0 }
    }

    /// Hands out what is free; `write` says how much of it was used.
    #[inline]
    pub fn append(&mut self, write: impl FnOnce(&mut [u8]) -> usize) {
        self.end += write(&mut self.bytes[self.end..]);
    }
}

impl Buffer for Slice {
    fn clear(&mut self) {
        self.end = 0;
    }

    fn written(&self) -> &[u8] {
        &self.bytes[..self.end]
    }
}

/// Packets of a codec that does not use them up.
pub struct Encoding<P, B, W> {
    pub packets: Vec<P>,
    pub buffer: B,
    pub write: W,
}

impl<P, B: Buffer, W: Fn(&P, &mut B)> Encoder for Encoding<P, B, W> {
    fn pass(&mut self) {
        self.buffer.clear();
        for packet in &self.packets {
            (self.write)(packet, &mut self.buffer);
        }
    }

    fn written(&self) -> &[u8] {
        self.buffer.written()
    }
}

/// Packets of a codec that uses them up.
pub struct Consuming<P, B, W> {
    pub packets: Vec<P>,
    pub copies: Vec<P>,
    pub buffer: B,
    pub write: W,
}

impl<P: Clone, B: Buffer, W: FnMut(P, &mut B)> Encoder for Consuming<P, B, W> {
    fn fill(&mut self) {
        self.copies.clone_from(&self.packets);
    }

    fn pass(&mut self) {
        self.buffer.clear();
        for packet in self.copies.drain(..) {
            (self.write)(packet, &mut self.buffer);
        }
    }

    fn written(&self) -> &[u8] {
        self.buffer.written()
    }
}

/// Enough for all packets of a case.
pub const SPACE: usize = 1 << 20;
