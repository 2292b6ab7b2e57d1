//! The value of a parameter: none, a token, or a quoted string.

/// The value of a parameter as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    /// The parameter is a name alone.
    None,
    /// Characters without quotes.
    Token(&'a str),
    /// What stands between quotes, with its backslashes.
    Quoted(&'a str),
}

impl<'a> Value<'a> {
    /// What the value says: in quotes a backslash stands for the character behind it.
    #[inline]
    pub fn characters(&self) -> Unescaped<'a> {
        match *self {
            Self::None => Unescaped { text: "", quoted: false },
            Self::Token(text) => Unescaped { text, quoted: false },
            Self::Quoted(text) => Unescaped { text, quoted: true },
        }
    }

    /// The value, where no character of it stands behind a backslash.
    pub fn plain(&self) -> Option<&'a str> {
        match *self {
            Self::None => None,
            Self::Quoted(text) if text.contains('\\') => None,
            Self::Token(text) | Self::Quoted(text) => Some(text),
        }
    }

    /// The parts of a value that holds several with spaces between them, as that of `rt`.
    pub fn parts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = match *self {
            Self::None => "",
            Self::Token(text) | Self::Quoted(text) => text,
        };
        text.split(' ').filter(|part| !part.is_empty())
    }

    /// Whether the value says `text` (RFC 6690, 3: values are compared as strings).
    pub fn is(&self, text: &str) -> bool {
        self.characters().eq(text.chars())
    }
}

/// The characters of a [`Value`].
#[derive(Clone, Debug)]
pub struct Unescaped<'a> {
    text: &'a str,
    quoted: bool,
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    #[inline]
    fn next(&mut self) -> Option<char> {
        let mut chars = self.text.chars();
        let mut found = chars.next()?;
        if self.quoted && found == '\\' {
            found = chars.next()?;
        }
        self.text = chars.as_str();
        Some(found)
    }
}
