//! Which options a receiver that knows the ones defined here still treats as unrecognized.

use core::fmt;

use super::{CoapOption, Code, Content, Iter, Message, OptionNumber};

/// An option of a message that is treated as unrecognized. If its number is critical, that has
/// consequences for the message (RFC7252-5.4.1-2, RFC7252-5.4.1-4, RFC7252-5.4.1-5), else none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unrecognized<'a> {
    /// The option.
    pub option: CoapOption<'a>,
    /// Why it is treated so.
    pub reason: Reason,
}

/// Why an option is treated as unrecognized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing is defined for the number.
    Unknown,
    /// The value is shorter or longer than defined (RFC7252-5.4.3-1).
    Length,
    /// The option stands more often than it may, and this is not the first (RFC7252-5.4.5-3).
    Repeated,
}

impl Reason {
    /// The name that notes have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown-option",
            Self::Length => "option-length",
            Self::Repeated => "repeated-option",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'a> Message<'a> {
    /// The options to be treated as unrecognized, in wire order. Requests and responses are judged
    /// alike, though the rule on lengths speaks of requests. Whether an option is defined for the
    /// method or response code at hand (RFC7252-5.4-1) is another question.
    pub fn unrecognized(&self) -> impl Iterator<Item = Unrecognized<'a>> + use<'a> {
        self.content().unrecognized()
    }
}

impl<'a> Content<'a> {
    /// The same for a message of any transport.
    pub(super) fn unrecognized(&self) -> impl Iterator<Item = Unrecognized<'a>> + use<'a> {
        Recognize { options: self.options.iter(), judge: Judge::new(self.code) }
    }
}

struct Recognize<'a> {
    options: Iter<'a>,
    judge: Judge,
}

impl<'a> Iterator for Recognize<'a> {
    type Item = Unrecognized<'a>;

    fn next(&mut self) -> Option<Unrecognized<'a>> {
        let judge = &mut self.judge;
        self.options
            .find_map(|option| judge.next(&option).map(|reason| Unrecognized { option, reason }))
    }
}

/// Judges the options of one message, one after the other.
pub(super) struct Judge {
    code: Code,
    previous: Option<OptionNumber>,
}

impl Judge {
    pub(super) const fn new(code: Code) -> Self {
        Self { code, previous: None }
    }

    pub(super) fn next(&mut self, option: &CoapOption<'_>) -> Option<Reason> {
        let again = self.previous.replace(option.number) == Some(option.number);
        let Some(definition) = option.number.definition_in(self.code) else {
            return Some(Reason::Unknown);
        };
        if again && !option.number.is_repeatable_in(self.code) {
            Some(Reason::Repeated)
        } else if !definition.allows(option.value.len()) {
            Some(Reason::Length)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MessageType, Options};
    use super::*;
    use std::vec::Vec;

    #[test]
    fn unknown_wrong_and_surplus_options_are_found() {
        let option = |number, value| CoapOption::new(OptionNumber(number), value);
        let options = [
            option(4, b"etag-1"),
            option(4, b"etag-2"),
            option(5, b"not empty"),
            option(11, b"a"),
            option(11, b""),
            option(17, b""),
            option(17, b"*"),
            option(2053, b"?"),
        ];
        let reasons = |code| {
            let message = Message {
                options: Options::new(&options).unwrap(),
                ..Message::new(MessageType::NonConfirmable, code, 1)
            };
            let found = message.unrecognized();
            found.map(|found| (found.option.number.0, found.reason)).collect::<Vec<_>>()
        };
        let request = [(5, Reason::Length), (17, Reason::Repeated), (2053, Reason::Unknown)];
        assert_eq!(reasons(Code::GET), request);
        assert_eq!(reasons(Code::CONTENT), [&[(4, Reason::Repeated)], &request[..]].concat());
    }
}
