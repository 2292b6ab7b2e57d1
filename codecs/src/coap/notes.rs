//! What is worth saying about a message without a message format error.

use super::recognize::{Judge, Reason};
use super::{CoapOption, Code, Content, Format, NoResponse, OptionNumber};
use crate::wire::{Note, Reader, Visit};

use OptionNumber as O;

/// Reports what a sender should not have sent, and what a receiver will not recognize. All of the
/// message has been read.
///
/// `code_at` is the place of the Code.
pub(super) fn report<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    message: &Content<'a>,
    code_at: usize,
) {
    let mut notes = Notes { r, message };
    // RFC 7252, 3: reserved, but 4.2 leaves it out of what is to be rejected.
    if message.code.class() == 3 {
        notes.note("reserved-code-class", code_at, "code", Some("RFC7252-3-p3"));
    }
    if message.code.is_signalling() && message.code.name().is_none() {
        notes.note("unknown-signalling-code", code_at, "code", None);
    }
    let mut judge = Judge::new(message.code);
    let mut options = message.options.iter();
    let start = notes.options_start(options.bytes_left());
    let all = options.bytes_left();
    while let Some(option) = options.next() {
        let walked = all.wrapping_sub(options.bytes_left());
        let at = start.wrapping_add(walked).wrapping_sub(option.value.len());
        match judge.next(&option) {
            Some(reason) => notes.unrecognized(&option, reason, at),
            None => notes.value(&option, at),
        }
    }
    notes.payload();
}

struct Notes<'n, 'a, 'v, V> {
    r: &'n mut Reader<'a, 'v, V>,
    message: &'n Content<'a>,
}

