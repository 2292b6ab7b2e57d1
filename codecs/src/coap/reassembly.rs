//! The blocks of one body put together (RFC 7959), in a buffer that bounds it.
//!
//! A server feeds the Block1 of requests to a [`Reassembly`], a client the Block2 of responses.
//! Blocks come in order: what leaves a gap is refused, what came before is taken if it says the
//! same, and block 0 begins anew. Which exchange a block belongs to, and for how long a body is
//! kept, is for the caller to know: nothing here reads a clock.

use super::{Block, Code};
use crate::error::kinds;

kinds! {
    /// Why a block was not taken. The body so far stays as it was.
    ReservedSize = "reserved-size", "the size exponent is 7, and the transport has no such blocks";
    WrongLength = "wrong-length", "the payload is not as long as a block";
    Gap = "gap", "blocks before this one are missing";
    OtherContent = "other-content", "these bytes of the body came before and were others";
    OtherRepresentation = "other-representation", "the block is of another representation";
    TooLarge = "too-large", "the body is larger than there is room";
}

impl ErrorKind {
    /// What a server answers to a request with such a block.
    pub const fn response(self) -> Code {
        match self {
            // RFC7959-2.2-2
            Self::ReservedSize | Self::WrongLength => Code::BAD_REQUEST,
            // RFC7959-2.3-7, RFC7959-2.5-2, RFC7959-2.5-3
            Self::Gap | Self::OtherContent | Self::OtherRepresentation => {
                Code::REQUEST_ENTITY_INCOMPLETE
            }
            Self::TooLarge => Code::REQUEST_ENTITY_TOO_LARGE,
        }
    }
}

/// What tells one representation from another: the ETag of a response, the Request-Tag of a
/// request, and the Content-Format of either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Representation {
    tag: [u8; 8],
    length: u8,
    content_format: Option<u16>,
}

impl Representation {
    /// One with this ETag or Request-Tag, `None` if there is none or one of more than eight bytes.
    pub fn new(tag: Option<&[u8]>, content_format: Option<u16>) -> Option<Self> {
        let Some(bytes) = tag else {
            return Some(Self { content_format, ..Self::default() });
        };
        let mut tag = [0; 8];
        tag.get_mut(..bytes.len())?.copy_from_slice(bytes);
        // One more, so that an empty Request-Tag is not the same as none.
        let length = (bytes.len() as u8).wrapping_add(1);
        Some(Self { tag, length, content_format })
    }
}

/// What has become of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes are there, and more follow.
    More(usize),
    /// The body is whole and has so many bytes.
    Whole(usize),
}

/// A body of which blocks are awaited.
#[derive(Debug)]
pub struct Reassembly<'b> {
    buffer: &'b mut [u8],
    received: usize,
    whole: bool,
    representation: Representation,
    szx: u8,
    reliable: bool,
}

impl<'b> Reassembly<'b> {
    /// Nothing yet, and room for as much as `buffer` holds. Over a reliable transport blocks of
    /// size exponent 7 are taken (RFC 8323, 6).
    pub const fn new(buffer: &'b mut [u8], reliable: bool) -> Self {
        let representation = Representation { tag: [0; 8], length: 0, content_format: None };
        Self { buffer, received: 0, whole: false, representation, szx: 6, reliable }
    }

    /// What is there of the body.
    pub fn body(&self) -> &[u8] {
        self.buffer.get(..self.received).unwrap_or_default()
    }

    /// Whether the body is whole.
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// Refuses a body of a size that is announced (Size1 or Size2) and that there is no room for.
    pub const fn announced(&self, size: u32) -> Result<(), ErrorKind> {
        if size as u64 > self.buffer.len() as u64 { Err(ErrorKind::TooLarge) } else { Ok(()) }
    }

