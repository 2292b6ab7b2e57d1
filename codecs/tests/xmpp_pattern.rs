//! Patterns: what they let through, what they bind, and what they say of a difference.
#![allow(clippy::unwrap_used, missing_docs)]

use wirecheck_codecs::xmpp::Document;
use wirecheck_codecs::xmpp::pattern::{Bindings, Pattern, matches};

fn bindings(pattern: &str, text: &str) -> Bindings {
    let document = Document::parse(text).unwrap();
    matches(pattern, &document.element()).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

fn difference(pattern: &str, text: &str) -> String {
    let document = Document::parse(text).unwrap();
    matches(pattern, &document.element()).expect_err(pattern).to_string()
}

const MESSAGE: &str = "<message to='a@b/c' id='7'><body>hi</body>\
    <x xmlns='urn:x'><i n='1'/><i n='2'/></x></message>";

#[test]
fn what_is_listed_must_be_there_and_all_else_is_free() {
    for pattern in [
        "<message/>",
        "<message id='7'/>",
        "<message><x xmlns='urn:x'/><body/></message>",
        "<message>\n  <body>hi</body>\n</message>",
        "<message><p:x xmlns:p='urn:x'><p:i n='2'/><p:i n='1'/></p:x></message>",
    ] {
        assert!(bindings(pattern, MESSAGE).is_empty(), "{pattern}");
    }
}

#[test]
fn names_are_bound() {
    let bound = bindings("<message to='?{user}@?{host}/?{r}' id='?{id}'/>", MESSAGE);
    let expected = [("user", "a"), ("host", "b"), ("r", "c"), ("id", "7")];
    assert_eq!(bound, expected.map(|(name, value)| (name.into(), value.into())).into());
    assert_eq!(bindings("<a>?{x}-?{x}</a>", "<a>1-1-1-1</a>")["x"], "1-1");
    assert_eq!(bindings("<a b='?{x}'/>", "<a b=''/>")["x"], "");
}

#[test]
fn the_choice_of_a_child_is_taken_back() {
    let pattern = "<m><i n='?{n}'/><i n='1'/></m>";
    assert_eq!(bindings(pattern, "<m><i n='1'/><i n='2'/></m>")["n"], "2");
    let pattern = "<m><i n='?{n}'/><k n='?{n}'/></m>";
    assert_eq!(bindings(pattern, "<m><i n='1'/><i n='2'/><k n='2'/></m>")["n"], "2");
    let said = difference("<m><i/><i/></m>", "<m><i/></m>");
    assert_eq!(said, "m/i: expected <i/>, found nothing");
}

#[test]
fn the_first_difference_has_a_path() {
    for (pattern, said) in [
        ("<iq/>", "iq: expected iq, found message"),
        ("<message id='8'/>", "message/@id: expected `8`, found `7`"),
        ("<message from=''/>", "message/@from: expected ``, found nothing"),
        ("<message><body>ho</body></message>", "message/body/text(): expected `ho`, found hi"),
        ("<message><y/></message>", "message/y: expected <y/>, found nothing"),
        (
            "<message><x xmlns='urn:x'><i n='3'/></x></message>",
            "message/x[urn:x]/i[urn:x]/@n: expected `3`, found `1`",
        ),
        ("<message><x xmlns='urn:y'/></message>", "message/x[urn:y]: expected <x xmlns='urn:y'/>"),
        ("<message id='?{a}' to='?{a}'/>", "message/@to: expected `?{a}`, found `a@b/c`"),
    ] {
        let found = difference(pattern, MESSAGE);
        assert!(found.starts_with(said), "{pattern}: {found}");
    }
}

#[test]
fn a_pattern_is_one_element() {
    for text in ["", "<a>", "<a/><b/>", "x", "<a/>x", "<a b=c/>"] {
        assert!(Pattern::parse(text).is_err(), "{text}");
    }
    assert!(Pattern::parse(" <stream:stream/> ").is_ok());
}

#[test]
fn hostile_patterns_end() {
    let many: String = (0..24).map(|_| "<i n='?{a}x'/>").collect();
    let found: String = (0..24).map(|n| format!("<i n='{n}x'/>")).collect();
    let document = Document::parse(&format!("<m>{found}</m>")).unwrap();
    assert!(matches(&format!("<m>{many}</m>"), &document.element()).is_err());
    let text = "?{a}?{b}?{c}?{d}?{e}?{f}?{g}!";
    let document = Document::parse(&format!("<m>{}</m>", "a".repeat(200))).unwrap();
    assert!(matches(&format!("<m>{text}</m>"), &document.element()).is_err());
}
