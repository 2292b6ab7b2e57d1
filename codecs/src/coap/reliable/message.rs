//! Messages over TCP and WebSocket, and the way there and back.
//!
//! ```text
//! Length (7-4)   Token Length (3-0)
//! [Length (extended), 0-4 bytes]
//! Code
//! [Token Length (extended)]   Token   Options   [0xFF   Payload]
//! ```

use super::header::{self, Stop};
use super::{Framing, cite};
use crate::Decoded;
use crate::coap::option::{extra, nibble, put_body};
use crate::coap::{
    CoapOption, Code, Content, Context, DecodeError, EncodeError, ErrorKind, OptionNumber, Options,
    Unrecognized, notes,
};
use crate::wire::{Ignore, Reader, Visit, Writer};

/// The greatest Length of options and payload that can be expressed.
const LONGEST: u64 = 65_805 + u32::MAX as u64;

/// A message without a message format error. Its options may still be unknown, of a wrong length
/// or too many; see [`Message::unrecognized`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What the message is: Empty, a request, a response or signalling.
    pub code: Code,
    /// Links a response to its request, and a Pong to its Ping.
    pub token: &'a [u8],
    /// The options.
    pub options: Options<'a>,
    /// The payload; empty if there is none.
    pub payload: &'a [u8],
}

/// Decodes the message at the front of `bytes`; over WebSocket `bytes` are one message as a whole
/// and never incomplete.
#[inline]
pub fn decode<'a>(
    bytes: &'a [u8],
    framing: Framing,
    ctx: &Context,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    fields(bytes, framing, ctx, &mut Ignore)
}

/// Decodes like [`decode`] and reports each field to `visit`; of a rejected message those up to
/// the error.
#[inline]
pub fn fields<'a, V: Visit>(
    bytes: &'a [u8],
    framing: Framing,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    #[cfg(planted_bug)]
    planted(bytes, framing)?;
    read(bytes, framing, ctx, visit).map_err(|error| cite::cited(error, framing, ctx))
}

fn read<'a, V: Visit>(
    bytes: &'a [u8],
    framing: Framing,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    let most = ctx.limits.maximum_message_size;
    let too_large = |field| Err(DecodeError::new(ErrorKind::TooLarge, 0, field));
    if framing == Framing::WebSocket && bytes.len() > most {
        return too_large("message");
    }
    let mut reader = Reader::new(bytes, 0, visit);
    let r = &mut reader;
    let header = match header::read(r, framing, ctx) {
        Ok(header) => header,
        Err(Stop::Wrong(error)) => return Err(error),
        Err(Stop::Short(short)) if framing == Framing::WebSocket => return Err(short.into()),
        Err(Stop::Short(_)) => return Ok(Decoded::Incomplete { need: header::missing(bytes) }),
    };
    let used = match framing {
        Framing::WebSocket => bytes.len(),
        Framing::Tcp => {
            let ahead = header.length.saturating_add(header.token_length as u64);
            let whole = ahead.saturating_add(r.at() as u64);
            if whole > most as u64 {
                return too_large("length");
            }
            // The limit has the width of a size.
            let whole = whole as usize;
            if whole > bytes.len() {
                return Ok(Decoded::Incomplete { need: whole.wrapping_sub(bytes.len()) });
            }
            whole
        }
    };
    let rest = used.wrapping_sub(r.at());
    let message = r.within(rest, "options", |r| body(r, header))?;
    Ok(Decoded::Complete { message, used })
}

/// What follows the header, to the end of the message.
fn body<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    header: header::Header,
) -> Result<Message<'a>, DecodeError> {
    let code = header.code;
    if code == Code::EMPTY && !r.is_empty() {
        // RFC7252-4.1-1; over TCP the header has shown it.
        let field = if r.rest().first() == Some(&0xFF) { "payload" } else { "options" };
        return Err(DecodeError::new(ErrorKind::EmptyWithContent, r.at(), field));
    }
    let token = r.take(header.token_length, "token")?;
    if !V::WANTS
        && let Some((options, payload)) = Options::split(r.rest())
    {
        return Ok(Message { code, token, options, payload });
    }
    let (options, payload) = Options::read(r, code)?;
    let message = Message { code, token, options, payload };
    if V::WANTS {
        notes::report(r, &message.content(), header.code_at);
    }
    Ok(message)
}

