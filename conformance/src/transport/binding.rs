//! What binds an authentication to its TLS connection (RFC 9266).

use std::fmt;

use tokio_rustls::rustls::ClientConnection;
use tokio_rustls::rustls::ProtocolVersion;

/// The label of exported keying material (RFC 9266, 2).
pub const LABEL: &[u8] = b"EXPORTER-Channel-Binding";
/// How much of it there is.
pub const EXPORTED: usize = 32;

/// The data of each type of channel binding that there is for a connection.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    /// `tls-exporter`, in TLS 1.3: with 1.2 it needs an extension of which the library does not tell
    /// whether it is in use.
    pub exporter: Option<Vec<u8>>,
}

impl fmt::Debug for Bindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bindings")
    }
}

impl Bindings {
    /// The bindings of a connection after its handshake.
    #[must_use]
    pub fn of(session: &ClientConnection) -> Self {
        let by_exporter = session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        let exporter = by_exporter.then(|| {
            session.export_keying_material(vec![0; EXPORTED], LABEL, Some(b"".as_slice())).ok()
        });
        Self { exporter: exporter.flatten() }
    }

    /// The data of the type that is called so.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&[u8]> {
        match name {
            "tls-exporter" => self.exporter.as_deref(),
            _ => None,
        }
    }
}
