//! Which characters XML 1.0 allows where.

const TEXT: u8 = 1;
const VALUE: u8 = 2;
const NAME: u8 = 4;
const START: u8 = 8;

/// What each ASCII character is good for. The bytes of others are good for text and values, once
/// they are known to be characters.
const CLASSES: [u8; 256] = classes();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "done by the compiler"
)]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        let mut class = 0;
        if byte >= b' ' && !matches!(byte, b'<' | b'&' | b']') {
            class |= TEXT;
        }
        if byte >= b' ' && !matches!(byte, b'<' | b'&' | b'\'' | b'"') {
            class |= VALUE;
        }
        if byte.is_ascii_alphabetic() || byte == b'_' {
            class |= NAME | START;
        }
        if byte.is_ascii_digit() || matches!(byte, b'-' | b'.') {
            class |= NAME;
        }
        classes[byte as usize] = class;
        byte += 1;
    }
    while byte < 0xff {
        classes[byte as usize] = TEXT | VALUE;
        byte += 1;
    }
    classes
}

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|of| of & class != 0)
}

/// The bytes of a class at the front.
#[inline]
fn run(bytes: &[u8], class: u8) -> &[u8] {
    let end = bytes.iter().position(|byte| !is(*byte, class)).unwrap_or(bytes.len());
    bytes.get(..end).unwrap_or_default()
}

/// The characters at the front of `bytes`, as far as they are right.
#[inline]
fn characters(bytes: &[u8]) -> &str {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text,
        // What is wrong, or not all there, is looked at on its own.
        Err(error) => {
            let right = bytes.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(right).unwrap_or("")
        }
    };
    if text.is_ascii() {
        return text;
    }
    text.split(['\u{fffe}', '\u{ffff}']).next().unwrap_or("")
}

/// The plain text at the front: no markup, no `]`, no white space but blanks.
#[inline]
pub(super) fn text_run(bytes: &[u8]) -> &str {
    characters(run(bytes, TEXT))
}

/// The plain characters at the front of an attribute's value: no quotes, no white space but blanks.
#[inline]
pub(super) fn value_text(bytes: &[u8]) -> &str {
    characters(run(bytes, VALUE))
}

/// How many bytes at the front could be plain characters of a value.
#[inline]
pub(super) fn value_run(bytes: &[u8]) -> usize {
    run(bytes, VALUE).len()
}

/// The ASCII name characters at the front, colons left out.
#[inline]
pub(super) fn name_run(bytes: &[u8]) -> &str {
    // All of it is ASCII, so nothing is lost.
    core::str::from_utf8(run(bytes, NAME)).unwrap_or("")
}

/// [`is_name`] for ASCII.
#[inline]
pub(super) fn is_plain_name(byte: u8) -> bool {
    is(byte, NAME)
}

/// [`is_name_start`] for ASCII.
#[inline]
pub(super) fn is_plain_start(byte: u8) -> bool {
    is(byte, START)
}

/// The white space at the front, in bytes.
#[inline]
pub(super) fn space_run(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !is_space(char::from(*byte))).unwrap_or(bytes.len())
}

/// Production S.
#[inline]
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Production Char.
#[inline]
pub(super) const fn is_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Production NameStartChar without the colon.
#[inline]
pub(super) const fn is_name_start(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Production NameChar without the colon.
#[inline]
pub(super) const fn is_name(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}'
            | '\u{203f}'..='\u{2040}')
}
