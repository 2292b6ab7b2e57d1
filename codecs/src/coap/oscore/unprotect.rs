//! Messages verified and decrypted.

use super::class::{Place, place};
use super::context::{Binding, Content, PartialIv, SecurityContext, read};
use super::crypto::{Nonce, TAG, decrypt};
use super::{Failure, OscoreOption};
use crate::coap::{CoapOption, Code, OptionNumber as O, Options, option};
use crate::wire::{Full, Writer};

impl SecurityContext {
    /// Verifies and decrypts a request. What is returned lies in `buffer`, which needs room for the
    /// options and the payload twice. The replay window knows the request then. A kid context is
    /// not looked at: by it the caller chooses among contexts of one kid.
    pub fn unprotect_request<'b>(
        &mut self,
        outer: &Content<'_>,
        buffer: &'b mut [u8],
    ) -> Result<(Content<'b>, Binding), Failure> {
        let value = oscore_option(outer)?;
        // RFC8613-5-3, RFC8613-5-4
        let (Some(number), Some(kid)) = (value.sequence_number(), value.kid) else {
            return Err(Failure::Incomplete);
        };
        if !self.is_peer(kid) {
            return Err(Failure::OtherContext);
        }
        // RFC8613-7.4-1
        if !self.replay_window.is_fresh(number) {
            return Err(Failure::Replay);
        }
        let partial_iv = PartialIv::new(number);
        let mut binding = self.peer_binding(partial_iv, false);
        let nonce = self.peer_nonce(&partial_iv);
        let content = self.unprotect(outer, &nonce, &binding, buffer)?;
        binding.observe = content.options.first(O::OBSERVE).is_some();
        self.replay_window.receive(number);
        Ok((content, binding))
    }

    /// Verifies and decrypts a response to the request of `binding`. What is returned lies in
    /// `buffer`, which needs room for the options and the payload twice. A notification that is
    /// not newer than the newest before counts as a replay.
    pub fn unprotect_response<'b>(
        &self,
        outer: &Content<'_>,
        binding: &mut Binding,
        buffer: &'b mut [u8],
    ) -> Result<Content<'b>, Failure> {
        let value = oscore_option(outer)?;
        if value.kid.is_some_and(|kid| !self.is_peer(kid)) {
            return Err(Failure::OtherContext);
        }
        let number = value.sequence_number();
        let nonce = match number {
            Some(number) => self.peer_nonce(&PartialIv::new(number)),
            None => self.own_nonce(&binding.request),
        };
        let content = self.unprotect(outer, &nonce, binding, buffer)?;
        let notification = content.options.first(O::OBSERVE).is_some();
        match (notification, number) {
            (true, _) if !binding.observe => return Err(Failure::UnexpectedObserve),
            // RFC8613-7.4.1-1: without a Partial IV it is the oldest.
            (true, None) if binding.nonce_used || binding.notification.is_some() => {
                return Err(Failure::Replay);
            }
            // RFC8613-7.4.1-3
            (true, Some(own)) if binding.notification.is_some_and(|newest| own <= newest) => {
                return Err(Failure::Replay);
            }
            (true, Some(own)) => binding.notification = Some(own),
            (true, None) => binding.nonce_used = true,
            (false, _) => {}
        }
        Ok(content)
    }

    fn unprotect<'b>(
        &self,
        outer: &Content<'_>,
        nonce: &Nonce,
        binding: &Binding,
        buffer: &'b mut [u8],
    ) -> Result<Content<'b>, Failure> {
        // RFC8613-2-2
        let (cipher, tag) = match outer.payload.split_last_chunk::<TAG>() {
            Some((cipher @ [_, ..], tag)) => (cipher, *tag),
            _ => return Err(Failure::NoCiphertext),
        };
        let room = buffer.len().checked_sub(cipher.len()).ok_or(Failure::BufferTooSmall)?;
        let (front, plain) = buffer.split_at_mut_checked(room).ok_or(Failure::BufferTooSmall)?;
        plain.copy_from_slice(cipher);
        decrypt(&self.recipient_key, nonce, &binding.aad()?, plain, tag)?;
        // RFC8613-4.2-4
        let (code, rest) = plain.split_first().ok_or(Failure::Plaintext)?;
        let (options, payload) = read(rest).ok_or(Failure::Plaintext)?;
        if options.first(O::OSCORE).is_some() {
            return Err(Failure::Plaintext);
        }
        let mut w = Writer::new(front);
        merge(&mut w, outer.options, options)?;
        if !payload.is_empty() {
            w.u8(0xFF)?;
            w.bytes(payload)?;
        }
        let (code, written) = (Code(*code), w.written());
        let merged = front.get(..written).unwrap_or_default();
        let (options, payload) = read(merged).ok_or(Failure::Plaintext)?;
        Ok(Content { code, options, payload })
    }
}

/// The value of the one OSCORE option.
fn oscore_option<'a>(outer: &Content<'a>) -> Result<OscoreOption<'a>, Failure> {
    let mut found = outer.options.iter().filter(|option| option.number == O::OSCORE);
    let (Some(option), None) = (found.next(), found.next()) else {
        return Err(Failure::NoOption);
    };
    OscoreOption::decode(option.value).map_err(Failure::Option)
}

/// What came from inside, and of what came from outside that which belongs there, in ascending
/// order.
fn merge(w: &mut Writer<'_>, outer: Options<'_>, inner: Options<'_>) -> Result<(), Full> {
    let belongs = |option: &CoapOption<'_>| {
        place(option.number) == Place::Outer && option.number != O::OSCORE
    };
    let mut outer = outer.iter().filter(belongs).peekable();
    let mut inner = inner.iter().peekable();
    let mut previous = 0;
    loop {
        let next = match (outer.peek(), inner.peek()) {
            (Some(out), Some(own)) if out.number <= own.number => outer.next(),
            (Some(_), None) => outer.next(),
            _ => inner.next(),
        };
        let Some(next) = next else { return Ok(()) };
        option::put(w, &next, previous)?;
        previous = next.number.0;
    }
}
