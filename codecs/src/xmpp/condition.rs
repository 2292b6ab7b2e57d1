//! Defined conditions of stream errors, stanza errors and SASL failures.

use super::ErrorType;

macro_rules! conditions {
    ($(#[$doc:meta])* $type:ident; $($variant:ident = $name:literal, $section:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $(#[doc = concat!("Section ", $section, ".")] $variant,)* }

        impl $type {
            /// Every condition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name of the element.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The section of RFC 6120 that defines it.
            pub const fn section(self) -> &'static str {
                match self { $(Self::$variant => $section,)* }
            }

            /// The condition called `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|condition| condition.name() == name)
            }
        }
    };
}

conditions! {
    /// What ends a stream (4.9.3).
    StreamCondition;
    BadFormat = "bad-format", "4.9.3.1";
    BadNamespacePrefix = "bad-namespace-prefix", "4.9.3.2";
    Conflict = "conflict", "4.9.3.3";
    ConnectionTimeout = "connection-timeout", "4.9.3.4";
    HostGone = "host-gone", "4.9.3.5";
    HostUnknown = "host-unknown", "4.9.3.6";
    ImproperAddressing = "improper-addressing", "4.9.3.7";
    InternalServerError = "internal-server-error", "4.9.3.8";
    InvalidFrom = "invalid-from", "4.9.3.9";
    InvalidNamespace = "invalid-namespace", "4.9.3.10";
    InvalidXml = "invalid-xml", "4.9.3.11";
    NotAuthorized = "not-authorized", "4.9.3.12";
    NotWellFormed = "not-well-formed", "4.9.3.13";
    PolicyViolation = "policy-violation", "4.9.3.14";
    RemoteConnectionFailed = "remote-connection-failed", "4.9.3.15";
    Reset = "reset", "4.9.3.16";
    ResourceConstraint = "resource-constraint", "4.9.3.17";
    RestrictedXml = "restricted-xml", "4.9.3.18";
    SeeOtherHost = "see-other-host", "4.9.3.19";
    SystemShutdown = "system-shutdown", "4.9.3.20";
    UndefinedCondition = "undefined-condition", "4.9.3.21";
    UnsupportedEncoding = "unsupported-encoding", "4.9.3.22";
    UnsupportedFeature = "unsupported-feature", "4.9.3.23";
    UnsupportedStanzaType = "unsupported-stanza-type", "4.9.3.24";
    UnsupportedVersion = "unsupported-version", "4.9.3.25";
}

conditions! {
    /// What is wrong with a stanza (8.3.3).
    StanzaCondition;
    BadRequest = "bad-request", "8.3.3.1";
    Conflict = "conflict", "8.3.3.2";
    FeatureNotImplemented = "feature-not-implemented", "8.3.3.3";
    Forbidden = "forbidden", "8.3.3.4";
    Gone = "gone", "8.3.3.5";
    InternalServerError = "internal-server-error", "8.3.3.6";
    ItemNotFound = "item-not-found", "8.3.3.7";
    JidMalformed = "jid-malformed", "8.3.3.8";
    NotAcceptable = "not-acceptable", "8.3.3.9";
    NotAllowed = "not-allowed", "8.3.3.10";
    NotAuthorized = "not-authorized", "8.3.3.11";
    PolicyViolation = "policy-violation", "8.3.3.12";
    RecipientUnavailable = "recipient-unavailable", "8.3.3.13";
    Redirect = "redirect", "8.3.3.14";
    RegistrationRequired = "registration-required", "8.3.3.15";
    RemoteServerNotFound = "remote-server-not-found", "8.3.3.16";
    RemoteServerTimeout = "remote-server-timeout", "8.3.3.17";
    ResourceConstraint = "resource-constraint", "8.3.3.18";
    ServiceUnavailable = "service-unavailable", "8.3.3.19";
    SubscriptionRequired = "subscription-required", "8.3.3.20";
    UndefinedCondition = "undefined-condition", "8.3.3.21";
    UnexpectedRequest = "unexpected-request", "8.3.3.22";
}

conditions! {
    /// Why authentication failed (6.5).
    SaslCondition;
    Aborted = "aborted", "6.5.1";
    AccountDisabled = "account-disabled", "6.5.2";
    CredentialsExpired = "credentials-expired", "6.5.3";
    EncryptionRequired = "encryption-required", "6.5.4";
    IncorrectEncoding = "incorrect-encoding", "6.5.5";
    InvalidAuthzid = "invalid-authzid", "6.5.6";
    InvalidMechanism = "invalid-mechanism", "6.5.7";
    MalformedRequest = "malformed-request", "6.5.8";
    MechanismTooWeak = "mechanism-too-weak", "6.5.9";
    NotAuthorized = "not-authorized", "6.5.10";
    TemporaryAuthFailure = "temporary-auth-failure", "6.5.11";
}

impl StanzaCondition {
    /// The error type that the specification associates with it, if it names one.
    pub const fn error_type(self) -> Option<ErrorType> {
        Some(match self {
            Self::Forbidden
            | Self::NotAuthorized
            | Self::RegistrationRequired
            | Self::SubscriptionRequired => ErrorType::Auth,
            Self::Conflict
            | Self::FeatureNotImplemented
            | Self::Gone
            | Self::InternalServerError
            | Self::ItemNotFound
            | Self::NotAllowed
            | Self::RemoteServerNotFound
            | Self::ServiceUnavailable => ErrorType::Cancel,
            Self::BadRequest | Self::JidMalformed | Self::NotAcceptable | Self::Redirect => {
                ErrorType::Modify
            }
            Self::RecipientUnavailable | Self::RemoteServerTimeout | Self::ResourceConstraint => {
                ErrorType::Wait
            }
            Self::PolicyViolation | Self::UndefinedCondition | Self::UnexpectedRequest => {
                return None;
            }
        })
    }
}
