//! Values of options.

use crate::case::Protocol;
use crate::catalogue::Level;
use crate::driver;

/// The protocols that have a driver.
pub(super) fn runnable() -> Vec<Protocol> {
    driver::TABLE.iter().map(|(protocol, _)| *protocol).collect()
}

/// `2x`, `1.5x`, `2`: a factor, in percent.
pub(super) fn patience(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('x').unwrap_or(text);
    let factor: f64 = number.parse().map_err(|_| format!("`{text}` is not a factor like 2x"))?;
    if (0.1..=1000.0).contains(&factor) {
        Ok((factor * 100.0).round() as u32)
    } else {
        Err("the factor is from 0.1x to 1000x".to_owned())
    }
}

/// A factor in percent as people write it.
pub(super) fn factor(percent: u32) -> String {
    let text = format!("{}.{:02}", percent / 100, percent % 100);
    format!("{}x", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `2/8`: the second of eight parts.
pub(super) fn shard(text: &str) -> Result<(usize, usize), String> {
    let (part, of) = text.split_once('/').ok_or("write it as 2/8: the second of eight parts")?;
    let number = |text: &str| text.parse::<usize>().map_err(|_| format!("`{text}` is no number"));
    match (number(part)?, number(of)?) {
        (part, of) if (1..=of).contains(&part) => Ok((part, of)),
        (_, of) => Err(format!("the part is from 1 to {of}")),
    }
}

/// A protocol that can be run.
pub(super) fn protocol(text: &str) -> Result<Protocol, String> {
    let known: Vec<_> = runnable().into_iter().map(Protocol::as_str).collect();
    runnable().into_iter().find(|protocol| protocol.as_str() == text).ok_or_else(|| {
        match Protocol::from_name(text) {
            Some(_) => {
                format!("{text} has cases but no driver yet; it can be {}", known.join(", "))
            }
            None => format!("it can be {}", known.join(", ")),
        }
    })
}

/// The weakest level that is wanted.
pub(super) fn level(text: &str) -> Result<Level, String> {
    match text.to_ascii_lowercase().as_str() {
        "must" => Ok(Level::Must),
        "should" => Ok(Level::Should),
        "may" => Ok(Level::May),
        _ => Err("it can be must, should, may".to_owned()),
    }
}

/// Six characters that tell the names of a run from those of others.
pub(super) fn nonce(text: &str) -> Result<String, String> {
    let fits =
        text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    fits.then(|| text.to_owned()).ok_or_else(|| "six characters of 0-9 and a-z".to_owned())
}

/// A fresh nonce.
pub(super) fn fresh_nonce() -> String {
    std::iter::repeat_with(|| fastrand::digit(36)).take(6).collect()
}

/// A word of a shell command, quoted where it must be.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The words of a command that is made of [`shell_word`]s; nothing if a quote is left open.
pub(super) fn shell_words(command: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut chars) = (Vec::new(), None::<String>, command.chars());
    while let Some(c) = chars.next() {
        match c {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values() {
        assert_eq!(patience("2x"), Ok(200));
        assert_eq!(patience("1.5"), Ok(150));
        assert!(patience("0x").is_err() && patience("fast").is_err());
        assert_eq!([factor(100), factor(250), factor(1000)], ["1x", "2.5x", "10x"]);
        assert_eq!(shard("2/8"), Ok((2, 8)));
        assert!(shard("0/8").is_err() && shard("9/8").is_err() && shard("8").is_err());
        assert_eq!(protocol("mqtt-5.0"), Ok(Protocol::Mqtt50));
        assert!(protocol("xmpp-ws").is_err_and(|why| why.contains("no driver yet")));
        assert_eq!(nonce(&fresh_nonce()).map(|nonce| nonce.len()), Ok(6));
        assert!(nonce("ABC").is_err());
        assert_eq!(shell_word("mqtt://h:1?v=5.0"), "'mqtt://h:1?v=5.0'");
        assert_eq!(shell_word("it's"), "'it'\\''s'");
        assert_eq!(shell_words("a 'b").or(shell_words("a \\")), None);
    }

    proptest! {
        #[test]
        fn words_of_a_shell_are_read_back(words in proptest::collection::vec(".*", 0..5)) {
            let command: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
            prop_assert_eq!(shell_words(&command.join(" ")), Some(words));
        }
    }
}