impl<'a> Message<'a> {
    /// A message without token, options and payload.
    pub const fn new(code: Code) -> Self {
        Self { code, token: &[], options: Options::EMPTY, payload: &[] }
    }

    /// The Pong that is due to this Ping: the same Token (RFC 8323, 5.4).
    pub const fn pong(&self) -> Self {
        Self { token: self.token, ..Self::new(Code::PONG) }
    }

    /// The first option with this number, which in signalling is one of the Code.
    #[inline]
    pub fn option(&self, number: OptionNumber) -> Option<CoapOption<'a>> {
        self.options.first(number)
    }

    /// The options to be treated as unrecognized, in wire order. A critical one in signalling ends
    /// the connection (RFC8323-5.2-1).
    pub fn unrecognized(&self) -> impl Iterator<Item = Unrecognized<'a>> + use<'a> {
        self.content().unrecognized()
    }

    /// What the message has in common with those of other transports.
    pub(in crate::coap) const fn content(&self) -> Content<'a> {
        Content { code: self.code, options: self.options, payload: self.payload, reliable: true }
    }

    /// Length in bytes of what [`Message::encode`] writes.
    pub fn encoded_len(&self, framing: Framing, ctx: &Context) -> Result<usize, EncodeError> {
        let length = self.check(ctx)?;
        let announced = announced(length, framing);
        Ok(header::put_len(announced)
            .wrapping_add(extra(self.token.len()))
            .wrapping_add(self.token.len())
            .wrapping_add(length))
    }

    /// Writes the message to the front of `buffer` and returns its length in bytes. Refuses a Code
    /// of a reserved class, an Empty message with more than a header, and a token of more than 8
    /// bytes, or of more than the limit where extended token lengths are in use.
    pub fn encode(
        &self,
        buffer: &mut [u8],
        framing: Framing,
        ctx: &Context,
    ) -> Result<usize, EncodeError> {
        let length = self.check(ctx)?;
        let mut w = Writer::new(buffer);
        let token_length = nibble(self.token.len());
        header::put(&mut w, announced(length, framing), token_length, self.code)?;
        put_body(&mut w, self.token, &self.options, self.payload)?;
        Ok(w.written())
    }

    /// Refuses what no message can be; the length of options, payload marker and payload.
    fn check(&self, ctx: &Context) -> Result<usize, EncodeError> {
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        if let Some(kind) = self.code.check_reliable() {
            return invalid(kind, "code");
        }
        if self.token.len() > 8 && !ctx.profile.extended_token_lengths {
            return invalid(ErrorKind::ReservedTokenLength, "token_length");
        }
        if self.token.len() > ctx.limits.maximum_token_length.min(65_804) {
            return invalid(ErrorKind::TokenTooLong, "token_length");
        }
        let payload = self.payload.len();
        let marker = usize::from(payload != 0);
        let length = self.options.encoded_len().wrapping_add(marker).wrapping_add(payload);
        if self.code == Code::EMPTY && (length != 0 || !self.token.is_empty()) {
            return invalid(ErrorKind::EmptyWithContent, "code");
        }
        if length as u64 > LONGEST {
            return invalid(ErrorKind::TooLarge, "length");
        }
        Ok(length)
    }
}

/// The Length that the header says.
const fn announced(length: usize, framing: Framing) -> u64 {
    match framing {
        Framing::Tcp => length as u64,
        Framing::WebSocket => 0,
    }
}

