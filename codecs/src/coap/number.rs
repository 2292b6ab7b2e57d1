//! Option numbers: what a number says by itself (RFC 7252, 5.4.6), and what is defined for it.

use super::Code;

/// An option number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OptionNumber(pub u16);

/// How the value of an option is read (RFC 7252, 3.2; RFC 7959, 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// No bytes.
    Empty,
    /// Any bytes.
    Opaque,
    /// An unsigned integer, the most significant byte first.
    Uint,
    /// UTF-8.
    String,
    /// An unsigned integer made of a block number, the more bit and the size exponent.
    Block,
}

/// What a specification says of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name as the specification prints it.
    pub name: &'static str,
    /// The key in JSON forms.
    pub key: &'static str,
    /// How the value is read.
    pub format: Format,
    /// Shortest value in bytes.
    pub shortest: u16,
    /// Longest value in bytes.
    pub longest: u16,
    /// Whether it may stand more than once, in requests if not in responses.
    pub repeatable: bool,
}

impl Definition {
    /// Whether a value of so many bytes is one of the option.
    #[inline]
    pub const fn allows(&self, length: usize) -> bool {
        self.shortest as usize <= length && length <= self.longest as usize
    }

    /// Whether a value is a number with zeros before it, which its sender should leave out. The
    /// bytes that an option always has, as Hop-Limit, are not among them.
    pub const fn has_leading_zeros(&self, value: &[u8]) -> bool {
        let of_number = matches!(self.format, Format::Uint | Format::Block);
        of_number && value.len() > self.shortest as usize && matches!(value, [0, ..])
    }
}

macro_rules! options {
    ($($number:literal $constant:ident $name:literal $key:literal $format:ident
        $shortest:literal $longest:literal $repeatable:literal;)*) => {
        impl OptionNumber {
            $(#[doc = concat!($name, ".")] pub const $constant: Self = Self($number);)*

            /// Every option with a definition here, in ascending order.
            pub const DEFINED: &'static [Self] = &[$(Self($number)),*];

            /// What is defined for the number; `None` for an unknown option.
            #[inline]
            pub const fn definition(self) -> Option<Definition> {
                match self.0 {
                    $($number => Some(Definition {
                        name: $name,
                        key: $key,
                        format: Format::$format,
                        shortest: $shortest,
                        longest: $longest,
                        repeatable: $repeatable,
                    }),)*
                    _ => None,
                }
            }

            /// The option whose key in JSON forms is `key`.
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self($number)),)* _ => None }
            }
        }
    };
}

options! {
    1 IF_MATCH "If-Match" "if_match" Opaque 0 8 true;
    3 URI_HOST "Uri-Host" "uri_host" String 1 255 false;
    4 ETAG "ETag" "etag" Opaque 1 8 true;
    5 IF_NONE_MATCH "If-None-Match" "if_none_match" Empty 0 0 false;
    6 OBSERVE "Observe" "observe" Uint 0 3 false;
    7 URI_PORT "Uri-Port" "uri_port" Uint 0 2 false;
    8 LOCATION_PATH "Location-Path" "location_path" String 0 255 true;
    9 OSCORE "OSCORE" "oscore" Opaque 0 255 false;
    11 URI_PATH "Uri-Path" "uri_path" String 0 255 true;
    12 CONTENT_FORMAT "Content-Format" "content_format" Uint 0 2 false;
    14 MAX_AGE "Max-Age" "max_age" Uint 0 4 false;
    15 URI_QUERY "Uri-Query" "uri_query" String 0 255 true;
    16 HOP_LIMIT "Hop-Limit" "hop_limit" Uint 1 1 false;
    17 ACCEPT "Accept" "accept" Uint 0 2 false;
    19 Q_BLOCK1 "Q-Block1" "q_block1" Block 0 3 false;
    20 LOCATION_QUERY "Location-Query" "location_query" String 0 255 true;
    23 BLOCK2 "Block2" "block2" Block 0 3 false;
    27 BLOCK1 "Block1" "block1" Block 0 3 false;
    28 SIZE2 "Size2" "size2" Uint 0 4 false;
    31 Q_BLOCK2 "Q-Block2" "q_block2" Block 0 3 true;
    35 PROXY_URI "Proxy-Uri" "proxy_uri" String 1 1034 false;
    39 PROXY_SCHEME "Proxy-Scheme" "proxy_scheme" String 1 255 false;
    60 SIZE1 "Size1" "size1" Uint 0 4 false;
    252 ECHO "Echo" "echo" Opaque 1 40 false;
    258 NO_RESPONSE "No-Response" "no_response" Uint 0 1 false;
    292 REQUEST_TAG "Request-Tag" "request_tag" Opaque 0 8 true;
}

