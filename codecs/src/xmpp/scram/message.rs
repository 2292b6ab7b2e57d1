//! The four messages (RFC 5802 section 7).

use alloc::string::String;
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Error, ErrorKind};

/// The flag at the front of the GS2 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelBinding<'a> {
    /// `n`: the client does not support it.
    Unsupported,
    /// `y`: the client supports it and thinks that the server does not.
    Unused,
    /// `p`: of this type.
    Required(&'a str),
}

/// `client-first-message`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFirst<'a> {
    /// The flag.
    pub channel_binding: ChannelBinding<'a>,
    /// The authorization identity, escapes undone.
    pub authzid: Option<String>,
    /// The user name, escapes undone.
    pub username: String,
    /// The client's nonce.
    pub nonce: &'a str,
    /// The GS2 header as written.
    pub gs2_header: &'a str,
    /// What is behind the GS2 header.
    pub bare: &'a str,
}

impl<'a> ClientFirst<'a> {
    /// Reads the message.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let mut parts = Parts::new(message)?;
        let flag = parts.next("gs2_header")?;
        let channel_binding = match flag {
            "n" => ChannelBinding::Unsupported,
            "y" => ChannelBinding::Unused,
            _ => {
                let name = flag.strip_prefix("p=").unwrap_or("");
                let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
                if name.is_empty() || !name.chars().all(fits) {
                    return Err(ErrorKind::WrongFlag.at(0, "gs2_header"));
                }
                ChannelBinding::Required(name)
            }
        };
        let authzid = match parts.next("authzid")? {
            "" => None,
            part => Some(parts.name(part, "a=", "authzid")?),
        };
        let (gs2_header, bare) = parts.split_here();
        let part = parts.next("username")?;
        let username = parts.name(part, "n=", "username")?;
        let nonce = parts.printable("r=", "nonce")?;
        parts.extensions()?;
        Ok(Self { channel_binding, authzid, username, nonce, gs2_header, bare })
    }
}

/// `server-first-message`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFirst<'a> {
    /// The nonce of both.
    pub nonce: &'a str,
    /// The salt.
    pub salt: Vec<u8>,
    /// How often the hash function is applied.
    pub iterations: u32,
}

impl<'a> ServerFirst<'a> {
    /// Reads the message.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let mut parts = Parts::new(message)?;
        let nonce = parts.printable("r=", "nonce")?;
        let salt = parts.base64("s=", "salt")?;
        let count = parts.value("i=", "iteration_count")?;
        let digits = count.chars().all(|c| c.is_ascii_digit()) && !count.starts_with('0');
        let iterations = count.parse().ok().filter(|_| digits);
        let wrong = ErrorKind::InvalidIterations.at(parts.at, "iteration_count");
        let iterations = iterations.ok_or(wrong)?;
        parts.extensions()?;
        Ok(Self { nonce, salt, iterations })
    }
}

/// `client-final-message`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientFinal<'a> {
    /// The GS2 header and the data of the channel.
    pub channel_binding: Vec<u8>,
    /// The nonce of both.
    pub nonce: &'a str,
    /// ClientProof.
    pub proof: Vec<u8>,
    /// What is before the proof.
    pub without_proof: &'a str,
}

impl<'a> ClientFinal<'a> {
    /// Reads the message.
    pub fn parse(message: &'a [u8]) -> Result<Self, Error> {
        let mut parts = Parts::new(message)?;
        let channel_binding = parts.base64("c=", "channel_binding")?;
        let nonce = parts.printable("r=", "nonce")?;
        let without_proof = parts.all.rfind(",p=").and_then(|end| parts.all.get(..end));
        let Some(without_proof) = without_proof.filter(|of| of.len() >= parts.read()) else {
            return Err(ErrorKind::MissingAttribute.at(message.len(), "proof"));
        };
        while parts.read() < without_proof.len() {
            parts.extension()?;
        }
        let proof = parts.base64("p=", "proof")?;
        if parts.rest.is_some() {
            return Err(ErrorKind::InvalidCharacter.at(parts.read(), "proof"));
        }
        Ok(Self { channel_binding, nonce, proof, without_proof })
    }
}

/// `server-final-message`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerFinal {
    /// ServerSignature.
    Verifier(Vec<u8>),
    /// Why authentication failed.
    Error(ServerError),
}

impl ServerFinal {
    /// Reads the message.
    pub fn parse(message: &[u8]) -> Result<Self, Error> {
        let mut parts = Parts::new(message)?;
        let read = if parts.all.starts_with("e=") {
            Self::Error(ServerError(parts.value("e=", "server_error")?.into()))
        } else {
            Self::Verifier(parts.base64("v=", "verifier")?)
        };
        parts.extensions()?;
        Ok(read)
    }
}

/// The value of `e`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError(pub String);