impl<V: Visit> Notes<'_, '_, '_, V> {
    fn note(
        &mut self,
        note: &'static str,
        at: usize,
        field: &'static str,
        requirement: Option<&'static str>,
    ) {
        self.r.note(Note { note, at, field, requirement });
    }

    /// Where the options begin: the reader stands at the end of the message.
    fn options_start(&self, options: usize) -> usize {
        self.payload_start().wrapping_sub(options)
    }

    /// The place of the payload marker, or the end of the message.
    fn payload_start(&self) -> usize {
        let payload = self.message.payload.len();
        let marker = usize::from(payload > 0);
        self.r.at().wrapping_sub(payload).wrapping_sub(marker)
    }

    fn unrecognized(&mut self, option: &CoapOption<'_>, reason: Reason, at: usize) {
        let requirement = match (reason, option.number) {
            (Reason::Unknown | Reason::Length, _) => None,
            _ if self.message.code.is_signalling() => Some("RFC7252-5.4.5-2"),
            (_, O::ETAG) => Some("RFC7252-5.10.6.1-1"),
            (_, O::BLOCK1 | O::BLOCK2) => Some("RFC7959-2.1-2"),
            (_, O::SIZE1 | O::SIZE2) => Some("RFC7959-4-3"),
            _ => Some("RFC7252-5.4.5-2"),
        };
        self.note(reason.name(), at, option.number.field(self.message.code), requirement);
    }

    /// Of a value that has its defined length.
    fn value(&mut self, option: &CoapOption<'_>, at: usize) {
        let code = self.message.code;
        let Some(definition) = option.number.definition_in(code) else { return };
        let field = definition.key;
        if definition.has_leading_zeros(option.value) {
            self.note("leading-zeros", at, field, Some("RFC7252-3.2-1"));
        }
        if definition.format == Format::String && option.text().is_none() {
            self.note("not-utf8", at, field, Some("RFC7252-3.2-p1"));
        }
        if code.is_signalling() {
            return self.signalling(option, at, field);
        }
        let request = code.is_request();
        match option.number {
            O::URI_PATH if matches!(option.value, b"." | b"..") => {
                self.note("dot-segment", at, field, Some("RFC7252-5.10.1-1"));
            }
            O::LOCATION_PATH if matches!(option.value, b"." | b"..") => {
                self.note("dot-segment", at, field, Some("RFC7252-5.10.7-2"));
            }
            O::MAX_AGE if option.uint() == Some(60) => {
                self.note("default-value", at, field, Some("RFC7252-5.4.4-1"));
            }
            O::SIZE2 if request && option.uint() != Some(0) => {
                self.note("size-in-request", at, field, Some("RFC7959-4-1"));
            }
            O::PROXY_URI => self.beside_proxy_uri(at),
            O::BLOCK1 | O::BLOCK2 => self.block(option, at, field),
            O::Q_BLOCK1 | O::Q_BLOCK2 => self.q_block(option, at, field),
            O::HOP_LIMIT if request && option.hop_limit().is_none() => {
                self.note("hop-limit-out-of-range", at, field, Some("RFC8768-3-2"));
            }
            O::NO_RESPONSE if option.no_response().is_some_and(NoResponse::has_undefined_bits) => {
                self.note("undefined-response-class", at, field, Some("RFC7967-2.1-p1"));
            }
            _ => {}
        }
    }

    /// What a signalling option should not say.
    fn signalling(&mut self, option: &CoapOption<'_>, at: usize, field: &'static str) {
        let token_length = self.message.code == Code::CSM && option.number == O(6);
        if token_length && !(8..=65_804).contains(&option.uint().unwrap_or(0)) {
            self.note("token-length-out-of-range", at, field, Some("RFC8974-2.2.1-1"));
        }
    }

    /// RFC7252-5.10.2-4
    fn beside_proxy_uri(&mut self, at: usize) {
        let parts = [O::URI_HOST, O::URI_PORT, O::URI_PATH, O::URI_QUERY];
        if self.message.options.iter().any(|option| parts.contains(&option.number)) {
            let rule = Some("RFC7252-5.10.2-4");
            self.note("proxy-uri-with-uri-options", at, "proxy_uri", rule);
        }
    }

    fn block(&mut self, option: &CoapOption<'_>, at: usize, field: &'static str) {
        let Some(block) = option.block() else { return };
        let request = self.message.code.is_request();
        let bert = block.szx == 7 && self.message.reliable;
        if block.szx == 7 && !bert {
            self.note("reserved-block-size", at, field, Some("RFC7959-2.2-2"));
        }
        // Block1 describes the payload of a request, Block2 that of a response.
        let describes = (option.number == O::BLOCK1) == request;
        let length = self.message.payload.len();
        if describes && block.more && bert && (length == 0 || !length.is_multiple_of(1024)) {
            self.note("block-size-mismatch", at, field, Some("RFC8323-6-p1"));
        }
        if describes && block.more && !bert && block.size() != length {
            self.note("block-size-mismatch", at, field, Some("RFC7959-2.3-1"));
        }
        if option.number == O::BLOCK2 && request && block.more {
            self.note("more-in-request", at, field, Some("RFC7959-2.2-1"));
        }
        let beside = || self.message.options.first(O::BLOCK2).is_some();
        if option.number == O::BLOCK1 && !request && block.more && beside() {
            self.note("block2-beside-more", at, field, Some("RFC7959-2.3-4"));
        }
    }

    fn q_block(&mut self, option: &CoapOption<'_>, at: usize, field: &'static str) {
        let has = |number| self.message.options.first(number).is_some();
        let (mixed, tagged) = (has(O::BLOCK1) || has(O::BLOCK2), has(O::REQUEST_TAG));
        if mixed {
            self.note("q-block-beside-block", at, field, Some("RFC9177-4.1-10"));
        }
        if option.number == O::Q_BLOCK1 && self.message.code.is_request() && !tagged {
            self.note("q-block-without-request-tag", at, field, Some("RFC9177-4.3-1"));
        }
        if option.block().is_some_and(|block| block.szx == 7) {
            self.note("reserved-block-size", at, field, Some("RFC9177-4.2-p1"));
        }
    }

    fn payload(&mut self) {
        let Content { code, payload, options, .. } = *self.message;
        let has = |number| options.first(number).is_some();
        if code == Code::VALID && (!payload.is_empty() || !has(O::ETAG)) {
            let at = self.payload_start();
            self.note(
                "valid-without-etag-or-with-payload",
                at,
                "payload",
                Some("RFC7252-5.9.1.3-1"),
            );
        }
        let signalling = code.is_signalling();
        let diagnostic = matches!(code.class(), 4 | 5) && !has(O::CONTENT_FORMAT) || signalling;
        if diagnostic && core::str::from_utf8(payload).is_err() {
            let at = self.payload_start().wrapping_add(1);
            let rule = if signalling { "RFC8323-5.1-p1" } else { "RFC7252-5.5.2-1" };
            self.note("diagnostic-payload-not-utf8", at, "payload", Some(rule));
        }
    }
}
