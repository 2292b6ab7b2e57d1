//! SASL: PLAIN and SCRAM-SHA-1 (RFC 6120 section 6, RFC 4616, RFC 5802).

use wirecheck_codecs::xmpp::sasl::{Data, Sasl, parse_plain};
use wirecheck_codecs::xmpp::scram::{self, ClientFirst, Hash, Keys};
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
        match Sasl::of(element) {
            Some(Sasl::Auth { mechanism, data }) => match mechanism.as_str() {
                "PLAIN" if !self.varies("scram-only") => self.plain(id, &data),
                "SCRAM-SHA-1" => self.scram_first(id, &data),
                _ => self.refuse(id, "invalid-mechanism"),
            },
            Some(Sasl::Response(data)) => self.scram_final(id, &data),
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
        let Data::Bytes(bytes) = data else { return self.refuse(id, "incorrect-encoding") };
        let Some((authzid, user, password)) = parse_plain(bytes) else {
            return self.refuse(id, "malformed-request");
        };
        let right = self.options.accounts.get(user).is_some_and(|known| known == password);
        if !right {
            return self.refuse(id, "not-authorized");
        }
        self.authorize(id, user, authzid, Data::Absent)
    }

    fn scram_first(&mut self, id: LinkId, data: &Data) -> bool {
        let Data::Bytes(bytes) = data else { return self.refuse(id, "malformed-request") };
        let Ok(first) = ClientFirst::parse(bytes) else {
            return self.refuse(id, "malformed-request");
        };
        let Some(password) = self.options.accounts.get(&first.username).cloned() else {
            return self.refuse(id, "not-authorized");
        };
        let (salt, nonce) = (self.fresh(), self.fresh());
        let stored = self.stored.entry(first.username.clone()).or_insert_with(|| {
            let keys = Keys::derive(Hash::Sha1, &password, salt.as_bytes(), ITERATIONS);
            Stored { salt, keys }
        });
        let (salt, keys) = (stored.salt.as_bytes(), stored.keys.clone());
        let server = scram::Server::new(&first, &nonce, salt, ITERATIONS, keys);
        let challenge = Sasl::Challenge(Data::Bytes(server.first().as_bytes().to_vec()));
        if let Some(link) = self.links.get_mut(&id) {
            link.scram = Some(Scram { user: first.username.clone(), server });
        }
        self.send(id, challenge.to_xml());
        false
    }

    fn scram_final(&mut self, id: LinkId, data: &Data) -> bool {
        let begun = self.links.get_mut(&id).and_then(|link| link.scram.take());
        let (Some(begun), Data::Bytes(bytes)) = (begun, data) else {
            return self.refuse(id, "malformed-request");
        };
        match begun.server.verify(bytes, b"") {
            Ok(step) => {
                let data = Data::Bytes(step.message.into_bytes());
                self.authorize(id, &begun.user, "", data)
            }
            Err(_) => self.refuse(id, "not-authorized"),
        }
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
            link.stage = super::server::Stage::Header;
        }
        self.send(id, Sasl::Success(data).to_xml());
        true
    }

    fn refuse(&mut self, id: LinkId, condition: &str) -> bool {
        let unnamed = self.faulty("failure-without-condition");
        let condition = SaslCondition::from_name(condition).filter(|_| !unnamed);
        self.send(id, Sasl::Failure { condition, text: None }.to_xml());
        let Some(link) = self.links.get_mut(&id) else { return false };
        link.failures += 1;
        if link.failures > MOST_FAILURES && !self.faulty("endless-retries") {
            self.fail_stream(id, "policy-violation", "");
        }
        false
    }
}
