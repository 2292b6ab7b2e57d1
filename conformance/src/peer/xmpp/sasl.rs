//! SASL: PLAIN and SCRAM-SHA-1 (RFC 6120 section 6, RFC 4616, RFC 5802).

use wirecheck_codecs::xmpp::sasl::{Data, Sasl, parse_plain};
use wirecheck_codecs::xmpp::scram::{self, ChannelBinding, ClientFirst, ErrorKind, Hash, Keys};
use wirecheck_codecs::xmpp::{Element, SaslCondition};

use super::server::{LinkId, Scram, Server};

/// How often a client may try.
const MOST_FAILURES: u32 = 5;
/// How often the password is hashed; RFC 5802 asks for so many at least.
const ITERATIONS: u32 = 4096;

/// What is derived from a password once.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    salt: String,
    keys: Keys,
}

impl Server {
    /// Handles an element of SASL; true if the stream starts over behind it.
    pub(super) fn sasl(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        if self.requires_tls(id) && !self.faulty("requires-tls-in-vain") {
            return self.refuse(id, "encryption-required");
        }
        if self.faulty("spaces-during-sasl") {
            self.send(id, " ");
        }
        match Sasl::of(element) {
            Some(Sasl::Auth { mechanism, data }) => {
                let begun = self.links.get_mut(&id).and_then(|link| link.scram.take()).is_some();
                if begun && self.faulty("refuses-second-auth") {
                    return self.refuse(id, "malformed-request");
                }
                match mechanism.as_str() {
                    "PLAIN" if self.faulty("no-initial-response") && data != Data::Absent => {
                        self.refuse(id, "malformed-request")
                    }
                    "PLAIN" if !self.varies("scram-only") => self.plain(id, &data),
                    "SCRAM-SHA-1" => self.scram_first(id, &data, false),
                    "SCRAM-SHA-1-PLUS" if self.exported(id).is_some() => {
                        self.scram_first(id, &data, true)
                    }
                    _ if self.faulty("silent-on-unknown-mechanisms") => false,
                    _ => self.refuse(id, "invalid-mechanism"),
                }
            }
            Some(Sasl::Response(data)) => {
                let asked = self.links.get_mut(&id).map(|link| std::mem::take(&mut link.asked));
                match asked {
                    Some(true) => self.plain(id, &data),
                    _ => self.scram_final(id, &data),
                }
            }
            Some(Sasl::Abort) => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.scram = None;
                }
                if self.faulty("ignores-abort") {
                    return false;
                }
                let other = self.faulty("abort-other-condition");
                self.refuse(id, if other { "not-authorized" } else { "aborted" })
            }
            _ => self.refuse(id, "malformed-request"),
        }
    }

    fn plain(&mut self, id: LinkId, data: &Data) -> bool {
        let bytes = match data {
            // The initial response comes behind an empty challenge (6.3.10).
            Data::Absent if !self.faulty("needs-initial-response") => {
                if let Some(link) = self.links.get_mut(&id) {
                    link.asked = true;
                }
                self.send(id, Sasl::Challenge(Data::Bytes(Vec::new())).to_xml());
                return false;
            }
            Data::Absent => return self.refuse(id, "malformed-request"),
            Data::Bytes(bytes) => bytes.clone(),
            Data::Wrong(text) if self.faulty("takes-any-base64") => lenient(text),
            Data::Wrong(_) => return self.refuse(id, "incorrect-encoding"),
        };
        let Some((authzid, user, password)) = parse_plain(&bytes) else {
            return self.refuse(id, "malformed-request");
        };
        let user = prepared(user);
        let right = self.options.accounts.get(&user).is_some_and(|known| known == password);
        if !right {
            return self.refuse(id, "not-authorized");
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.plain = true;
        }
        let data = match self.faulty("padding-bits-in-sasl") {
            true => Data::Wrong("AB==".to_owned()),
            false => Data::Absent,
        };
        self.authorize(id, &user, authzid, data)
    }

    fn scram_first(&mut self, id: LinkId, data: &Data, plus: bool) -> bool {
        let bytes = match data {
            Data::Bytes(bytes) => bytes,
            Data::Wrong(text) if self.faulty("takes-any-base64") => &lenient(text),
            Data::Wrong(_) => return self.refuse(id, "incorrect-encoding"),
            Data::Absent => return self.refuse(id, "malformed-request"),
        };
        let bytes = match std::str::from_utf8(bytes) {
            // An extension that must be understood (RFC 5802, 5.1).
            Ok(text) if self.faulty("takes-scram-extensions") => {
                text.replacen("m=wirecheck,", "", 1).into_bytes()
            }
            _ => bytes.clone(),
        };
        let lenient = self.lenient(&bytes);
        let Ok(mut first) = ClientFirst::parse(lenient.as_deref().unwrap_or(&bytes)) else {
            return self.refuse(id, "malformed-request");
        };
        if lenient.is_some()
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            // The hashes are over what came.
            first.bare = text.split_once(",,").map_or(first.bare, |(_, bare)| bare);
        }
        let extended = first.bare.split(',').count() > 2;
        if extended && self.faulty("refuses-scram-extensions") {
            return self.refuse(id, "malformed-request");
        }
        first.username = prepared(&first.username);
        let hashed = prepared(first.bare);
        if self.faulty("hashes-prepared-names") {
            first.bare = &hashed;
        }
        let bound = matches!(first.channel_binding, ChannelBinding::Required(_));
        let known = first.channel_binding == ChannelBinding::Required("tls-exporter");
        if (bound != plus || plus && !known) && !self.faulty("takes-any-channel-binding") {
            // Only the one mechanism binds a channel, and only by this type.
            return self.refuse(id, "malformed-request");
        }
        let exported = self.exported(id);
        let unused = first.channel_binding == ChannelBinding::Unused;
        if unused && exported.is_some() && !self.faulty("takes-unused-channel-binding") {
            // Somebody has taken our offer away (RFC 5802, 6).
            return self.refuse(id, "not-authorized");
        }
        let binding = exported.filter(|_| plus).unwrap_or_default();
        let Some(password) = self.options.accounts.get(&first.username).cloned() else {
            return self.refuse(id, "not-authorized");
        };
        let (salt, nonce) = (self.fresh(), self.fresh());
        let nonce = if self.faulty("repeats-scram-nonce") { "same".to_owned() } else { nonce };
        let iterations = if self.faulty("few-iterations") { 1_000 } else { ITERATIONS };
        let stored = self.stored.entry(first.username.clone()).or_insert_with(|| {
            let keys = Keys::derive(Hash::Sha1, &password, salt.as_bytes(), iterations);
            Stored { salt, keys }
        });
        let (salt, keys) = (stored.salt.as_bytes(), stored.keys.clone());
        let server = scram::Server::new(&first, &nonce, salt, iterations, keys);
        let shown = match self.faulty("scram-nonce-of-its-own") {
            true => server.first().replacen("r=", "r=x", 1),
            false => server.first().to_owned(),
        };
        let is_first = self.options.accounts.keys().next() == Some(&first.username);
        let shown = match self.faulty("no-iteration-count") && !is_first {
            true => shown.rsplit_once(",i=").map(|(shown, _)| shown.to_owned()).unwrap_or(shown),
            false => shown,
        };
        let challenge = Sasl::Challenge(Data::Bytes(shown.into_bytes()));
        if let Some(link) = self.links.get_mut(&id) {
            let (user, authzid) = (first.username.clone(), first.authzid.clone());
            link.scram = Some(Scram { user, authzid, server, binding });
        }
        self.send(id, challenge.to_xml());
        false
    }

    fn scram_final(&mut self, id: LinkId, data: &Data) -> bool {
        let begun = self.links.get_mut(&id).and_then(|link| link.scram.take());
        let (Some(begun), Data::Bytes(bytes)) = (begun, data) else {
            return self.refuse(id, "malformed-request");
        };
        let authzid = begun.authzid.clone().unwrap_or_default();
        match begun.server.verify(bytes, &begun.binding) {
            Ok(step) => {
                let message = match self.faulty("wrong-server-signature") {
                    true => "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
                    false => step.message,
                };
                let data = Data::Bytes(message.into_bytes());
                self.authorize(id, &begun.user, &authzid, data)
            }
            Err(error) => {
                let fault = match error.kind {
                    ErrorKind::WrongNonce => "takes-any-nonce",
                    ErrorKind::WrongChannelBinding => "takes-any-channel-binding",
                    ErrorKind::WrongProof if self.faulty("takes-any-proof") => "takes-any-proof",
                    ErrorKind::WrongProof => "takes-scram-extensions",
                    _ => "",
                };
                if !fault.is_empty() && self.faulty(fault) {
                    return self.authorize(id, &begun.user, &authzid, Data::Absent);
                }
                if self.faulty("verifier-after-failure") {
                    let verifier = b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_vec();
                    self.send(id, Sasl::Challenge(Data::Bytes(verifier)).to_xml());
                    return false;
                }
                self.refuse(id, "not-authorized")
            }
        }
    }

    /// What a fault makes of the first message of SCRAM before it is read.
    fn lenient(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.faulty("drops-bad-bytes-of-names") {
            let text = String::from_utf8_lossy(bytes);
            return Some(text.replace(char::REPLACEMENT_CHARACTER, "").into_bytes());
        }
        let text = std::str::from_utf8(bytes).ok().filter(|_| self.faulty("takes-any-escape"))?;
        let (before, escape) = text.split_once("n==")?;
        let (digits, behind) = escape.split_at_checked(2)?;
        let byte = u8::from_str_radix(digits, 16).ok()?;
        Some(format!("{before}n={}{behind}", char::from(byte)).into_bytes())
    }

    /// Lets a user in under the identity that it asks for, which must be its own (6.3.8).
    fn authorize(&mut self, id: LinkId, user: &str, authzid: &str, data: Data) -> bool {
        let Some(link) = self.links.get_mut(&id) else { return false };
        let own = format!("{user}@{}", link.host);
        let mut granted = user.to_owned();
        if !authzid.is_empty() && authzid != own {
            if self.faulty("grants-any-authzid") {
                granted = authzid.split('@').next().unwrap_or_default().to_owned();
            } else if !self.faulty("ignores-authzid") {
                return self.refuse(id, "invalid-authzid");
            }
        }
        if let Some(link) = self.links.get_mut(&id) {
            link.user = Some(granted);
            link.named = !authzid.is_empty();
            link.stage = super::server::Stage::Header;
        }
        self.send(id, Sasl::Success(data).to_xml());
        true
    }

    fn refuse(&mut self, id: LinkId, condition: &str) -> bool {
        let unnamed = self.faulty("failure-without-condition");
        let condition = SaslCondition::from_name(condition).filter(|_| !unnamed);
        self.send(id, Sasl::Failure { condition, text: None }.to_xml());
        let most = match self.options.fault.as_deref() {
            Some("one-try") => 0,
            Some("two-tries") => 1,
            _ => MOST_FAILURES,
        };
        let Some(link) = self.links.get_mut(&id) else { return false };
        link.failures += 1;
        if link.failures > most && !self.faulty("endless-retries") {
            // A word about policy would excuse it.
            let silent = ["closes-silently-after-retries", "one-try", "two-tries"];
            if silent.iter().any(|fault| self.faulty(fault)) {
                self.shut(id);
            } else {
                self.fail_stream(id, "policy-violation", "");
            }
        }
        false
    }
}

/// A user name as it is looked up: the soft hyphen is mapped to nothing (SASLprep, RFC 4013).
fn prepared(name: &str) -> String {
    name.replace('\u{ad}', "")
}

/// What somebody makes of wrong base64 who looks at nothing but the characters that belong there.
fn lenient(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for value in text.chars().filter_map(|c| ALPHABET.find(c)) {
        bits = bits << 6 | u32::try_from(value).unwrap_or_default();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    bytes
}
