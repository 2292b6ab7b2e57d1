//! Secrets, and how they are kept out of everything that is printed or written.
//!
//! Redaction is by value and happens in one place, before anything is rendered: each occurrence of
//! a secret is overwritten with `*` of the same length, as text, in hex and in base64.

use wirecheck_codecs::json::to_hex;

use crate::result::RunResult;
use crate::verdict::CheckResult;

/// After how many characters a log cuts a string; the head must not be seen either.
const HEAD: usize = 60;

/// The secrets of a run, each with the variable it came from.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    texts: Vec<String>,
    hex: Vec<String>,
    octal: Vec<(String, Option<String>)>,
}

impl Secrets {
    /// Adds a secret that came from the environment variable `variable`.
    pub fn add(&mut self, secret: &str, variable: &str) {
        if secret.is_empty() {
            return;
        }
        let head: String = secret.chars().take(HEAD).collect();
        let quoted = format!("{secret:?}");
        let quoted = quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned();
        let hex = to_hex(secret.as_bytes());
        let hex_head = hex.get(..HEAD).unwrap_or(&hex).to_owned();
        self.texts.extend([secret.to_owned(), quoted, base64(secret.as_bytes()), hex.clone()]);
        self.texts.extend([head, hex_head]);
        self.hex.push(hex);
        // Plain sh cannot put a value with these into the format of printf.
        let plain = !secret.contains(['%', '\\']);
        self.octal.push((octal(secret), plain.then(|| variable.to_owned())));
        // The longest first: a short secret may be part of a long one.
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.texts.dedup();
        self.hex.sort_by_key(|text| std::cmp::Reverse(text.len()));
    }

    /// Adds the secrets of another target.
    pub fn extend(&mut self, other: &Self) {
        self.texts.extend(other.texts.iter().cloned());
        self.texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.texts.dedup();
        self.hex.extend(other.hex.iter().cloned());
        self.hex.sort_by_key(|text| std::cmp::Reverse(text.len()));
        self.octal.extend(other.octal.iter().cloned());
    }

    /// A text without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.texts.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.as_str()) {
                text.replace(secret.as_str(), &"*".repeat(secret.chars().count()))
            } else {
                text
            }
        })
    }

    /// Takes the secrets out of a check.
    pub fn check(&self, check: &mut CheckResult) {
        if self.texts.is_empty() {
            return;
        }
        for text in [&mut check.outcome, &mut check.expected, &mut check.observed] {
            *text = self.text(text);
        }
        check.reason = check.reason.as_deref().map(|text| self.text(text));
        check.by_hand = check.by_hand.take().and_then(|command| self.command(command));
        for entry in check.log.iter_mut().flatten() {
            entry.text = entry.text.as_deref().map(|text| self.text(text));
            entry.hex = entry.hex.as_deref().map(|hex| self.bytes(hex));
            if let Some(mark) = &mut entry.mark {
                mark.text = self.text(&mark.text);
            }
        }
    }

    /// Takes the secrets out of a whole result.
    pub fn result(&self, result: &mut RunResult) {
        for check in &mut result.checks {
            self.check(check);
        }
        for capability in &mut result.capabilities {
            capability.evidence = self.text(&capability.evidence);
        }
    }

    /// Hex digits in which no secret stands at a whole byte.
    fn bytes(&self, hex: &str) -> String {
        let mut hex = hex.to_owned();
        for secret in &self.hex {
            let mut from = 0;
            while let Some(at) = hex.get(from..).and_then(|rest| rest.find(secret.as_str())) {
                let at = from + at;
                if at % 2 == 0 {
                    let stars = "2a".repeat(secret.len() / 2);
                    hex.replace_range(at..at + secret.len(), &stars);
                    from = at + secret.len();
                } else {
                    from = at + 1;
                }
            }
        }
        hex
    }

    /// A shell command that takes the secret from its variable, or none where that cannot be.
    fn command(&self, command: String) -> Option<String> {
        self.octal.iter().try_fold(command, |command, (octal, variable)| {
            if !command.contains(octal.as_str()) {
                return Some(command);
            }
            let variable = variable.as_ref()?;
            Some(command.replace(octal.as_str(), &format!("'\"${variable}\"'")))
        })
    }
}

/// The text as the commands for people write it: letters, and octal escapes for the rest.
fn octal(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    };
    text.bytes().map(escape).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn base64_of_all_lengths() {
        for (text, wanted) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }

    #[test]
    fn no_form_of_a_secret_is_left_in_a_result() {
        let mut secrets = Secrets::default();
        secrets.add("s3cret\"x", "WIRECHECK_PASSWORD");
        let hex = to_hex(b"s3cret\"x");
        let mut result = sample();
        let check = result.checks.iter_mut().find(|check| check.log.is_some()).expect("a log");
        check.observed = "saw s3cret\"x and czNjcmV0Ing=".to_owned();
        check.by_hand = Some("printf '\\020s\\063cret\\042x\\000' | nc".to_owned());
        let entry = check.log.as_mut().and_then(|log| log.first_mut()).expect("an entry");
        entry.hex = Some(format!("0008{hex}00"));
        entry.text = Some("CONNECT password=\"s3cret\\\"x\"".to_owned());
        secrets.result(&mut result);
        let check = result.checks.iter().find(|check| check.log.is_some()).expect("a log");
        assert_eq!(check.observed, "saw ******** and ************");
        let wanted = "printf '\\020'\"$WIRECHECK_PASSWORD\"'\\000' | nc";
        assert_eq!(check.by_hand.as_deref(), Some(wanted));
        let entry = check.log.as_ref().and_then(|log| log.first()).expect("an entry");
        assert_eq!(entry.hex.as_deref(), Some("00082a2a2a2a2a2a2a2a00"));
        assert_eq!(entry.text.as_deref(), Some("CONNECT password=\"*********\""));
    }
}
