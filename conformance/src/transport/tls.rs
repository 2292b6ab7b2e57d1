//! TLS towards a target.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

use super::Stream;
use super::binding::Bindings;

/// What a client shows and asks for.
#[derive(Clone)]
pub struct Tls(Arc<ClientConfig>);

/// What a target file says of TLS.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'p> {
    /// Certificates of those who may have signed the target's, in PEM.
    pub ca: Option<&'p Path>,
    /// Our certificate and those that lead to its root, in PEM.
    pub cert: Option<&'p Path>,
    /// The key of our certificate, in PEM.
    pub key: Option<&'p Path>,
    /// Whether the target's certificate must be right.
    pub verify: bool,
}

impl Tls {
    /// A client that is set up like this.
    ///
    /// # Errors
    /// The file that cannot be used, and why.
    pub fn new(settings: &Settings<'_>) -> Result<Self, String> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = if settings.verify {
            builder.with_root_certificates(roots(settings.ca)?)
        } else {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        };
        let config = match (settings.cert, settings.key) {
            (Some(cert), Some(key)) => {
                let chain = certificates(cert)?;
                let secret = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| format!("{}: {error}", key.display()))?;
                builder
                    .with_client_auth_cert(chain, secret)
                    .map_err(|error| format!("{}: {error}", key.display()))?
            }
            (None, None) => builder.with_no_client_auth(),
            _ => return Err("`cert` and `key` belong together".to_owned()),
        };
        Ok(Self(Arc::new(config)))
    }

    /// Shakes hands over a stream, with `alpn` on offer if there is one. Gives what was agreed too.
    ///
    /// # Errors
    /// The handshake failed.
    pub async fn connect(
        &self,
        stream: Box<dyn Stream>,
        host: &str,
        alpn: Option<&[u8]>,
    ) -> io::Result<(Box<dyn Stream>, Agreed)> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let mut config = self.0.clone();
        if let Some(alpn) = alpn {
            Arc::make_mut(&mut config).alpn_protocols = vec![alpn.to_vec()];
        }
        let connecting = TlsConnector::from(config).connect(name, stream);
        let stream = connecting
            .await
            .map_err(|error| io::Error::new(error.kind(), format!("TLS: {error}")))?;
        let (_, session) = stream.get_ref();
        let alpn = session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        let version = session.protocol_version().map(|it| format!("{it:?}"));
        let cipher = session.negotiated_cipher_suite().map(|it| format!("{:?}", it.suite()));
        let (version, cipher) = (version.unwrap_or_default(), cipher.unwrap_or_default());
        let agreed = Agreed { version, cipher, alpn, bindings: Bindings::of(session) };
        Ok((Box::new(stream), agreed))
    }
}

/// What a handshake came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The version of TLS: `TLSv1_3`.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
    /// The protocol, if it was agreed by name.
    pub alpn: Option<String>,
    /// What an authentication can be bound to.
    pub bindings: Bindings,
}

impl Agreed {
    /// As cases see it: `{version, cipher, alpn}`.
    #[must_use]
    pub fn facts(&self) -> Value {
        let mut facts = json!({ "version": self.version, "cipher": self.cipher });
        if let Some(alpn) = &self.alpn {
            facts["alpn"] = alpn.as_str().into();
        }
        facts
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// The certificates in a file.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |error: &dyn fmt::Display| format!("{}: {error}", file.display());
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).map_err(|error| wrong(&error))?.collect();
    let found = found.map_err(|error| wrong(&error))?;
    if found.is_empty() { Err(wrong(&"there is no certificate in it")) } else { Ok(found) }
}

/// Those who may have signed: in a file, or those that the system trusts.
pub(super) fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let mut store = RootCertStore::empty();
    match ca {
        Some(file) => {
            for certificate in certificates(file)? {
                store.add(certificate).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        None => {
            let known = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(known.certs);
            if store.is_empty() {
                return Err("this system has no certificates to verify others with; \
                            name a file as `ca`"
                    .to_owned());
            }
        }
    }
    Ok(store)
}

/// Takes every certificate: what is judged is the protocol, and test certificates are home-made.
/// Signatures are still verified.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
