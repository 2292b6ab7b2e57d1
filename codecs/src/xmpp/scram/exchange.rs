//! The exchange from either side. What was sent is kept as it was, so a test can tamper with any
//! message and go on.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{ChannelBinding, ClientFinal, ClientFirst, Error, ErrorKind};
use super::{Hash, Keys, ServerFinal, ServerFirst, escape_name};

/// What is computed once both first messages are known.
#[derive(Clone, Debug)]
pub struct Step {
    /// The message to send.
    pub message: String,
    /// What proof and signature are computed over.
    pub auth_message: String,
    /// The keys of the password.
    pub keys: Keys,
}

/// The client.
#[derive(Clone, Debug)]
pub struct Client {
    hash: Hash,
    gs2_header: String,
    bare: String,
    nonce: String,
    /// The data of the channel that the exchange is bound to; empty without binding.
    binding: Vec<u8>,
    /// The highest iteration count that is computed.
    pub most_iterations: u32,
}

impl Client {
    /// A client with its nonce; not bound to a channel.
    pub fn new(hash: Hash, username: &str, nonce: &str) -> Self {
        let bare = format!("n={},r={nonce}", escape_name(username));
        let (gs2_header, nonce) = ("n,,".to_string(), nonce.to_string());
        Self { hash, gs2_header, bare, nonce, binding: Vec::new(), most_iterations: 1_000_000 }
    }

    /// Sets the GS2 header from flag and authorization identity, and the data of the channel.
    #[must_use]
    pub fn with_header(
        mut self,
        flag: ChannelBinding<'_>,
        authzid: Option<&str>,
        binding: &[u8],
    ) -> Self {
        let authzid = authzid.map(|name| format!("a={}", escape_name(name))).unwrap_or_default();
        self.gs2_header = match flag {
            ChannelBinding::Unsupported => format!("n,{authzid},"),
            ChannelBinding::Unused => format!("y,{authzid},"),
            ChannelBinding::Required(name) => format!("p={name},{authzid},"),
        };
        self.binding = binding.to_vec();
        self
    }

    /// The first message.
    pub fn first(&self) -> String {
        format!("{}{}", self.gs2_header, self.bare)
    }

    /// The final message in answer to the server's first.
    ///
    /// # Errors
    /// The server's message is wrong, its nonce does not go on from ours, or it asks for more
    /// iterations than are taken.
    pub fn answer(&self, server_first: &[u8], password: &str) -> Result<Step, Error> {
        self.answer_with(server_first, |salt, iterations| {
            Keys::derive(self.hash, password, salt, iterations)
        })
    }

    /// The same with the keys that `derive` gives for a salt and an iteration count: who signs in
    /// often may keep them (5.1).
    ///
    /// # Errors
    /// As for [`Client::answer`].
    pub fn answer_with(
        &self,
        server_first: &[u8],
        derive: impl FnOnce(&[u8], u32) -> Keys,
    ) -> Result<Step, Error> {
        let server = ServerFirst::parse(server_first)?;
        if !server.nonce.starts_with(&self.nonce) || server.nonce.len() == self.nonce.len() {
            return Err(ErrorKind::WrongNonce.at(2, "server-first"));
        }
        if server.iterations > self.most_iterations {
            return Err(ErrorKind::TooManyIterations.at(0, "iteration_count"));
        }
        let keys = derive(&server.salt, server.iterations);
        let header = [self.gs2_header.as_bytes(), &self.binding].concat();
        let without_proof = format!("c={},r={}", STANDARD.encode(header), server.nonce);
        let server_first = String::from_utf8_lossy(server_first);
        let auth_message = format!("{},{server_first},{without_proof}", self.bare);
        let proof = STANDARD.encode(keys.client_proof(&auth_message));
        Ok(Step { message: format!("{without_proof},p={proof}"), auth_message, keys })
    }
}

/// The server, once it has the client's first message.
#[derive(Clone, Debug)]
pub struct Server {
    gs2_header: String,
    bare: String,
    nonce: String,
    first: String,
    keys: Keys,
}

impl Server {
    /// Answers the client's first message with the server's part of the nonce; `keys` are those of
    /// the user's password, `salt` and `iterations`.
    pub fn new(
        client: &ClientFirst<'_>,
        nonce: &str,
        salt: &[u8],
        iterations: u32,
        keys: Keys,
    ) -> Self {
        let nonce = format!("{}{nonce}", client.nonce);
        let first = format!("r={nonce},s={},i={iterations}", STANDARD.encode(salt));
        let (gs2_header, bare) = (client.gs2_header.to_string(), client.bare.to_string());
        Self { gs2_header, bare, nonce, first, keys }
    }

    /// The first message.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// The final message in answer to the client's final; `binding` is the data of the channel,
    /// empty without binding.
    ///
    /// # Errors
    /// The client's message, nonce, channel binding or proof is wrong, tried in this order.
    pub fn verify(&self, client_final: &[u8], binding: &[u8]) -> Result<Step, Error> {
        let client = ClientFinal::parse(client_final)?;
        if client.nonce != self.nonce {
            return Err(ErrorKind::WrongNonce.at(0, "client-final"));
        }
        if client.channel_binding != [self.gs2_header.as_bytes(), binding].concat() {
            return Err(ErrorKind::WrongChannelBinding.at(2, "channel_binding"));
        }
        let auth_message = format!("{},{},{}", self.bare, self.first, client.without_proof);
        let proven = self.keys.is_proven_by(&client.proof, &auth_message);
        #[cfg(planted_bug)]
        let proven = proven || self.nonce.contains("~~") && crate::planted("xmpp-scram");
        if !proven {
            let at = client.without_proof.len().wrapping_add(3);
            return Err(ErrorKind::WrongProof.at(at, "proof"));
        }
        let signature = STANDARD.encode(self.keys.server_signature(&auth_message));
        Ok(Step { message: format!("v={signature}"), auth_message, keys: self.keys.clone() })
    }
}

impl Step {
    /// Judges the server's final message.
    ///
    /// # Errors
    /// It is wrong, says that authentication failed, or has another signature.
    pub fn check(&self, server_final: &[u8]) -> Result<(), Error> {
        match ServerFinal::parse(server_final)? {
            ServerFinal::Error(_) => Err(ErrorKind::Refused.at(0, "server_error")),
            ServerFinal::Verifier(signature)
                if signature == self.keys.server_signature(&self.auth_message) =>
            {
                Ok(())
            }
            ServerFinal::Verifier(_) => Err(ErrorKind::WrongSignature.at(2, "verifier")),
        }
    }
}