impl ServerError {
    /// The values that RFC 5802 defines.
    pub const DEFINED: &'static [&'static str] = &[
        "invalid-encoding",
        "extensions-not-supported",
        "invalid-proof",
        "channel-bindings-dont-match",
        "server-does-support-channel-binding",
        "channel-binding-not-supported",
        "unsupported-channel-binding-type",
        "unknown-user",
        "invalid-username-encoding",
        "no-resources",
        "other-error",
    ];

    /// The value, or `other-error` for one that is not defined.
    pub fn meaning(&self) -> &str {
        let known = Self::DEFINED.iter().find(|of| **of == self.0);
        known.copied().unwrap_or("other-error")
    }
}

/// A name with `=` and `,` escaped.
pub fn escape_name(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// The comma-separated parts of a message.
struct Parts<'a> {
    all: &'a str,
    rest: Option<&'a str>,
    /// Where the value read last starts.
    at: usize,
}

impl<'a> Parts<'a> {
    fn new(message: &'a [u8]) -> Result<Self, Error> {
        let all = core::str::from_utf8(message)
            .map_err(|error| ErrorKind::InvalidUtf8.at(error.valid_up_to(), "message"))?;
        if let Some(at) = all.find('\0') {
            return Err(ErrorKind::InvalidCharacter.at(at, "message"));
        }
        Ok(Self { all, rest: Some(all), at: 0 })
    }

    /// How many bytes are read, without the comma behind them.
    fn read(&self) -> usize {
        self.rest
            .map_or(self.all.len(), |rest| self.all.len().wrapping_sub(rest.len()).wrapping_sub(1))
    }

    fn next(&mut self, field: &'static str) -> Result<&'a str, Error> {
        let rest = self.rest.ok_or(ErrorKind::MissingAttribute.at(self.all.len(), field))?;
        self.at = self.all.len().wrapping_sub(rest.len());
        let (part, after) = match rest.split_once(',') {
            Some((part, after)) => (part, Some(after)),
            None => (rest, None),
        };
        self.rest = after;
        Ok(part)
    }

    /// What was read with its last comma, and what was not.
    fn split_here(&self) -> (&'a str, &'a str) {
        let rest = self.rest.unwrap_or("");
        self.all.split_at_checked(self.all.len().wrapping_sub(rest.len())).unwrap_or((self.all, ""))
    }

    fn value(&mut self, letter: &str, field: &'static str) -> Result<&'a str, Error> {
        let part = self.next(field)?;
        self.strip(part, letter, field)
    }

    fn strip(
        &mut self,
        part: &'a str,
        letter: &str,
        field: &'static str,
    ) -> Result<&'a str, Error> {
        let kind = match part.strip_prefix(letter) {
            Some(value) if !value.is_empty() => {
                self.at = self.at.wrapping_add(letter.len());
                return Ok(value);
            }
            Some(_) => ErrorKind::EmptyValue,
            None if part.starts_with("m=") => ErrorKind::MandatoryExtension,
            None => ErrorKind::MissingAttribute,
        };
        Err(kind.at(self.at, field))
    }

    fn name(&mut self, part: &'a str, letter: &str, field: &'static str) -> Result<String, Error> {
        let mut rest = self.strip(part, letter, field)?;
        let mut name = String::new();
        while let Some((plain, escape)) = rest.split_once('=') {
            name.push_str(plain);
            let (c, after) = match (escape.strip_prefix("2C"), escape.strip_prefix("3D")) {
                (Some(after), _) => (',', after),
                (_, Some(after)) => ('=', after),
                _ => {
                    let before = part.len().wrapping_sub(escape.len()).wrapping_sub(1);
                    let start = self.at.wrapping_sub(letter.len());
                    return Err(ErrorKind::InvalidEscape.at(start.wrapping_add(before), field));
                }
            };
            name.push(c);
            rest = after;
        }
        name.push_str(rest);
        Ok(name)
    }

    fn printable(&mut self, letter: &str, field: &'static str) -> Result<&'a str, Error> {
        let value = self.value(letter, field)?;
        match value.find(|c: char| !c.is_ascii_graphic()) {
            None => Ok(value),
            Some(at) => Err(ErrorKind::InvalidCharacter.at(self.at.wrapping_add(at), field)),
        }
    }

    fn base64(&mut self, letter: &str, field: &'static str) -> Result<Vec<u8>, Error> {
        let value = self.value(letter, field)?;
        STANDARD.decode(value).map_err(|_| ErrorKind::InvalidBase64.at(self.at, field))
    }

    /// One optional extension; its value is not looked at.
    fn extension(&mut self) -> Result<(), Error> {
        let part = self.next("extension")?;
        let kind = match part.as_bytes() {
            [b'm', b'=', ..] => ErrorKind::MandatoryExtension,
            [letter, b'=', _, ..] if letter.is_ascii_alphabetic() => return Ok(()),
            [letter, b'='] if letter.is_ascii_alphabetic() => ErrorKind::EmptyValue,
            _ => ErrorKind::InvalidCharacter,
        };
        Err(kind.at(self.at, "extension"))
    }

    fn extensions(&mut self) -> Result<(), Error> {
        while self.rest.is_some() {
            self.extension()?;
        }
        Ok(())
    }
}
