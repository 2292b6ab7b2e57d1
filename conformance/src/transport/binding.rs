//! What binds an authentication to its TLS connection (RFC 5929, RFC 9266).

use std::fmt;

use tokio_rustls::rustls::ClientConnection;
use tokio_rustls::rustls::ProtocolVersion;
use tokio_rustls::rustls::crypto::hash::Hash;
use tokio_rustls::rustls::crypto::ring::cipher_suite;

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
    /// `tls-server-end-point`, where the certificate is signed with a hash that we have.
    pub server_end_point: Option<Vec<u8>>,
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
        let certificate = session.peer_certificates().and_then(|chain| chain.first());
        let server_end_point = certificate.and_then(|certificate| digest(certificate));
        Self { exporter: exporter.flatten(), server_end_point }
    }

    /// The data of the type that is called so.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&[u8]> {
        match name {
            "tls-exporter" => self.exporter.as_deref(),
            "tls-server-end-point" => self.server_end_point.as_deref(),
            _ => None,
        }
    }
}

/// The hash of a certificate: by the hash function of its signature, or SHA-256 for weaker ones.
fn digest(certificate: &[u8]) -> Option<Vec<u8>> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
    let algorithm = signature_algorithm(certificate)?;
    let sha384 = match (algorithm.strip_prefix(RSA), algorithm.strip_prefix(ECDSA)) {
        (Some([0x04 | 0x05 | 0x0b]), _) | (_, Some([0x01] | [0x03, 0x02])) => false,
        (Some([0x0c]), _) | (_, Some([0x03, 0x03])) => true,
        _ => return None,
    };
    let suite = match sha384 {
        true => cipher_suite::TLS13_AES_256_GCM_SHA384,
        false => cipher_suite::TLS13_AES_128_GCM_SHA256,
    };
    let hash: &dyn Hash = suite.tls13()?.common.hash_provider;
    Some(hash.hash(certificate).as_ref().to_vec())
}

/// The object identifier of the algorithm that a certificate is signed by.
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    let (_, fields, _) = value(certificate)?;
    let (_, _, behind) = value(fields)?;
    let (_, algorithm, _) = value(behind)?;
    let (tag, identifier, _) = value(algorithm)?;
    (tag == 0x06).then_some(identifier)
}

/// The tag and the content of the first value of DER, and what is behind it.
fn value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((*tag, content, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let der = made.cert.der();
        // ecdsa-with-SHA256
        let expected = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
        assert_eq!(signature_algorithm(der), Some(expected.as_slice()));
        assert_eq!(digest(der).unwrap().len(), 32);
    }

    #[test]
    fn what_is_no_certificate_has_none() {
        for bytes in
            [b"".as_slice(), b"\x30", b"\x30\x82\xff\xff", b"\x30\x02\x30\x00", b"\x30\x80"]
        {
            assert_eq!(digest(bytes), None);
        }
    }
}
