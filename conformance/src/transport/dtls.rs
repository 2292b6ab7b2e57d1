//! DTLS towards a target: who we are, and what we offer.

mod session;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rtc_crypto::{RTCCryptoProvider, SignatureScheme};
use rtc_dtls::cipher_suite::CipherSuiteId;
use rtc_dtls::config::{ConfigBuilder, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

pub use self::session::{Arrival, Command, Unprotected, Wire, is_record};
use super::tls::{Settings, certificates, roots};

/// What is offered to a target that shares a key with us, the best first.
const WITH_KEY: &[CipherSuiteId] = &[
    CipherSuiteId::Tls_Psk_With_Aes_128_Ccm_8,
    CipherSuiteId::Tls_Psk_With_Aes_128_Gcm_Sha256,
    CipherSuiteId::Tls_Psk_With_Aes_128_Ccm,
];
/// What is offered to a target that shows a certificate, the best first.
const WITH_CERTIFICATE: &[CipherSuiteId] = &[
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Ccm_8,
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Ccm,
    CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
    CipherSuiteId::Tls_Ecdhe_Rsa_With_Aes_128_Gcm_Sha256,
];

/// What a client shows and asks for.
#[derive(Clone)]
pub struct Dtls(Arc<Client>);

struct Client {
    provider: Arc<dyn RTCCryptoProvider>,
    key: Option<PresharedKey>,
    certificate: Option<Certificate>,
    /// Who may have signed the target's certificate; nobody asks without it.
    roots: Option<RootCertStore>,
}

/// A key that the target knows too, and what it calls us.
#[derive(Clone, PartialEq, Eq)]
pub struct PresharedKey {
    /// The PSK identity.
    pub identity: String,
    /// The key.
    pub key: Vec<u8>,
}

impl fmt::Debug for PresharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PresharedKey").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl fmt::Debug for Dtls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dtls")
    }
}

/// Cipher suites by their names: nothing stands for all that we have.
pub type Suites = [String];

impl Dtls {
    /// A client that is set up like this.
    ///
    /// # Errors
    /// The file that cannot be used, and why.
    pub fn new(settings: &Settings<'_>, key: Option<PresharedKey>) -> Result<Self, String> {
        let provider = rtc_crypto::default_provider().map_err(|error| error.to_string())?;
        let certificate = match (settings.cert, settings.key) {
            (Some(cert), Some(key)) => Some(own(&*provider, cert, key)?),
            (None, None) => None,
            _ => return Err("`cert` and `key` belong together".to_owned()),
        };
        let roots = if settings.verify { Some(roots(settings.ca)?) } else { None };
        Ok(Self(Arc::new(Client { provider, key, certificate, roots })))
    }

    /// A client that shares a key with the target, and knows nothing else of it.
    ///
    /// # Errors
    /// The library has nothing to encrypt with.
    pub fn sharing(key: PresharedKey) -> Result<Self, String> {
        Self::new(&Settings::default(), Some(key))
    }

    /// Whether a key is shared with the target.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.0.key.is_some()
    }

    /// What a handshake with `host` says, if only these suites are offered.
    fn config(&self, suites: &Suites, host: &str) -> io::Result<Arc<HandshakeConfig>> {
        let wrong = |words: String| io::Error::new(io::ErrorKind::InvalidInput, words);
        let offered: Vec<_> = match (suites, &self.0.key) {
            ([], Some(_)) => WITH_KEY.to_vec(),
            ([], None) => WITH_CERTIFICATE.to_vec(),
            _ => {
                let known = suites.iter().map(|name| {
                    let all = WITH_KEY.iter().chain(WITH_CERTIFICATE);
                    let found = all.copied().find(|id| id.to_string() == *name);
                    found.ok_or_else(|| wrong(format!("the cipher suite {name} is not known")))
                });
                known.collect::<io::Result<_>>()?
            }
        };
        let with_key = offered.iter().all(|id| WITH_KEY.contains(id));
        let Client { provider, key, certificate, roots } = &*self.0;
        let mut builder = ConfigBuilder::default()
            .with_crypto_provider(provider.clone())
            .with_cipher_suites(offered)
            .with_server_name(host.to_owned());
        builder = match (with_key, key) {
            (true, Some(PresharedKey { identity, key })) => {
                let key = key.clone();
                builder
                    .with_psk(Some(Arc::new(move |_: &[u8]| Ok(key.clone()))))
                    .with_psk_identity_hint(Some(identity.clone().into_bytes()))
            }
            (true, None) => return Err(wrong("no pre-shared key is given".to_owned())),
            (false, _) => builder.with_certificates(certificate.iter().cloned().collect()),
        };
        builder = match roots {
            Some(roots) => builder.with_roots_cas(roots.clone()),
            None => builder.with_insecure_skip_verify(true),
        };
        let config = builder.build(true, None);
        Ok(Arc::new(config.map_err(|error| wrong(format!("DTLS: {error}")))?))
    }
}

/// Our certificate and its key.
fn own(provider: &dyn RTCCryptoProvider, cert: &Path, key: &Path) -> Result<Certificate, String> {
    let wrong = |why: String| format!("{}: {why}", key.display());
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(error.to_string()))?;
    let PrivateKeyDer::Pkcs8(secret) = secret else {
        return Err(wrong("for DTLS the key must be in PKCS #8 (`BEGIN PRIVATE KEY`)".to_owned()));
    };
    let schemes = [
        SignatureScheme::EcdsaP256Sha256,
        SignatureScheme::Ed25519,
        SignatureScheme::RsaPkcs1Sha256,
    ];
    let crypto = provider.crypto();
    let import = |scheme| crypto.import_signing_key(scheme, secret.secret_pkcs8_der()).ok();
    let found = schemes.into_iter().find_map(import);
    let found = found.ok_or_else(|| wrong("DTLS cannot sign with this kind of key".to_owned()))?;
    Ok(Certificate::from_signing_key(chain, found))
}
