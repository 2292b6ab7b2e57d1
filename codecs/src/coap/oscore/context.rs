//! The security context, and messages protected with it.

use super::class::{Place, check, place};
use super::crypto::{Aad, Key, LONGEST_ID, Nonce, Secrets, TAG, encrypt, nonce};
use super::{Failure, OscoreOption, ReplayWindow};
use crate::coap::{CoapOption, Code, OptionNumber as O, Options, option};
use crate::wire::{Full, Ignore, Reader, Writer};

/// One more than the greatest sequence number (RFC8613-7.2.1-1).
const END: u64 = 1 << 40;

/// What of a message is protected: everything apart from how it is transported, and its Token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// What the message is.
    pub code: Code,
    /// The options.
    pub options: Options<'a>,
    /// The payload; empty if there is none.
    pub payload: &'a [u8],
}

/// An identifier of an endpoint, at most seven bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Id {
    bytes: [u8; LONGEST_ID],
    length: usize,
}

impl Id {
    fn new(id: &[u8]) -> Result<Self, Failure> {
        let mut bytes = [0; LONGEST_ID];
        bytes.get_mut(..id.len()).ok_or(Failure::TooLong)?.copy_from_slice(id);
        Ok(Self { bytes, length: id.len() })
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A sequence number as it is sent: without zeros before it, zero itself as one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartialIv {
    bytes: [u8; 8],
    start: usize,
}

impl PartialIv {
    pub(super) fn new(number: u64) -> Self {
        let zeros = (number.leading_zeros() / 8).min(7);
        Self { bytes: number.to_be_bytes(), start: zeros as usize }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// What a response is bound to: its request (RFC 8613, 7.1). Either endpoint keeps one for each
/// request, together with the Token.
#[derive(Clone, Debug)]
pub struct Binding {
    kid: Id,
    pub(super) request: PartialIv,
    /// Whether the request had Observe.
    pub(super) observe: bool,
    /// Whether a response went with the nonce of the request.
    pub(super) nonce_used: bool,
    /// The greatest Partial IV of a notification (RFC8613-4.1.3.5.2-2).
    pub(super) notification: Option<u64>,
}

impl Binding {
    /// The Partial IV of the request.
    pub fn partial_iv(&self) -> &[u8] {
        self.request.as_bytes()
    }

    pub(super) fn aad(&self) -> Result<Aad, Failure> {
        Aad::new(self.kid.as_bytes(), self.request.as_bytes())
    }
}

/// The keys of two endpoints, seen from one of them, with the numbers that it has used and received.
#[derive(Clone, Debug)]
pub struct SecurityContext {
    sender_id: Id,
    recipient_id: Id,
    sender_key: Key,
    pub(super) recipient_key: Key,
    common_iv: Nonce,
    /// The next sequence number to be used; to be kept over a restart.
    pub sender_sequence_number: u64,
    /// Which sequence numbers came in requests; to be kept over a restart.
    pub replay_window: ReplayWindow,
}

impl SecurityContext {
    /// Derives the context of the endpoint `sender_id` with `recipient_id` (RFC 8613, 3.2.1). No
    /// two contexts of one secret may have the same identifiers. An identifier has at most seven
    /// bytes.
    pub fn derive(
        master_secret: &[u8],
        master_salt: &[u8],
        id_context: Option<&[u8]>,
        sender_id: &[u8],
        recipient_id: &[u8],
    ) -> Result<Self, Failure> {
        let secrets = Secrets { master_secret, master_salt, id_context };
        let mut context = Self {
            sender_id: Id::new(sender_id)?,
            recipient_id: Id::new(recipient_id)?,
            sender_key: [0; 16],
            recipient_key: [0; 16],
            common_iv: [0; 13],
            sender_sequence_number: 0,
            replay_window: ReplayWindow::default(),
        };
        secrets.derive(sender_id, b"Key", &mut context.sender_key)?;
        secrets.derive(recipient_id, b"Key", &mut context.recipient_key)?;
        secrets.derive(&[], b"IV", &mut context.common_iv)?;
        Ok(context)
    }

    /// The Sender Key, the Recipient Key and the Common IV, to compare them with others.
    pub const fn keys(&self) -> (&[u8; 16], &[u8; 16], &[u8; 13]) {
        (&self.sender_key, &self.recipient_key, &self.common_iv)
    }

    /// Protects a request; `kid_context` is sent along. What is returned lies in `buffer`, and is
    /// sent with the header and the Token of the original. A sequence number is used up.
    pub fn protect_request<'b>(
        &mut self,
        content: &Content<'_>,
        kid_context: Option<&[u8]>,
        buffer: &'b mut [u8],
    ) -> Result<(Content<'b>, Binding), Failure> {
        let request = self.next_partial_iv()?;
        let observe = content.options.first(O::OBSERVE).is_some();
        let kid = self.sender_id;
        let binding = Binding { kid, request, observe, nonce_used: false, notification: None };
        let nonce = self.own_nonce(&request);
        let option =
            OscoreOption { partial_iv: request.as_bytes(), kid_context, kid: Some(kid.as_bytes()) };
        // RFC8613-4.2-3, RFC8613-4.1.3.5-7
        let code = if observe { Code::FETCH } else { Code::POST };
        let protected = self.protect(content, code, &option, &nonce, &binding, buffer)?;
        Ok((protected, binding))
    }

    /// Protects a response to the request of `binding`. It has a Partial IV of its own if
    /// `own_partial_iv` asks for it, or if a response with the nonce of the request went before.
    pub fn protect_response<'b>(
        &mut self,
        content: &Content<'_>,
        binding: &mut Binding,
        own_partial_iv: bool,
        buffer: &'b mut [u8],
    ) -> Result<Content<'b>, Failure> {
        let code = match content.options.first(O::OBSERVE) {
            Some(_) => Code::CONTENT,
            None => Code::CHANGED,
        };
        // RFC8613-8.3-2, RFC8613-8.3-3, RFC8613-4.1.3.5.2-1
        if own_partial_iv || binding.nonce_used {
            let own = self.next_partial_iv()?;
            let option = OscoreOption { partial_iv: own.as_bytes(), ..OscoreOption::default() };
            return self.protect(content, code, &option, &self.own_nonce(&own), binding, buffer);
        }
        let nonce = self.peer_nonce(&binding.request);
        let option = OscoreOption::default();
        let protected = self.protect(content, code, &option, &nonce, binding, buffer)?;
        binding.nonce_used = true;
        Ok(protected)
    }

    fn next_partial_iv(&mut self) -> Result<PartialIv, Failure> {
        let number = self.sender_sequence_number;
        if number >= END {
            return Err(Failure::Exhausted);
        }
        self.sender_sequence_number = number.wrapping_add(1);
        Ok(PartialIv::new(number))
    }

    pub(super) fn own_nonce(&self, partial_iv: &PartialIv) -> Nonce {
        nonce(&self.common_iv, self.sender_id.as_bytes(), partial_iv.as_bytes())
    }

    pub(super) fn peer_nonce(&self, partial_iv: &PartialIv) -> Nonce {
        nonce(&self.common_iv, self.recipient_id.as_bytes(), partial_iv.as_bytes())
    }

    pub(super) fn is_peer(&self, kid: &[u8]) -> bool {
        self.recipient_id.as_bytes() == kid
    }

    /// The binding of a request of the peer.
    pub(super) fn peer_binding(&self, request: PartialIv, observe: bool) -> Binding {
        let kid = self.recipient_id;
        Binding { kid, request, observe, nonce_used: false, notification: None }
    }

    fn protect<'b>(
        &self,
        content: &Content<'_>,
        code: Code,
        option: &OscoreOption<'_>,
        nonce: &Nonce,
        binding: &Binding,
        buffer: &'b mut [u8],
    ) -> Result<Content<'b>, Failure> {
        content.options.iter().try_for_each(|option| check(&option))?;
        let mut value = [0; 255];
        let length = option.encode(&mut value).map_err(|_| Failure::TooLong)?;
        let value = value.get(..length).unwrap_or_default();
        let mut w = Writer::new(buffer);
        put_outer(&mut w, content, value)?;
        w.u8(0xFF)?;
        let start = w.written();
        put_plaintext(&mut w, content)?;
        let end = w.written();
        // The place of the tag.
        w.bytes(&[0; TAG])?;
        let whole = w.written();
        let text = buffer.get_mut(start..end).unwrap_or_default();
        let tag = encrypt(&self.sender_key, nonce, &binding.aad()?, text)?;
        buffer.get_mut(end..whole).unwrap_or_default().copy_from_slice(&tag);
        let written = buffer.get(..whole).unwrap_or_default();
        let (options, payload) = read(written).ok_or(Failure::Plaintext)?;
        Ok(Content { code, options, payload })
    }
}