    /// Takes a block with its payload.
    pub fn take(
        &mut self,
        block: Block,
        payload: &[u8],
        representation: Representation,
    ) -> Result<Progress, ErrorKind> {
        let bert = block.szx == 7;
        if bert && !self.reliable {
            return Err(ErrorKind::ReservedSize);
        }
        check_length(block, payload.len())?;
        // RFC 7959, 2.5: block 0 of another body takes the place of this one.
        let fresh = block.num == 0;
        let same = representation == self.representation;
        // RFC7959-2.3-7, RFC7959-2.4-8
        if !fresh && !same && self.received > 0 {
            return Err(ErrorKind::OtherRepresentation);
        }
        let start = (block.num as usize).wrapping_mul(unit(block.szx));
        let end = start.wrapping_add(payload.len());
        if !fresh && start > self.received {
            return Err(ErrorKind::Gap);
        }
        if end > self.buffer.len() {
            return Err(ErrorKind::TooLarge);
        }
        if fresh {
            self.representation = representation;
        } else if start < self.received {
            return self.again(start..end, payload, block.more);
        } else if self.whole {
            // The body has ended, and this is said to follow.
            return Err(ErrorKind::OtherContent);
        }
        // There is room up to the end, and the length is that of the payload.
        if let Some(place) = self.buffer.get_mut(start..end) {
            place.copy_from_slice(payload);
        }
        (self.received, self.whole, self.szx) = (end, !block.more, block.szx);
        #[cfg(planted_bug)]
        if block.num == 3 && block.more && block.szx == 1 && crate::planted("coap-reassembly") {
            self.received = self.received.wrapping_sub(1);
        }
        Ok(self.progress())
    }

    /// A block that came before: the same bytes, and the end where it was.
    fn again(
        &self,
        place: core::ops::Range<usize>,
        payload: &[u8],
        more: bool,
    ) -> Result<Progress, ErrorKind> {
        let last = place.end == self.received && self.whole;
        if self.body().get(place) != Some(payload) || more == last {
            return Err(ErrorKind::OtherContent);
        }
        Ok(self.progress())
    }

    const fn progress(&self) -> Progress {
        if self.whole { Progress::Whole(self.received) } else { Progress::More(self.received) }
    }

    /// The Block2 that asks for what is missing, in blocks of at most this size exponent and not
    /// larger than those before (RFC7959-2.4-4, RFC7959-3.2-1); `None` if the body is whole, or
    /// has more blocks than can be numbered.
    pub fn request(&self, szx: u8) -> Option<Block> {
        if self.whole {
            return None;
        }
        let most = if self.reliable { 7 } else { 6 };
        let szx = szx.min(if self.received == 0 { most } else { self.szx });
        // All blocks before were as large, so that this one begins where a block does.
        let num = self.received.checked_div(unit(szx))?;
        (num <= 0xF_FFFF).then_some(Block { num: num as u32, more: false, szx })
    }
}

/// How many bytes a block number stands for: a BERT block counts in 1024 bytes.
const fn unit(szx: u8) -> usize {
    16 << if szx > 6 { 6 } else { szx }
}

/// RFC7959-2.3-1, RFC8323-6-p1
const fn check_length(block: Block, length: usize) -> Result<(), ErrorKind> {
    let unit = unit(block.szx);
    let fits = match (block.szx == 7, block.more) {
        (true, true) => length > 0 && length.is_multiple_of(unit),
        (true, false) => true,
        (false, true) => length == unit,
        (false, false) => length <= unit,
    };
    if fits { Ok(()) } else { Err(ErrorKind::WrongLength) }
}