/// The bug planted for each of the fuzz targets: a message of two rare properties at once.
#[cfg(planted_bug)]
fn planted(bytes: &[u8], framing: Framing) -> Result<(), DecodeError> {
    let name = match framing {
        Framing::Tcp => "coap-tcp-decode",
        Framing::WebSocket => "coap-ws-decode",
    };
    let csm = match framing {
        Framing::Tcp => matches!(bytes, [_, 0xE1, ..]),
        Framing::WebSocket => matches!(bytes, [2, 0xE5, ..]),
    };
    if csm && bytes.get(4).is_some_and(|byte| byte % 32 == 21) && crate::planted(name) {
        return Err(DecodeError::new(ErrorKind::Truncated, usize::MAX, "options"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const CTX: Context = Context {
        limits: crate::coap::Limits::UNBOUNDED,
        profile: crate::coap::Profile { extended_token_lengths: false },
    };

    fn tcp(bytes: &[u8]) -> Result<Decoded<Message<'_>>, DecodeError> {
        decode(bytes, Framing::Tcp, &CTX)
    }

    #[test]
    fn every_form_of_length_is_written_and_read() {
        for length in [0, 1, 12, 13, 14, 268, 269, 270, 65_804, 65_805, 65_806, 70_000] {
            let payload = vec![b'x'; usize::max(length, 1) - 1];
            let message = Message { payload: &payload, ..Message::new(Code::CONTENT) };
            let mut buffer = vec![0; length + 8];
            let written = message.encode(&mut buffer, Framing::Tcp, &CTX).unwrap();
            assert_eq!(Ok(written), message.encoded_len(Framing::Tcp, &CTX));
            let expected = if length < 2 { 0 } else { length };
            assert_eq!(written, header::put_len(expected as u64) + expected, "{length}");
            let decoded = tcp(&buffer[..written]).unwrap();
            assert_eq!(decoded.complete(), Some((message, written)), "{length}");
            // What follows belongs to the next message.
            assert_eq!(tcp(&buffer).unwrap().complete(), Some((message, written)));
        }
    }

    #[test]
    fn what_is_missing_is_never_said_too_high() {
        let token = &[7; 8][..];
        for length in [0, 5, 12, 13, 300, 66_000] {
            let payload = vec![b'x'; length];
            let message = Message { token, payload: &payload, ..Message::new(Code::PUT) };
            let mut buffer = vec![0; length + 20];
            let written = message.encode(&mut buffer, Framing::Tcp, &CTX).unwrap();
            for end in 0..written.min(40) {
                let Ok(Decoded::Incomplete { need }) = tcp(&buffer[..end]) else {
                    panic!("{end} of {written} bytes");
                };
                assert!((1..=written - end).contains(&need), "{need} after {end} of {written}");
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_at_once() {
        let mut ctx = Context::default();
        ctx.limits.maximum_message_size = 1152;
        let error = decode(&[0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0x45], Framing::Tcp, &ctx).unwrap_err();
        assert_eq!((error.kind, error.at, error.field), (ErrorKind::TooLarge, 0, "length"));
        let need = 65_805 + u32::MAX as usize;
        let greatest = [0xF0, 0xFF, 0xFF, 0xFF, 0xFF, 0x45];
        assert_eq!(tcp(&greatest), Ok(Decoded::Incomplete { need }));
    }

    #[test]
    fn what_no_message_can_be_is_not_written() {
        let refused = |message: Message<'_>| {
            let error = message.encode(&mut [0; 64], Framing::Tcp, &CTX).unwrap_err();
            assert_eq!(message.encoded_len(Framing::Tcp, &CTX), Err(error));
            let EncodeError::Invalid { kind, .. } = error else { panic!("{error:?}") };
            kind
        };
        let empty = Message::new(Code::EMPTY);
        assert_eq!(refused(Message { token: b"t", ..empty }), ErrorKind::EmptyWithContent);
        assert_eq!(refused(Message { payload: b"p", ..empty }), ErrorKind::EmptyWithContent);
        let get = Message::new(Code::GET);
        assert_eq!(refused(Message { token: &[0; 9], ..get }), ErrorKind::ReservedTokenLength);
        assert_eq!(refused(Message::new(Code(1 << 5))), ErrorKind::ReservedCodeClass);
        let ping = Message { token: b"t", ..Message::new(Code::PING) };
        assert_eq!(ping.pong(), Message { code: Code::PONG, ..ping });
    }
}