/// Options and payload, if all is well with them.
pub(super) fn read(bytes: &[u8]) -> Option<(Options<'_>, &[u8])> {
    if let Some(found) = Options::split(bytes) {
        return Some(found);
    }
    let mut ignore = Ignore;
    Options::read(&mut Reader::new(bytes, 0, &mut ignore), Code::GET).ok()
}

/// The options that stay outside, and the OSCORE option, in ascending order.
fn put_outer(w: &mut Writer<'_>, content: &Content<'_>, value: &[u8]) -> Result<(), Full> {
    let own = CoapOption::new(O::OSCORE, value);
    let outer = content.options.iter().filter(|option| place(option.number) != Place::Inner);
    let mut outer = outer.peekable();
    let (mut previous, mut put) = (0, false);
    loop {
        let next = match outer.peek() {
            Some(option) if put || option.number < O::OSCORE => outer.next(),
            _ if !put => {
                put = true;
                Some(own)
            }
            _ => None,
        };
        let Some(next) = next else { return Ok(()) };
        option::put(w, &next, previous)?;
        previous = next.number.0;
    }
}

/// Code, options to be encrypted and payload. In a notification Observe has no value inside
/// (RFC8613-4.1.3.5.2-3).
fn put_plaintext(w: &mut Writer<'_>, content: &Content<'_>) -> Result<(), Full> {
    w.u8(content.code.0)?;
    let mut previous = 0;
    for mut option in content.options.iter().filter(|it| place(it.number) != Place::Outer) {
        if option.number == O::OBSERVE && content.code.is_response() {
            option.value = &[];
        }
        option::put(w, &option, previous)?;
        previous = option.number.0;
    }
    if !content.payload.is_empty() {
        w.u8(0xFF)?;
        w.bytes(content.payload)?;
    }
    Ok(())
}
