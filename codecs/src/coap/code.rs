//! The Type and the Code of a message (RFC 7252, 3 and 12.1), and which go together.

use core::fmt;

use super::ErrorKind;

/// The Type: how a message is transmitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// 0, CON: acknowledged or rejected by its receiver.
    Confirmable,
    /// 1, NON: not acknowledged.
    NonConfirmable,
    /// 2, ACK: acknowledges a Confirmable message, and may carry the response.
    Acknowledgement,
    /// 3, RST: rejects a message.
    Reset,
}

impl MessageType {
    /// The type of two bits.
    #[inline]
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Confirmable,
            1 => Self::NonConfirmable,
            2 => Self::Acknowledgement,
            _ => Self::Reset,
        }
    }

    /// The two bits.
    #[inline]
    pub const fn bits(self) -> u8 {
        self as u8
    }

    /// `CON`, `NON`, `ACK` or `RST`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmable => "CON",
            Self::NonConfirmable => "NON",
            Self::Acknowledgement => "ACK",
            Self::Reset => "RST",
        }
    }

    /// The type called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        (0..4).map(Self::from_bits).find(|of| of.name() == name)
    }
}

/// The Code: a class of three bits and a detail of five, printed `c.dd`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u8);

macro_rules! codes {
    ($($constant:ident $class:literal $detail:literal $name:literal;)*) => {
        impl Code {
            $(
                #[doc = concat!($class, ".", $detail, " ", $name)]
                pub const $constant: Self = Self($class << 5 | $detail);
            )*

            /// The name that a specification gives to the code.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$constant => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

codes! {
    EMPTY 0 0 "Empty";
    GET 0 1 "GET";
    POST 0 2 "POST";
    PUT 0 3 "PUT";
    DELETE 0 4 "DELETE";
    FETCH 0 5 "FETCH";
    PATCH 0 6 "PATCH";
    IPATCH 0 7 "iPATCH";
    CREATED 2 1 "Created";
    DELETED 2 2 "Deleted";
    VALID 2 3 "Valid";
    CHANGED 2 4 "Changed";
    CONTENT 2 5 "Content";
    CONTINUE 2 31 "Continue";
    BAD_REQUEST 4 0 "Bad Request";
    UNAUTHORIZED 4 1 "Unauthorized";
    BAD_OPTION 4 2 "Bad Option";
    FORBIDDEN 4 3 "Forbidden";
    NOT_FOUND 4 4 "Not Found";
    METHOD_NOT_ALLOWED 4 5 "Method Not Allowed";
    NOT_ACCEPTABLE 4 6 "Not Acceptable";
    REQUEST_ENTITY_INCOMPLETE 4 8 "Request Entity Incomplete";
    CONFLICT 4 9 "Conflict";
    PRECONDITION_FAILED 4 12 "Precondition Failed";
    REQUEST_ENTITY_TOO_LARGE 4 13 "Request Entity Too Large";
    UNSUPPORTED_CONTENT_FORMAT 4 15 "Unsupported Content-Format";
    UNPROCESSABLE_ENTITY 4 22 "Unprocessable Entity";
    TOO_MANY_REQUESTS 4 29 "Too Many Requests";
    INTERNAL_SERVER_ERROR 5 0 "Internal Server Error";
    NOT_IMPLEMENTED 5 1 "Not Implemented";
    BAD_GATEWAY 5 2 "Bad Gateway";
    SERVICE_UNAVAILABLE 5 3 "Service Unavailable";
    GATEWAY_TIMEOUT 5 4 "Gateway Timeout";
    PROXYING_NOT_SUPPORTED 5 5 "Proxying Not Supported";
    HOP_LIMIT_REACHED 5 8 "Hop Limit Reached";
    CSM 7 1 "CSM";
    PING 7 2 "Ping";
    PONG 7 3 "Pong";
    RELEASE 7 4 "Release";
    ABORT 7 5 "Abort";
}

impl Code {
    /// The class, 0 to 7.
    #[inline]
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }

    /// The detail, 0 to 31.
    #[inline]
    pub const fn detail(self) -> u8 {
        self.0 & 31
    }

    /// True for 0.01 to 0.31.
    #[inline]
    pub const fn is_request(self) -> bool {
        self.0 != 0 && self.class() == 0
    }

    /// True for 2.00 to 5.31, the range of the response codes; 3.xx is in it, but no class.
    #[inline]
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2..=5)
    }

    /// True for 7.00 to 7.31, the range of the signalling codes (RFC 8323, 5.1).
    #[inline]
    pub const fn is_signalling(self) -> bool {
        self.class() == 7
    }

    /// The code printed as `text`: a digit, a dot, two digits.
    pub fn from_text(text: &str) -> Option<Self> {
        let &[class @ b'0'..=b'7', b'.', tens @ b'0'..=b'3', ones @ b'0'..=b'9'] = text.as_bytes()
        else {
            return None;
        };
        let digit = |digit: u8| digit.wrapping_sub(b'0');
        let detail = digit(tens).wrapping_mul(10).wrapping_add(digit(ones));
        (detail < 32).then_some(Self(digit(class) << 5 | detail))
    }

    /// Whether this is a request or a response that a message of `message_type` carries; the short
    /// form of [`Self::check`] for all but Empty messages.
    #[inline]
    pub(super) const fn suits(self, message_type: MessageType) -> bool {
        // For each class, from the right, the types that carry it: CON and NON carry requests,
        // they and ACK carry responses.
        const TYPES: u32 = 0x0077_7703;
        let place = (self.class() << 2 | message_type.bits()) as u32;
        self.0 != 0 && TYPES >> place & 1 != 0
    }

    /// What is wrong with the code over a reliable transport, where class 7 is signalling.
    #[inline]
    pub(super) const fn check_reliable(self) -> Option<ErrorKind> {
        match self.class() {
            1 | 6 => Some(ErrorKind::ReservedCodeClass),
            _ => None,
        }
    }

    /// What is wrong with the code in a message of `message_type` over UDP (RFC 7252, Table 1).
    pub(super) const fn check(self, message_type: MessageType) -> Option<ErrorKind> {
        match (self.class(), message_type) {
            // RFC7252-4.2-1, RFC7252-4.3-3
            (1 | 6 | 7, _) => Some(ErrorKind::ReservedCodeClass),
            (0, MessageType::NonConfirmable) if self.0 == 0 => Some(ErrorKind::CodeNotForType),
            (0, _) if self.0 == 0 => None,
            // RFC7252-4.2-2, RFC7252-4.2-3
            (0, MessageType::Acknowledgement) | (_, MessageType::Reset) => {
                Some(ErrorKind::CodeNotForType)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.class(), self.detail())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn codes_are_printed_and_read() {
        for code in (0..=255).map(Code) {
            assert_eq!(Code::from_text(&code.to_string()), Some(code));
        }
        for wrong in ["", "2.5", "2.32", "8.00", "2-05", "2.050", "a.00", "2.0x"] {
            assert_eq!(Code::from_text(wrong), None, "{wrong}");
        }
        assert_eq!(Code::CONTENT.to_string(), "2.05");
        assert_eq!(Code(0x84).name(), Some("Not Found"));
    }

    #[test]
    fn types_carry_what_table_1_allows() {
        use MessageType as T;
        let allowed = |of: T, code: Code| code.check(of).is_none();
        for (of, request, response, empty) in [
            (T::Confirmable, true, true, true),
            (T::NonConfirmable, true, true, false),
            (T::Acknowledgement, false, true, true),
            (T::Reset, false, false, true),
        ] {
            assert_eq!(allowed(of, Code::GET), request, "{of:?}");
            assert_eq!(allowed(of, Code::CONTENT), response, "{of:?}");
            assert_eq!(allowed(of, Code(3 << 5)), response, "{of:?}");
            assert_eq!(allowed(of, Code::EMPTY), empty, "{of:?}");
            for code in (1..=255).map(Code) {
                assert_eq!(allowed(of, code), code.suits(of), "{code} in {of:?}");
            }
            assert!(!Code::EMPTY.suits(of));
            for class in [1, 6, 7] {
                assert_eq!(Code(class << 5).check(of), Some(ErrorKind::ReservedCodeClass));
            }
            assert_eq!(T::from_name(of.name()), Some(of));
        }
    }
}
