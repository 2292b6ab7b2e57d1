//! What a first-level element is: a stanza of some kind and type, an error.

use alloc::string::String;
use core::fmt;

use super::tree::Element;
use super::{StanzaCondition, StreamCondition, namespace};

/// The three kinds of stanza (8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StanzaKind {
    /// `<message/>`
    Message,
    /// `<presence/>`
    Presence,
    /// `<iq/>`
    Iq,
}

impl StanzaKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Message, Self::Presence, Self::Iq];

    /// The name of the element.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Presence => "presence",
            Self::Iq => "iq",
        }
    }

    /// The values that `type` may have (8.2.3; RFC 6121 4.7.1, 5.2.2).
    pub const fn types(self) -> &'static [&'static str] {
        match self {
            Self::Message => &["chat", "error", "groupchat", "headline", "normal"],
            Self::Presence => &[
                "error",
                "probe",
                "subscribe",
                "subscribed",
                "unavailable",
                "unsubscribe",
                "unsubscribed",
            ],
            Self::Iq => &["get", "set", "result", "error"],
        }
    }
}

/// A stanza seen as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stanza<'t> {
    /// The element.
    pub element: Element<'t>,
    /// What kind of stanza it is.
    pub kind: StanzaKind,
}

impl<'t> Stanza<'t> {
    /// The stanza that `element` is, if it is one: of `jabber:client` or `jabber:server`.
    pub fn of(element: Element<'t>) -> Option<Self> {
        let kind = StanzaKind::ALL.iter().find(|kind| kind.name() == element.name())?;
        let xmpp = matches!(element.namespace(), namespace::CLIENT | namespace::SERVER);
        xmpp.then_some(Self { element, kind: *kind })
    }

    /// The type as written.
    pub fn kind_type(&self) -> Option<&'t str> {
        self.element.attribute("type")
    }

    /// The identifier (8.1.3).
    pub fn id(&self) -> Option<&'t str> {
        self.element.attribute("id")
    }

    /// The recipient (8.1.1).
    pub fn to(&self) -> Option<&'t str> {
        self.element.attribute("to")
    }

    /// The sender (8.1.2).
    pub fn from(&self) -> Option<&'t str> {
        self.element.attribute("from")
    }

    /// The stanza error it carries; of a stanza of type `error` alone (8.3).
    pub fn error(&self) -> Option<StanzaError> {
        (self.kind_type() == Some("error")).then_some(())?;
        let error = self.element.child(self.element.namespace(), "error")?;
        Some(StanzaError::of(&error))
    }

    /// The first rule of its kind that the stanza breaks: the id of the requirement.
    pub fn broken_rule(&self) -> Option<&'static str> {
        let payload = |element: &Element<'t>| element.elements().count();
        match (self.kind, self.kind_type()) {
            (StanzaKind::Iq, _) if self.id().is_none() => Some("RFC6120-8.2.3-1"),
            (StanzaKind::Iq, None) => Some("RFC6120-8.2.3-2"),
            (StanzaKind::Iq, Some(of)) if !self.kind.types().contains(&of) => {
                Some("RFC6120-8.2.3-3")
            }
            (StanzaKind::Iq, Some("get" | "set")) if payload(&self.element) != 1 => {
                Some("RFC6120-8.2.3-7")
            }
            (StanzaKind::Iq, Some("result")) if payload(&self.element) > 1 => {
                Some("RFC6120-8.2.3-8")
            }
            (_, Some("error")) => match self.error() {
                None => Some("RFC6120-8.3.1-6"),
                Some(StanzaError { error_type: None, .. }) => Some("RFC6120-8.3.2-3"),
                Some(StanzaError { condition: None, .. }) => Some("RFC6120-8.3.2-4"),
                Some(_) => None,
            },
            _ if self.element.child(self.element.namespace(), "error").is_some() => {
                Some("RFC6120-8.3.1-10")
            }
            _ => None,
        }
    }
}

/// What to do about a stanza error (8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorType {
    /// Try again with credentials.
    Auth,
    /// Do not try again.
    Cancel,
    /// Go on: a warning.
    Continue,
    /// Try again with other data.
    Modify,
    /// Try again later.
    Wait,
}

impl ErrorType {
    /// Every type.
    pub const ALL: &'static [Self] =
        &[Self::Auth, Self::Cancel, Self::Continue, Self::Modify, Self::Wait];

    /// The value of `type`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Cancel => "cancel",
            Self::Continue => "continue",
            Self::Modify => "modify",
            Self::Wait => "wait",
        }
    }

    /// The type called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|of| of.name() == name)
    }
}

/// A stanza error; what is unknown or missing is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanzaError {
    /// What to do about it.
    pub error_type: Option<ErrorType>,
    /// What is wrong.
    pub condition: Option<StanzaCondition>,
    /// Words for people.
    pub text: Option<String>,
}

impl StanzaError {
    /// What an `<error/>` says.
    pub fn of(error: &Element<'_>) -> Self {
        let conditions = namespace::STANZA_CONDITIONS;
        let mut defined = error.elements().filter(|of| of.namespace() == conditions);
        Self {
            error_type: error.attribute("type").and_then(ErrorType::from_name),
            condition: defined.find_map(|of| StanzaCondition::from_name(of.name())),
            text: error.child(conditions, "text").map(|text| text.text()),
        }
    }
}

/// `<type>:<condition>`, as it stands in an outcome.
impl fmt::Display for StanzaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error_type = self.error_type.map_or("?", ErrorType::name);
        write!(f, "{error_type}:{}", self.condition.map_or("?", StanzaCondition::name))
    }
}

/// A stream error; an unknown condition is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamError {
    /// What is wrong.
    pub condition: Option<StreamCondition>,
    /// Words for people.
    pub text: Option<String>,
}

/// What `<stream:error/>` says; `None` if `element` is something else (4.9.2).
pub fn stream_error(element: &Element<'_>) -> Option<StreamError> {
    let conditions = namespace::STREAM_CONDITIONS;
    element.is(namespace::STREAMS, "error").then(|| StreamError {
        condition: element
            .elements()
            .filter(|of| of.namespace() == conditions)
            .find_map(|of| StreamCondition::from_name(of.name())),
        text: element.child(conditions, "text").map(|text| text.text()),
    })
}
