//! The closed list of what can be wrong with a document in the link format.

use crate::error::kinds;

kinds! {
    /// What is wrong with a document; named by what it is, not where.
    InvalidUtf8 = "invalid-utf8", "the bytes are not UTF-8";
    ExpectedTarget = "expected-target", "a link begins with <";
    UnclosedTarget = "unclosed-target", "the target is not closed by >";
    InvalidUri = "invalid-uri", "this is no URI reference";
    ExpectedSeparator = "expected-separator", "neither ; nor , nor the end follows";
    ExpectedName = "expected-name", "a parameter begins with its name";
    ReservedName = "reserved-name", "no parameter is called href";
    ExpectedValue = "expected-value", "the parameter lacks its value";
    ExpectedQuotes = "expected-quotes", "the value stands in quotes";
    UnexpectedQuotes = "unexpected-quotes", "the value stands without quotes";
    UnclosedQuotes = "unclosed-quotes", "the quotes are not closed";
    InvalidCharacter = "invalid-character", "a quoted string cannot hold this character";
    InvalidRelationType = "invalid-relation-type", "this is no relation type";
    InvalidMediaType = "invalid-media-type", "this is no media type";
    InvalidLanguageTag = "invalid-language-tag", "this is no language tag";
    InvalidCardinal = "invalid-cardinal", "this is no number without leading zeros";
    NumberTooLarge = "number-too-large", "a Content-Format is at most 65535";
    InvalidExtendedValue = "invalid-extended-value", "this is no charset, language and encoded text";
    RepeatedAttribute = "repeated-attribute", "the attribute stands once in a link";
}
