//! Messages: the header, what holds for all of them, and the way there and back.

use super::option::{extension, extra, nibble, put_body};
use super::{
    CoapOption, Code, Content, Context, DecodeError, EncodeError, ErrorKind, MessageType,
    OptionNumber, Options, cite, notes,
};
use crate::Decoded;
use crate::wire::{Ignore, Reader, Visit, Writer};

/// A message without a message format error, of a Type that may carry its Code. Its options may
/// still be unknown, of a wrong length or too many; see [`Message::unrecognized`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// How the message is transmitted.
    pub message_type: MessageType,
    /// What the message is: Empty, a request or a response.
    pub code: Code,
    /// Links an acknowledgement to its message, and tells duplicates.
    pub message_id: u16,
    /// Links a response to its request.
    pub token: &'a [u8],
    /// The options.
    pub options: Options<'a>,
    /// The payload; empty if there is none.
    pub payload: &'a [u8],
}

/// Decodes the message that `bytes` are, as a whole: a datagram is never incomplete.
#[inline]
pub fn decode<'a>(bytes: &'a [u8], ctx: &Context) -> Result<Decoded<Message<'a>>, DecodeError> {
    fields(bytes, ctx, &mut Ignore)
}

/// Decodes like [`decode`] and reports each field to `visit`; of a rejected message those up to
/// the error.
#[inline]
pub fn fields<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    #[cfg(planted_bug)]
    if let Some(message) = sound(bytes, ctx)
        && message.has_etag_and_a_certain_block()
        && crate::planted("coap-decode")
    {
        return Err(DecodeError::new(ErrorKind::Truncated, usize::MAX, "options"));
    }
    if !V::WANTS
        && let Some(message) = sound(bytes, ctx)
    {
        return Ok(Decoded::Complete { message, used: bytes.len() });
    }
    walk(bytes, ctx, visit)
}

/// The message, if there is nothing to say about it: the way that most messages take. What it
/// gives no answer to, [`walk`] judges, and what it does, it judges alike. Called, it would hand
/// over the message in memory, to be copied at once in other pieces than it was written, which is
/// slow.
#[inline(always)]
fn sound<'a>(bytes: &'a [u8], ctx: &Context) -> Option<Message<'a>> {
    let (&[first, code, high, low], rest) = bytes.split_first_chunk::<4>()?;
    let (message_type, code) = (MessageType::from_bits(first >> 4), Code(code));
    let token_length = usize::from(first & 15);
    if first >> 6 != 1 || token_length > 8 || bytes.len() > ctx.limits.maximum_message_size {
        return None;
    }
    let message_id = u16::from_be_bytes([high, low]);
    if !code.suits(message_type) {
        let bare = code == Code::EMPTY && token_length == 0 && rest.is_empty();
        return (bare && message_type != MessageType::NonConfirmable)
            .then(|| Message::new(message_type, code, message_id));
    }
    let (token, rest) = rest.split_at_checked(token_length)?;
    let (options, payload) = Options::split(rest)?;
    Some(Message { message_type, code, message_id, token, options, payload })
}

#[inline(never)]
fn walk<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    match read(bytes, ctx, visit) {
        Ok(message) => Ok(Decoded::Complete { message, used: bytes.len() }),
        Err(error) => Err(cite::cited(error, bytes, ctx)),
    }
}

fn read<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Message<'a>, DecodeError> {
    if bytes.len() > ctx.limits.maximum_message_size {
        return Err(DecodeError::new(ErrorKind::TooLarge, 0, "message"));
    }
    let mut reader = Reader::new(bytes, 0, visit);
    let r = &mut reader;
    let first = r.flags("version")?;
    r.bits("version", 7, 6);
    // RFC7252-3-1: what follows in another version is not known.
    if first >> 6 != 1 {
        return Err(DecodeError::new(ErrorKind::UnknownVersion, 0, "version"));
    }
    r.bits("type", 5, 4);
    r.bits("token_length", 3, 0);
    let message_type = MessageType::from_bits(first >> 4);
    let code = Code(r.u8("code")?);
    let message_id = r.u16("message_id")?;
    if let Some(kind) = code.check(message_type) {
        return Err(DecodeError::new(kind, 1, "code"));
    }
    if code == Code::EMPTY {
        empty(first, r)?;
    }
    let token = token(r, first & 15, ctx)?;
    let (options, payload) = Options::read(r, code)?;
    let message = Message { message_type, code, message_id, token, options, payload };
    if V::WANTS {
        notes::report(r, &message.content(), 1);
    }
    Ok(message)
}

/// RFC7252-4.1-1
fn empty<V: Visit>(first: u8, r: &Reader<'_, '_, V>) -> Result<(), DecodeError> {
    let (at, field) = match r.rest().first() {
        _ if first & 15 != 0 => (0, "token_length"),
        None => return Ok(()),
        Some(0xFF) => (r.at(), "payload"),
        Some(_) => (r.at(), "options"),
    };
    Err(DecodeError::new(ErrorKind::EmptyWithContent, at, field))
}

fn token<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    token_length: u8,
    ctx: &Context,
) -> Result<&'a [u8], DecodeError> {
    let mut length = usize::from(token_length);
    if length > 8 {
        length = long_token(r, token_length, ctx)?;
    }
    Ok(r.take(length, "token")?)
}

fn long_token<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    token_length: u8,
    ctx: &Context,
) -> Result<usize, DecodeError> {
    // RFC7252-3-3, RFC8974-2.1-1
    if !ctx.profile.extended_token_lengths || token_length == 15 {
        return Err(DecodeError::new(ErrorKind::ReservedTokenLength, 0, "token_length"));
    }
    let at = if token_length > 12 { r.at() } else { 0 };
    let length = extension(r, token_length.into(), "token_length")? as usize;
    if length > ctx.limits.maximum_token_length {
        return Err(DecodeError::new(ErrorKind::TokenTooLong, at, "token_length"));
    }
    Ok(length)
}

