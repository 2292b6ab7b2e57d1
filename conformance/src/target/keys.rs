//! Keys that a target shares with us, from the environment.

use wirecheck_codecs::json::from_hex;

use super::reach::also;
use super::{OscoreContext, Psk, Target};
use crate::oscore::Keys;
use crate::transport::dtls::PresharedKey;

/// The bytes of a key as it stands in a variable: text, or hex behind `0x`.
fn key_bytes(text: &str, variable: &str) -> Result<Vec<u8>, String> {
    match text.strip_prefix("0x") {
        Some(hex) => from_hex(hex).map_err(|why| format!("{variable} is not in hex: {why}")),
        None => Ok(text.as_bytes().to_vec()),
    }
}

impl Psk {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let Self { identity, key_env } = self;
        let what = format!("the key of {identity}");
        from_env(key_env, &what).err()
    }
}

impl OscoreContext {
    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        self.keys().and_then(|keys| keys.context()).err()
    }

    fn keys(&self) -> Result<Keys, String> {
        let hex = |member: &str, text: &str| {
            from_hex(text).map_err(|why| format!("`{member}` is not in hex: {why}"))
        };
        Ok(Keys {
            master_secret: from_env(&self.secret_env, "the Master Secret")?,
            master_salt: hex("salt", &self.salt)?,
            id_context: self.id_context.as_ref().map(|it| hex("id_context", it)).transpose()?,
            sender_id: hex("sender_id", &self.sender_id)?,
            recipient_id: hex("recipient_id", &self.recipient_id)?,
        })
    }
}

fn from_env(variable: &str, what: &str) -> Result<Vec<u8>, String> {
    let text = std::env::var(variable)
        .map_err(|_| format!("the environment variable {variable} is not set; it holds {what}"))?;
    key_bytes(&text, variable)
}

impl Target {
    /// The keys of the OSCORE context.
    ///
    /// # Errors
    /// What is wrong with the member `oscore`, or with the environment.
    pub fn oscore_keys(&self) -> Result<Option<Keys>, String> {
        self.oscore.as_ref().map(OscoreContext::keys).transpose()
    }

    /// The key of the file, or that of the user in the URL.
    ///
    /// # Errors
    /// What is wrong with the environment.
    pub fn shared_key(&self) -> Result<Option<PresharedKey>, String> {
        if let Some(Psk { identity, key_env }) = &self.psk {
            let key = from_env(key_env, &format!("the key of {identity}"))?;
            return Ok(Some(PresharedKey { identity: identity.clone(), key }));
        }
        let url = self.url()?;
        let Some(user) = url.user.filter(|_| also(url.scheme) == Some("secure")) else {
            return Ok(None);
        };
        let (accounts, _) = self.credentials()?;
        let found = accounts.into_iter().find(|(known, _)| *known == user);
        let key = found.map(|(_, key)| key_bytes(&key, "WIRECHECK_PASSWORD")).transpose()?;
        Ok(key.map(|key| PresharedKey { identity: user, key }))
    }
}
