//! References: the five predefined entities and characters by number.

use super::character::{is_char, is_name, is_name_start};
use super::tokenizer::{State, Tokenizer};
use super::{DecodeError, ErrorKind};

impl Tokenizer {
    pub(super) fn begin_reference(&mut self, quote: Option<char>, at: usize) {
        self.scratch.clear();
        self.reference_at = at;
        self.state = State::Reference(quote);
    }

    /// One character behind `&`.
    pub(super) fn reference(&mut self, c: char, quote: Option<char>) -> Result<(), DecodeError> {
        let error = |kind: ErrorKind| Err(kind.at(self.reference_at, self.field()));
        if c != ';' {
            let fits = match self.scratch.as_bytes() {
                [] => c == '#' || is_name_start(c) || c == ':',
                [b'#'] => c == 'x' || c.is_ascii_digit(),
                [b'#', b'x', ..] => c.is_ascii_hexdigit(),
                [b'#', ..] => c.is_ascii_digit(),
                _ => is_name(c) || c == ':',
            };
            if !fits {
                return error(ErrorKind::MalformedReference);
            }
            self.scratch.push(c);
            return Ok(());
        }
        let c = match self.scratch.as_str() {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "apos" => '\'',
            "quot" => '"',
            "" | "#" | "#x" => return error(ErrorKind::MalformedReference),
            text => {
                let Some(number) = text.strip_prefix('#') else {
                    return error(ErrorKind::EntityReference);
                };
                let (digits, radix) = match number.strip_prefix('x') {
                    Some(digits) => (digits, 16),
                    None => (number, 10),
                };
                // A number that does not fit is no character either.
                let number = u32::from_str_radix(digits, radix).ok();
                match number.and_then(char::from_u32).filter(|c| is_char(*c)) {
                    Some(c) => c,
                    None => return error(ErrorKind::IllegalCharacter),
                }
            }
        };
        match quote {
            Some(quote) => {
                #[cfg(planted_bug)]
                let c = if c == '\t' && quote == '"' && crate::planted("xmpp-decode") {
                    ' '
                } else {
                    c
                };
                self.tree.text.push(c);
                self.state = State::Value(quote);
            }
            None => {
                self.text(c.encode_utf8(&mut [0; 4]), self.reference_at);
                self.state = State::Content;
            }
        }
        Ok(())
    }
}
