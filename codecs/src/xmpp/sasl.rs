//! SASL negotiation (RFC 6120 section 6): its elements, and the message of PLAIN (RFC 4616).

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tree::Element;
use super::{SaslCondition, XmlWriter, namespace};

/// An element of SASL negotiation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sasl {
    /// The client begins (6.4.2).
    Auth {
        /// The mechanism as written.
        mechanism: String,
        /// The initial response.
        data: Data,
    },
    /// The server asks (6.4.3).
    Challenge(Data),
    /// The client answers (6.4.3).
    Response(Data),
    /// The client gives up (6.4.4).
    Abort,
    /// Authentication failed (6.4.5).
    Failure {
        /// Why, if the condition is a defined one.
        condition: Option<SaslCondition>,
        /// Words for people.
        text: Option<String>,
    },
    /// Authentication succeeded (6.4.6).
    Success(Data),
}

/// What an element of SASL carries in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// No text at all.
    Absent,
    /// These bytes; none of them is written `=` where [`Data::Absent`] would mean something else.
    Bytes(Vec<u8>),
    /// Text that is not base64 as 6.3.5 wants it.
    Wrong(String),
}

impl Data {
    /// Reads the text of an element.
    pub fn from_text(text: &str) -> Self {
        match text {
            "" => Self::Absent,
            "=" => Self::Bytes(Vec::new()),
            // Padding is needed, its bits are zero, and other characters are refused.
            _ => match STANDARD.decode(text) {
                Ok(bytes) => Self::Bytes(bytes),
                Err(_) => Self::Wrong(text.into()),
            },
        }
    }

    /// The text of an element.
    pub fn to_text(&self) -> String {
        match self {
            Self::Absent => String::new(),
            Self::Bytes(bytes) if bytes.is_empty() => "=".into(),
            Self::Bytes(bytes) => STANDARD.encode(bytes),
            Self::Wrong(text) => text.clone(),
        }
    }

    /// The bytes; empty if there is no text, `None` if it is wrong.
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Absent => Some(&[]),
            Self::Bytes(bytes) => Some(bytes),
            Self::Wrong(_) => None,
        }
    }
}

impl Sasl {
    /// What `element` says; `None` if it is no element of SASL negotiation.
    pub fn of(element: &Element<'_>) -> Option<Self> {
        if element.namespace() != namespace::SASL {
            return None;
        }
        let data = || Data::from_text(&element.text());
        Some(match element.name() {
            "auth" => {
                let mechanism = element.attribute("mechanism").unwrap_or_default().into();
                Self::Auth { mechanism, data: data() }
            }
            "challenge" => Self::Challenge(data()),
            "response" => Self::Response(data()),
            "success" => Self::Success(data()),
            "abort" => Self::Abort,
            "failure" => {
                let mut defined = element.elements().filter(|of| of.namespace() == namespace::SASL);
                Self::Failure {
                    condition: defined.find_map(|of| SaslCondition::from_name(of.name())),
                    text: element.child(namespace::SASL, "text").map(|text| text.text()),
                }
            }
            _ => return None,
        })
    }

    /// The element as text.
    pub fn to_xml(&self) -> Vec<u8> {
        let xml = XmlWriter::new();
        let begin = |xml: XmlWriter, name| xml.start(name).attribute("xmlns", namespace::SASL);
        let carry = |xml: XmlWriter, data: &Data| match data {
            Data::Absent => xml.end().finish(),
            _ => xml.text(&data.to_text()).end().finish(),
        };
        match self {
            Self::Auth { mechanism, data } => {
                carry(begin(xml, "auth").attribute("mechanism", mechanism), data)
            }
            Self::Challenge(data) => carry(begin(xml, "challenge"), data),
            Self::Response(data) => carry(begin(xml, "response"), data),
            Self::Success(data) => carry(begin(xml, "success"), data),
            Self::Abort => begin(xml, "abort").end().finish(),
            Self::Failure { condition, text } => {
                let mut xml = begin(xml, "failure");
                if let Some(condition) = condition {
                    xml = xml.start(condition.name()).end();
                }
                if let Some(text) = text {
                    xml = xml.start("text").text(text).end();
                }
                xml.end().finish()
            }
        }
    }
}

/// The mechanisms that stream features offer, in order (6.4.1).
pub fn mechanisms(features: &Element<'_>) -> Vec<String> {
    let offered = features.child(namespace::SASL, "mechanisms");
    let named = offered.into_iter().flat_map(|of| of.elements());
    named.filter(|of| of.is(namespace::SASL, "mechanism")).map(|of| of.text()).collect()
}

/// The message of PLAIN: authorization identity (may be empty), authentication identity, password,
/// with NUL between them; no part is checked.
pub fn plain(authzid: &str, authcid: &str, password: &str) -> Vec<u8> {
    [authzid, authcid, password].join("\0").into_bytes()
}

/// The three parts of a message of PLAIN; `None` if it is not one: too many or too few parts, an
/// empty authentication identity or password, or not UTF-8.
pub fn parse_plain(message: &[u8]) -> Option<(&str, &str, &str)> {
    let mut parts = core::str::from_utf8(message).ok()?.split('\0');
    let parts = (parts.next()?, parts.next()?, parts.next()?, parts.next());
    match parts {
        (authzid, authcid, password, None) if !authcid.is_empty() && !password.is_empty() => {
            Some((authzid, authcid, password))
        }
        _ => None,
    }
}