/// The block of `body` with this number, and its payload of `1 << szx + 4` bytes; with size
/// exponent 7 of `blocks` times 1024 bytes. `None` behind the end.
pub fn block_of(body: &[u8], num: u32, szx: u8, blocks: usize) -> Option<(Block, &[u8])> {
    let szx = szx.min(7);
    let size = if szx == 7 { blocks.max(1).checked_mul(unit(szx))? } else { unit(szx) };
    let start = (num as usize).checked_mul(unit(szx))?;
    // An empty body has one empty block.
    if num > 0xF_FFFF || start > body.len() || start == body.len() && num > 0 {
        return None;
    }
    let rest = body.get(start..)?;
    let payload = rest.get(..size).unwrap_or(rest);
    Some((Block { num, more: payload.len() < rest.len(), szx }, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    const NONE: Representation = Representation { tag: [0; 8], length: 0, content_format: None };

    fn block(num: u32, more: bool, szx: u8) -> Block {
        Block { num, more, szx }
    }

    #[test]
    fn a_body_is_cut_and_put_together() {
        let body: Vec<u8> = (0..5000u32).map(|number| number as u8).collect();
        for (szx, blocks) in [(0, 1), (2, 1), (6, 1), (7, 1), (7, 3)] {
            for length in [0, 1, 15, 16, 17, 1024, 2048, 3072, 5000] {
                let mut buffer = [0; 5000];
                let mut taken = Reassembly::new(&mut buffer, true);
                let mut last = Progress::More(0);
                while let Some(next) = taken.request(szx) {
                    let (block, payload) =
                        block_of(&body[..length], next.num, szx, blocks).unwrap();
                    last = taken.take(block, payload, NONE).unwrap();
                }
                assert_eq!(last, Progress::Whole(length));
                assert_eq!(taken.body(), &body[..length]);
            }
        }
    }

    #[test]
    fn what_does_not_follow_is_refused_and_changes_nothing() {
        let mut buffer = [0; 64];
        let mut body = Reassembly::new(&mut buffer, false);
        let x = [b'x'; 32];
        let tag = Representation::new(Some(b"1"), None).unwrap();
        assert_eq!(body.take(block(1, true, 0), &x[..16], NONE), Err(ErrorKind::Gap));
        assert_eq!(body.take(block(0, true, 0), &x[..16], tag), Ok(Progress::More(16)));
        let refused = |body: &mut Reassembly<'_>, block, payload: &[u8], of| {
            let before = body.body().len();
            let error = body.take(block, payload, of).unwrap_err();
            assert_eq!(body.body().len(), before);
            error
        };
        let b = &mut body;
        assert_eq!(refused(b, block(2, true, 0), &x[..16], tag), ErrorKind::Gap);
        assert_eq!(refused(b, block(1, true, 0), &x[..15], tag), ErrorKind::WrongLength);
        assert_eq!(refused(b, block(1, false, 0), &x[..17], tag), ErrorKind::WrongLength);
        assert_eq!(refused(b, block(1, true, 7), &x, tag), ErrorKind::ReservedSize);
        assert_eq!(refused(b, block(1, true, 0), &x[..16], NONE), ErrorKind::OtherRepresentation);
        assert_eq!(b.take(block(1, true, 0), &x[..16], tag), Ok(Progress::More(32)));
        // The same again is no harm; other bytes in its place are.
        assert_eq!(b.take(block(1, true, 0), &x[..16], tag), Ok(Progress::More(32)));
        assert_eq!(refused(b, block(1, true, 0), &[0; 16], tag), ErrorKind::OtherContent);
        assert_eq!(refused(b, block(1, false, 0), &x[..16], tag), ErrorKind::OtherContent);
        // Another size is fine where it begins at the same byte.
        assert_eq!(b.take(block(1, false, 1), &x, tag), Ok(Progress::Whole(64)));
        assert_eq!(b.take(block(1, false, 1), &x, tag), Ok(Progress::Whole(64)));
        assert_eq!(refused(b, block(4, false, 0), &[], tag), ErrorKind::OtherContent);
        // Block 0 begins a new body.
        assert_eq!(b.take(block(0, false, 0), b"new", NONE), Ok(Progress::Whole(3)));
        assert_eq!(b.body(), b"new");
    }

    #[test]
    fn the_buffer_bounds_the_body() {
        let mut buffer = [0; 20];
        let mut body = Reassembly::new(&mut buffer, false);
        assert_eq!(body.announced(21), Err(ErrorKind::TooLarge));
        assert_eq!(body.announced(20), Ok(()));
        assert_eq!(body.take(block(0, true, 0), &[1; 16], NONE), Ok(Progress::More(16)));
        assert_eq!(body.take(block(1, false, 0), &[1; 5], NONE), Err(ErrorKind::TooLarge));
        assert_eq!(body.take(block(1, false, 0), &[1; 4], NONE), Ok(Progress::Whole(20)));
        assert_eq!(ErrorKind::TooLarge.response(), Code::REQUEST_ENTITY_TOO_LARGE);
    }

    #[test]
    fn a_client_goes_on_with_the_smaller_size() {
        let mut buffer = [0; 4096];
        let mut body = Reassembly::new(&mut buffer, false);
        assert_eq!(body.request(6), Some(block(0, false, 6)));
        body.take(block(0, true, 4), &[1; 256], NONE).unwrap();
        assert_eq!(body.request(6), Some(block(1, false, 4)));
        assert_eq!(body.request(2), Some(block(4, false, 2)));
    }

    #[test]
    fn representations_are_told_apart() {
        let of = |tag: Option<&[u8]>, format| Representation::new(tag, format);
        assert_ne!(of(Some(b""), None), of(None, None));
        assert_ne!(of(Some(b"\0"), None), of(Some(b"\0\0"), None));
        assert_ne!(of(None, Some(0)), of(None, None));
        assert_eq!(of(Some(b"123456789"), None), None);
    }
}