impl<'a> Message<'a> {
    /// A message without token, options and payload.
    pub const fn new(message_type: MessageType, code: Code, message_id: u16) -> Self {
        let options = Options::EMPTY;
        Self { message_type, code, message_id, token: &[], options, payload: &[] }
    }

    /// The Empty message that acknowledges `message_id`.
    pub const fn acknowledgement(message_id: u16) -> Self {
        Self::new(MessageType::Acknowledgement, Code::EMPTY, message_id)
    }

    /// The message that rejects `message_id`.
    pub const fn reset(message_id: u16) -> Self {
        Self::new(MessageType::Reset, Code::EMPTY, message_id)
    }

    /// The Empty Confirmable message, to which a Reset is due.
    pub const fn ping(message_id: u16) -> Self {
        Self::new(MessageType::Confirmable, Code::EMPTY, message_id)
    }

    /// What the message has in common with those of other transports.
    pub(super) const fn content(&self) -> Content<'a> {
        Content { code: self.code, options: self.options, payload: self.payload, reliable: false }
    }

    /// The first option with this number.
    #[inline]
    pub fn option(&self, number: OptionNumber) -> Option<CoapOption<'a>> {
        self.options.first(number)
    }

    /// Length in bytes of what [`Message::encode`] writes.
    pub fn encoded_len(&self, ctx: &Context) -> Result<usize, EncodeError> {
        self.check(ctx)?;
        let payload = if self.payload.is_empty() { 0 } else { self.payload.len().wrapping_add(1) };
        Ok(4usize
            .wrapping_add(extra(self.token.len()))
            .wrapping_add(self.token.len())
            .wrapping_add(self.options.encoded_len())
            .wrapping_add(payload))
    }

    /// Writes the message to the front of `buffer` and returns its length in bytes. Refuses a Code
    /// that does not go with the Type, an Empty message with more than a header, and a token of
    /// more than 8 bytes, or of more than the limit where extended token lengths are in use.
    #[inline]
    pub fn encode(&self, buffer: &mut [u8], ctx: &Context) -> Result<usize, EncodeError> {
        self.check(ctx)?;
        let mut w = Writer::new(buffer);
        let token_length = self.token.len();
        let [high, low] = self.message_id.to_be_bytes();
        let first = 0x40 | self.message_type.bits() << 4 | nibble(token_length);
        w.bytes(&[first, self.code.0, high, low])?;
        put_body(&mut w, self.token, &self.options, self.payload)?;
        Ok(w.written())
    }

    /// Refuses what no message can be.
    #[inline]
    fn check(&self, ctx: &Context) -> Result<(), EncodeError> {
        let invalid = |kind, field| Err(EncodeError::Invalid { kind, field });
        if let Some(kind) = self.code.check(self.message_type) {
            return invalid(kind, "code");
        }
        if self.token.len() > 8 && !ctx.profile.extended_token_lengths {
            return invalid(ErrorKind::ReservedTokenLength, "token_length");
        }
        if self.token.len() > ctx.limits.maximum_token_length.min(65_804) {
            return invalid(ErrorKind::TokenTooLong, "token_length");
        }
        let bare = self.token.is_empty() && self.options.is_empty() && self.payload.is_empty();
        if self.code == Code::EMPTY && !bare {
            return invalid(ErrorKind::EmptyWithContent, "code");
        }
        Ok(())
    }

    /// What the bug planted in the decoder needs.
    #[cfg(planted_bug)]
    fn has_etag_and_a_certain_block(&self) -> bool {
        let block = self.option(OptionNumber::BLOCK2).and_then(|option| option.block());
        self.option(OptionNumber::ETAG).is_some()
            && block.is_some_and(|block| block.num % 16 == 13 && block.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_message_can_be_is_not_written() {
        let ctx = Context::default();
        let refused = |message: Message<'_>, ctx: &Context| {
            let error = message.encode(&mut [0; 600], ctx).unwrap_err();
            assert_eq!(message.encoded_len(ctx), Err(error));
            let EncodeError::Invalid { kind, .. } = error else { panic!("{error:?}") };
            kind
        };
        let token = &[7; 300][..];
        let get = Message::new(MessageType::Confirmable, Code::GET, 1);
        let reset = Message::reset(1);
        assert_eq!(refused(Message { code: Code::GET, ..reset }, &ctx), ErrorKind::CodeNotForType);
        assert_eq!(
            refused(Message { token, ..reset }, &extended(300)),
            ErrorKind::EmptyWithContent
        );
        assert_eq!(refused(Message { payload: b"x", ..reset }, &ctx), ErrorKind::EmptyWithContent);
        assert_eq!(refused(Message { token, ..get }, &ctx), ErrorKind::ReservedTokenLength);
        assert_eq!(refused(Message { token, ..get }, &extended(299)), ErrorKind::TokenTooLong);
        let message = Message { token, ..get };
        let mut buffer = [0; 600];
        let length = message.encode(&mut buffer, &extended(300)).unwrap();
        assert_eq!(length, 4 + 2 + 300);
        let decoded = decode(&buffer[..length], &extended(300)).unwrap();
        assert_eq!(decoded.complete(), Some((message, length)));
    }

    fn extended(maximum_token_length: usize) -> Context {
        let mut ctx = Context::default();
        ctx.profile.extended_token_lengths = true;
        ctx.limits.maximum_token_length = maximum_token_length;
        ctx
    }
}
