//! The forms that values of defined parameters have.

use super::{ErrorKind as K, Value, uri};

/// What is wrong with the value of the parameter called `name`, and at which of its bytes.
pub(super) fn check(name: &str, value: &Value<'_>) -> Result<(), (K, usize)> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if name.ends_with('*') {
        let text = without_quotes(value)?;
        return extended(text).then_some(()).ok_or((K::InvalidExtendedValue, 0));
    }
    if is("rel") || is("rev") {
        return relation_types(value);
    }
    if is("anchor") {
        let text = in_quotes(value)?;
        return uri::reference(text).map_err(|at| (K::InvalidUri, at));
    }
    if is("title") {
        return in_quotes(value).map(|_| ());
    }
    if is("type") {
        return media_type(raw(value)?).then_some(()).ok_or((K::InvalidMediaType, 0));
    }
    if is("hreflang") {
        let text = without_quotes(value)?;
        return language_tag(text).then_some(()).ok_or((K::InvalidLanguageTag, 0));
    }
    if is("media") || is("rt") || is("if") {
        return raw(value).map(|_| ());
    }
    if is("sz") {
        let text = without_quotes(value)?;
        return cardinal(text).then_some(()).ok_or((K::InvalidCardinal, 0));
    }
    if is("ct") {
        return content_formats(value);
    }
    Ok(())
}

/// Whether a value is one or more relation types, as the grammar wants those of `rt` and `if`.
pub(super) fn is_relation_types(value: &Value<'_>) -> bool {
    relation_types(value).is_ok()
}

/// The value as it stands, in quotes or not.
fn raw<'a>(value: &Value<'a>) -> Result<&'a str, (K, usize)> {
    match value {
        Value::None => Err((K::ExpectedValue, 0)),
        Value::Token(text) | Value::Quoted(text) => Ok(text),
    }
}

fn in_quotes<'a>(value: &Value<'a>) -> Result<&'a str, (K, usize)> {
    match value {
        Value::Token(_) => Err((K::ExpectedQuotes, 0)),
        value => raw(value),
    }
}

fn without_quotes<'a>(value: &Value<'a>) -> Result<&'a str, (K, usize)> {
    match value {
        Value::Quoted(_) => Err((K::UnexpectedQuotes, 0)),
        value => raw(value),
    }
}

/// One relation type, or in quotes several, with spaces between them.
fn relation_types(value: &Value<'_>) -> Result<(), (K, usize)> {
    each(value, |part| match is_relation_type(part) {
        true => Ok(()),
        false => Err(K::InvalidRelationType),
    })
}

/// One Content-Format, or in quotes several (RFC 7252, 7.2.1).
fn content_formats(value: &Value<'_>) -> Result<(), (K, usize)> {
    each(value, |part| match (cardinal(part), part.parse::<u16>()) {
        (false, _) => Err(K::InvalidCardinal),
        (true, Err(_)) => Err(K::NumberTooLarge),
        (true, Ok(_)) => Ok(()),
    })
}

fn each(value: &Value<'_>, check: impl Fn(&str) -> Result<(), K>) -> Result<(), (K, usize)> {
    let text = raw(value)?;
    let Value::Quoted(_) = value else { return check(text).map_err(|kind| (kind, 0)) };
    // Between two parts there may be many spaces, but at either end there is none.
    if text.is_empty() || text.starts_with(' ') {
        return check("").map_err(|kind| (kind, 0));
    }
    if text.ends_with(' ') {
        return check("").map_err(|kind| (kind, text.len()));
    }
    let mut at = 0usize;
    for part in text.split(' ') {
        if !part.is_empty() {
            check(part).map_err(|kind| (kind, at))?;
        }
        at = at.wrapping_add(part.len()).wrapping_add(1);
    }
    Ok(())
}

fn is_relation_type(text: &str) -> bool {
    let registered = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-'));
    registered || uri::is_uri(text)
}

/// `type "/" subtype`, of which each has 1 to 127 characters (RFC 4288, 4.2).
fn media_type(text: &str) -> bool {
    let name = |text: &str| {
        let fits = |c: u8| c.is_ascii_alphanumeric() || b"!#$&.+-^_".contains(&c);
        (1..=127).contains(&text.len()) && text.bytes().all(fits)
    };
    text.split_once('/').is_some_and(|(of, sub)| name(of) && name(sub))
}

/// Subtags of one to eight letters and digits, the first of letters; that they are registered and
/// in order (RFC 5646, 2.1) is not looked at.
fn language_tag(text: &str) -> bool {
    let subtag = |text: &str| {
        (1..=8).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    let first = text.split('-').next().unwrap_or_default();
    text.split('-').all(subtag) && first.bytes().all(|c| c.is_ascii_alphabetic())
}

/// `0`, or digits that begin with another; of any size.
fn cardinal(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

/// `charset "'" [language] "'" text` (RFC 5987, 3.2.1).
fn extended(text: &str) -> bool {
    let mut parts = text.splitn(3, '\'');
    let (Some(charset), Some(language), Some(value)) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let of_charset = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&+-^_`{}~".contains(&c);
    let language = language.is_empty() || language_tag(language);
    let charset = !charset.is_empty() && charset.bytes().all(of_charset);
    charset && language && encoded(value.as_bytes())
}

/// Characters of names, and percent signs with two hex digits.
fn encoded(mut bytes: &[u8]) -> bool {
    while let [first, rest @ ..] = bytes {
        bytes = match (first, rest) {
            (b'%', [high, low, rest @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            (c, rest) if is_name_character(*c) => rest,
            _ => return false,
        };
    }
    true
}

/// `attr-char` (RFC 5987, 3.2.1).
pub(super) fn is_name_character(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&c)
}

/// `ptokenchar`
pub(super) fn is_token_character(c: u8) -> bool {
    c.is_ascii_graphic() && !matches!(c, b'"' | b',' | b';' | b'\\')
}
