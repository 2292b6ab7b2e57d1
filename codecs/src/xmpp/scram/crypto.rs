//! What SCRAM computes (RFC 5802 section 3).

use alloc::vec;
use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The hash function of the mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SCRAM-SHA-1 (RFC 5802).
    Sha1,
    /// SCRAM-SHA-256 (RFC 7677).
    Sha256,
}

impl Hash {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Sha1, Self::Sha256];

    /// The name of the mechanism.
    pub const fn mechanism(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
        }
    }

    /// The hash of the mechanism called `name`, with or without `-PLUS`.
    pub fn of_mechanism(name: &str) -> Option<Self> {
        let name = name.strip_suffix("-PLUS").unwrap_or(name);
        Self::ALL.iter().copied().find(|hash| hash.mechanism() == name)
    }

    /// H(data).
    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
        }
    }

    /// HMAC(key, data).
    fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        fn of<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Vec<u8> {
            // A key of any length is taken.
            <M as KeyInit>::new_from_slice(key).map_or_else(
                |_| Vec::new(),
                |mac| mac.chain_update(data).finalize().into_bytes().to_vec(),
            )
        }
        match self {
            Self::Sha1 => of::<Hmac<Sha1>>(key, data),
            Self::Sha256 => of::<Hmac<Sha256>>(key, data),
        }
    }

    /// Hi(password, salt, iterations).
    fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        match self {
            Self::Sha1 => {
                let mut key = vec![0; 20];
                pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut key);
                key
            }
            Self::Sha256 => {
                let mut key = vec![0; 32];
                pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut key);
                key
            }
        }
    }
}

/// What is derived from a password once.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    hash: Hash,
    client: Vec<u8>,
    stored: Vec<u8>,
    server: Vec<u8>,
}

impl Keys {
    /// The keys of a password.
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Self {
        let salted = hash.salted(password.as_bytes(), salt, iterations);
        let client = hash.hmac(&salted, b"Client Key");
        let stored = hash.digest(&client);
        let server = hash.hmac(&salted, b"Server Key");
        Self { hash, client, stored, server }
    }

    /// The hash function.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// ClientProof over `auth_message`.
    pub fn client_proof(&self, auth_message: &str) -> Vec<u8> {
        let signature = self.hash.hmac(&self.stored, auth_message.as_bytes());
        xor(&self.client, &signature)
    }

    /// ServerSignature over `auth_message`.
    pub fn server_signature(&self, auth_message: &str) -> Vec<u8> {
        self.hash.hmac(&self.server, auth_message.as_bytes())
    }

    /// Whether `proof` shows knowledge of the password; the keys that a server stores suffice.
    pub fn is_proven_by(&self, proof: &[u8], auth_message: &str) -> bool {
        let signature = self.hash.hmac(&self.stored, auth_message.as_bytes());
        proof.len() == signature.len() && self.hash.digest(&xor(proof, &signature)) == self.stored
    }
}

/// Keys are secrets.
impl core::fmt::Debug for Keys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Keys").field("hash", &self.hash).finish_non_exhaustive()
    }
}

fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}
