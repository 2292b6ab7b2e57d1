//! The closed list of what can be wrong with a stream, and the stream error each is owed.

use super::StreamCondition as Condition;
use crate::error::kinds;

/// The list of kinds with the two columns that XMPP has beside name and sentence.
macro_rules! owed {
    ($($variant:ident = $name:literal, $condition:ident, $requirement:expr, $text:literal;)*) => {
        kinds! {
            /// What is wrong with a stream; named by what it is, not where.
            $($variant = $name, $text;)*
        }

        impl ErrorKind {
            /// The condition of the stream error that answers it (4.9.3).
            pub const fn condition(self) -> Condition {
                match self { $(Self::$variant => Condition::$condition,)* }
            }

            /// The requirement that it breaks, where one sentence can be named.
            pub const fn requirement(self) -> Option<&'static str> {
                match self { $(Self::$variant => $requirement,)* }
            }
        }
    };
}

const WELL_FORMED: Option<&str> = Some("RFC6120-11.3-1");
const NAMESPACE_WELL_FORMED: Option<&str> = Some("RFC6120-11.3-3");
const RESTRICTED: Option<&str> = Some("RFC6120-11.1-1");
const ENCODING: Option<&str> = Some("RFC6120-11.6-2");
const ROOT: Option<&str> = Some("RFC6120-4.8.1-1");

owed! {
    Comment = "comment", RestrictedXml, RESTRICTED, "a comment";
    ProcessingInstruction = "processing-instruction", RestrictedXml, RESTRICTED,
        "a processing instruction";
    Doctype = "doctype", RestrictedXml, RESTRICTED, "a document type declaration";
    EntityReference = "entity-reference", RestrictedXml, RESTRICTED,
        "a reference to an entity that is not predefined";
    StandaloneDeclaration = "standalone-declaration", RestrictedXml, Some("RFC6120-11.5-3"),
        "the XML declaration says something about external markup";
    InvalidUtf8 = "invalid-utf8", UnsupportedEncoding, ENCODING, "the bytes are not UTF-8";
    UnsupportedEncoding = "unsupported-encoding", UnsupportedEncoding, ENCODING,
        "the XML declaration names another encoding than UTF-8";
    MalformedDeclaration = "malformed-declaration", NotWellFormed, Some("RFC6120-11.5-2"),
        "the XML declaration is not one of XML 1.0";
    MisplacedDeclaration = "misplaced-declaration", NotWellFormed, Some("RFC6120-11.5-2"),
        "an XML declaration is not the very first thing of the stream";
    IllegalCharacter = "illegal-character", NotWellFormed, WELL_FORMED,
        "a character that XML 1.0 does not have";
    UnexpectedCharacter = "unexpected-character", NotWellFormed, WELL_FORMED,
        "a character that cannot stand at this place of the markup";
    MalformedReference = "malformed-reference", NotWellFormed, WELL_FORMED,
        "an ampersand that begins no reference";
    LessThanInAttribute = "less-than-in-attribute", NotWellFormed, WELL_FORMED,
        "an unescaped < in the value of an attribute";
    SectionEndInText = "section-end-in-text", NotWellFormed, WELL_FORMED,
        "]]> outside a CDATA section";
    MismatchedEndTag = "mismatched-end-tag", NotWellFormed, WELL_FORMED,
        "an end tag does not bear the name of the open element";
    DuplicateAttribute = "duplicate-attribute", NotWellFormed, WELL_FORMED,
        "an attribute stands twice";
    DuplicateExpandedName = "duplicate-expanded-name", NotWellFormed, NAMESPACE_WELL_FORMED,
        "two attributes have the same local name and namespace";
    TextBeforeStream = "text-before-stream", NotWellFormed, WELL_FORMED,
        "text stands before the stream header";
    ContentAfterStream = "content-after-stream", NotWellFormed, WELL_FORMED,
        "something other than white space follows the end of the stream";
    MalformedQualifiedName = "malformed-qualified-name", NotWellFormed, NAMESPACE_WELL_FORMED,
        "a name is not a local name, or a prefix, a colon and a local name";
    UnboundPrefix = "unbound-prefix", NotWellFormed, NAMESPACE_WELL_FORMED,
        "a prefix is not declared";
    EmptyNamespace = "empty-namespace", NotWellFormed, NAMESPACE_WELL_FORMED,
        "a prefix is declared with an empty namespace";
    ReservedNamespace = "reserved-namespace", NotWellFormed, NAMESPACE_WELL_FORMED,
        "the prefix xml or xmlns, or the namespace of one, is declared or used for another purpose";
    PrefixedContent = "prefixed-content", BadNamespacePrefix, Some("RFC6120-4.8.5-3"),
        "an element of the content namespace has a prefix";
    UnsupportedStreamPrefix = "unsupported-stream-prefix", BadNamespacePrefix,
        Some("RFC6120-4.8.5-1"), "the prefix of the stream namespace is not `stream`";
    WrongStreamNamespace = "wrong-stream-namespace", InvalidNamespace, ROOT,
        "the root element is not in the stream namespace";
    WrongContentNamespace = "wrong-content-namespace", InvalidNamespace, Some("RFC6120-4.8.2-2"),
        "the content namespace is the stream namespace";
    UnsupportedContentNamespace = "unsupported-content-namespace", InvalidNamespace,
        Some("RFC6120-4.8.3-3"), "the content namespace is not one of XMPP";
    WrongRoot = "wrong-root", BadFormat, ROOT, "the root element is not called stream";
    TextBetweenStanzas = "text-between-stanzas", BadFormat, None,
        "text other than white space stands between first-level elements";
    TooLarge = "too-large", PolicyViolation, None,
        "a first-level element or the stream header is larger than the receiver takes";
    TooDeep = "too-deep", PolicyViolation, None,
        "elements stand deeper within each other than the receiver takes";
    TooManyAttributes = "too-many-attributes", PolicyViolation, None,
        "an element has more attributes than the receiver takes";
    NameTooLong = "name-too-long", PolicyViolation, None,
        "a name is longer than the receiver takes";
}

impl ErrorKind {
    /// The error at `at`.
    pub(super) const fn at(self, at: usize, field: &'static str) -> super::DecodeError {
        super::DecodeError { kind: self, at, field, requirement: self.requirement() }
    }
}