impl OptionNumber {
    /// Whether a receiver that does not recognize the option must not act on the message.
    #[inline]
    pub const fn is_critical(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether a proxy that does not recognize the option must not forward the message.
    #[inline]
    pub const fn is_unsafe(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether a cache leaves the option out of its key; says nothing about unsafe options.
    #[inline]
    pub const fn is_no_cache_key(self) -> bool {
        self.0 & 0x1e == 0x1c
    }

    /// What is defined for the number in a message with this Code: every signalling code has
    /// numbers of its own, and requests and responses share theirs (RFC 8323, 5.2).
    #[inline]
    pub const fn definition_in(self, code: Code) -> Option<Definition> {
        if code.is_signalling() { super::signal::definition(code, self) } else { self.definition() }
    }

    /// The option whose key in JSON forms is `key` in a message with this Code.
    pub fn from_key_in(code: Code, key: &str) -> Option<Self> {
        if code.is_signalling() { super::signal::from_key(code, key) } else { Self::from_key(key) }
    }

    /// Whether it may stand more than once: ETag in requests alone (RFC7252-5.10.6.1-1).
    pub const fn is_repeatable(self, in_request: bool) -> bool {
        self.is_repeatable_in(if in_request { Code::GET } else { Code::CONTENT })
    }

    /// The same for a message with this Code.
    pub const fn is_repeatable_in(self, code: Code) -> bool {
        match self.definition_in(code) {
            Some(definition) => definition.repeatable && (!code.is_response() || self.0 != 4),
            // Whoever does not know the option cannot count it.
            None => true,
        }
    }

    /// The key of the option in JSON forms, for unknown ones `option_value`.
    #[inline]
    pub(super) const fn field(self, code: Code) -> &'static str {
        match self.definition_in(code) {
            Some(definition) => definition.key,
            None => "option_value",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_in_order_and_their_keys_lead_back() {
        assert!(OptionNumber::DEFINED.is_sorted());
        for &number in OptionNumber::DEFINED {
            let definition = number.definition().unwrap();
            assert_eq!(OptionNumber::from_key(definition.key), Some(number));
            let spelled = definition.name.to_lowercase().replace('-', "_");
            assert_eq!(definition.key, spelled);
            assert!(definition.shortest <= definition.longest);
        }
    }

    /// The columns C, U, N and R of the tables in RFC 7967, RFC 8613, RFC 8768, RFC 9175 and
    /// RFC 9177, with format and length.
    #[test]
    fn later_options_are_what_their_tables_say() {
        type Row = (OptionNumber, &'static str, Format, (u16, u16));
        let rows: [Row; 7] = [
            (OptionNumber::OSCORE, "C", Format::Opaque, (0, 255)),
            (OptionNumber::HOP_LIMIT, "", Format::Uint, (1, 1)),
            (OptionNumber::Q_BLOCK1, "CU", Format::Block, (0, 3)),
            (OptionNumber::Q_BLOCK2, "CUR", Format::Block, (0, 3)),
            (OptionNumber::ECHO, "N", Format::Opaque, (1, 40)),
            (OptionNumber::NO_RESPONSE, "U", Format::Uint, (0, 1)),
            (OptionNumber::REQUEST_TAG, "R", Format::Opaque, (0, 8)),
        ];
        for (number, columns, format, (shortest, longest)) in rows {
            let definition = number.definition().unwrap();
            assert_eq!(
                (definition.format, definition.shortest, definition.longest),
                (format, shortest, longest),
                "{number:?}"
            );
            let has = |column| columns.contains(column);
            assert_eq!(number.is_critical(), has('C'), "{number:?}");
            assert_eq!(number.is_unsafe(), has('U'), "{number:?}");
            assert_eq!(!number.is_unsafe() && number.is_no_cache_key(), has('N'), "{number:?}");
            assert_eq!(number.is_repeatable(true), has('R'), "{number:?}");
        }
    }

    /// The columns C, U and N of the tables in RFC 7252 5.10, RFC 7641 2 and RFC 7959 2.1 and 4.
    #[test]
    fn numbers_say_their_class() {
        let critical = |number: u16| OptionNumber(number).is_critical();
        let unsafe_to_forward = |number: u16| OptionNumber(number).is_unsafe();
        for number in [1, 3, 5, 7, 11, 15, 17, 35, 39, 23, 27] {
            assert!(critical(number), "{number}");
        }
        for number in [4, 6, 8, 12, 14, 20, 28, 60] {
            assert!(!critical(number), "{number}");
        }
        for number in [3, 6, 7, 11, 14, 15, 35, 39, 23, 27] {
            assert!(unsafe_to_forward(number), "{number}");
        }
        for number in [1, 4, 5, 8, 12, 17, 20, 28, 60] {
            assert!(!unsafe_to_forward(number), "{number}");
            assert_eq!(OptionNumber(number).is_no_cache_key(), matches!(number, 28 | 60));
        }
    }
}
