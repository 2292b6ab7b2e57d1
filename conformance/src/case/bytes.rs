//! The notation of bytes in cases: hex with spaces, `'text'` for ASCII, and `<2: …>` or
//! `<v: …>` for what is inside with its length in front.
//!
//! `10 <v: <2: 'MQTT'> 05 02 003c 00 <2: 'a'>>` is a CONNECT. `${…}` is interpolated before.

use std::fmt;

/// Why a text is not bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesError {
    /// The offset in the text, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub text: String,
}

impl fmt::Display for BytesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at character {}", self.text, self.at + 1)
    }
}

impl std::error::Error for BytesError {}

/// The bytes that a text stands for.
///
/// # Errors
/// If the text is not in the notation, or a content is too long for its length field.
pub fn assemble(text: &str) -> Result<Vec<u8>, BytesError> {
    let mut outer: Vec<Frame> = Vec::new();
    let mut frame = Frame { at: 0, prefix: Prefix::None, content: Vec::new() };
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at) {
        match byte {
            b' ' | b'\n' | b'\t' => at += 1,
            b'\'' => at = quoted(text, at, &mut frame.content)?,
            b'<' => {
                let (prefix, next) = prefix(text, at)?;
                outer
                    .push(std::mem::replace(&mut frame, Frame { at, prefix, content: Vec::new() }));
                at = next;
            }
            b'>' => {
                let Some(parent) = outer.pop() else { return Err(error(at, "`>` without `<`")) };
                std::mem::replace(&mut frame, parent).close(&mut frame.content)?;
                at += 1;
            }
            _ => {
                frame.content.push(hex(text, at)?);
                at += 2;
            }
        }
    }
    match frame.prefix {
        Prefix::None => Ok(frame.content),
        _ => Err(error(frame.at, "`<` without `>`")),
    }
}

enum Prefix {
    None,
    Fixed(usize),
    Varint,
}

struct Frame {
    at: usize,
    prefix: Prefix,
    content: Vec<u8>,
}

impl Frame {
    fn close(self, out: &mut Vec<u8>) -> Result<(), BytesError> {
        let length = self.content.len();
        let too_long = || error(self.at, format!("{length} bytes do not fit this length"));
        match self.prefix {
            Prefix::None => {}
            Prefix::Fixed(size) => {
                let bytes = (length as u64).to_be_bytes();
                let (unused, used) = bytes.split_at(bytes.len() - size);
                if unused.iter().any(|byte| *byte != 0) {
                    return Err(too_long());
                }
                out.extend_from_slice(used);
            }
            Prefix::Varint if length > 268_435_455 => return Err(too_long()),
            Prefix::Varint => {
                let mut rest = length;
                while rest > 0x7f {
                    out.push((rest & 0x7f) as u8 | 0x80);
                    rest >>= 7;
                }
                out.push(rest as u8);
            }
        }
        out.extend(self.content);
        Ok(())
    }
}

/// `<2:` or `<v:` and where the content starts.
fn prefix(text: &str, at: usize) -> Result<(Prefix, usize), BytesError> {
    let rest = text.get(at + 1..).unwrap_or_default();
    let prefix = match rest.split_once(':') {
        Some(("1", _)) => Prefix::Fixed(1),
        Some(("2", _)) => Prefix::Fixed(2),
        Some(("3", _)) => Prefix::Fixed(3),
        Some(("4", _)) => Prefix::Fixed(4),
        Some(("v", _)) => Prefix::Varint,
        _ => return Err(error(at, "`<` is followed by `1:`, `2:`, `3:`, `4:` or `v:`")),
    };
    Ok((prefix, at + 3))
}

/// The text between two quotes and where the notation goes on.
fn quoted(text: &str, at: usize, out: &mut Vec<u8>) -> Result<usize, BytesError> {
    let rest = text.get(at + 1..).unwrap_or_default();
    let Some((inside, _)) = rest.split_once('\'') else {
        return Err(error(at, "a quote that does not end"));
    };
    if let Some(wrong) = inside.find(|c: char| !c.is_ascii()) {
        return Err(error(at + 1 + wrong, "quoted text is ASCII; write other characters in hex"));
    }
    out.extend_from_slice(inside.as_bytes());
    Ok(at + inside.len() + 2)
}

fn hex(text: &str, at: usize) -> Result<u8, BytesError> {
    let digit = |at: usize| {
        let byte = text.as_bytes().get(at).copied().map(char::from);
        byte.and_then(|c| c.to_digit(16))
    };
    match (digit(at), digit(at + 1)) {
        (Some(high), Some(low)) => Ok((high << 4 | low) as u8),
        (Some(_), None) => Err(error(at, "half a byte: hex digits come in pairs")),
        _ if text.get(at..).is_some_and(|rest| rest.starts_with("${")) => {
            Err(error(at, "`${…}` that was not filled in"))
        }
        _ => Err(error(at, "neither hex, `'text'` nor `<length: …>`")),
    }
}

fn error(at: usize, text: impl Into<String>) -> BytesError {
    BytesError { at, text: text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> (usize, String) {
        let error = assemble(text).expect_err(text);
        (error.at, error.text)
    }

    #[test]
    fn hex_text_and_lengths() {
        assert_eq!(assemble(""), Ok(vec![]));
        assert_eq!(assemble("10 00fF"), Ok(vec![0x10, 0x00, 0xff]));
        assert_eq!(assemble("'a b' 00"), Ok(b"a b\0".to_vec()));
        assert_eq!(assemble("<2: 'ab'> <1:> <3: 07>"), Ok(b"\0\x02ab\0\0\0\x01\x07".to_vec()));
        let connect = "10 <v: <2: 'MQTT'> 05 02 003c 00 <2: 'a'>>";
        assert_eq!(assemble(connect), Ok(b"\x10\x0e\0\x04MQTT\x05\x02\0\x3c\0\0\x01a".to_vec()));
    }

    #[test]
    fn a_variable_byte_integer_grows() {
        let long = "ab".repeat(128);
        let bytes = assemble(&format!("<v:{long}>")).expect("valid");
        assert_eq!(bytes[..3], [0x80, 0x01, 0xab]);
        assert_eq!(bytes.len(), 130);
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(problem("10 2"), (3, "half a byte: hex digits come in pairs".into()));
        assert_eq!(problem("10 xy").0, 3);
        assert_eq!(problem("00 'ab"), (3, "a quote that does not end".into()));
        assert_eq!(problem("00 'aß'").0, 5);
        assert_eq!(problem("00 ß").0, 3);
        assert_eq!(problem("<2: 00 <v: 00>"), (0, "`<` without `>`".into()));
        assert_eq!(problem("00>"), (2, "`>` without `<`".into()));
        assert_eq!(problem("<9: 00>").0, 0);
        assert_eq!(problem("00 ${x}"), (3, "`${…}` that was not filled in".into()));
        let long = format!("00 <1: {}>", "00".repeat(256));
        assert_eq!(problem(&long), (3, "256 bytes do not fit this length".into()));
    }
}
