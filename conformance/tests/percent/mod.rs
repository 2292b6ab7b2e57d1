//! Texts in addresses.

/// A text in which `%20` stands for a space.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap() as u8;
        bytes.push(if byte == b'%' { 16 * digit() + digit() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}
