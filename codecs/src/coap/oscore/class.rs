//! Which options are encrypted (RFC 8613, 4.1, Figure 5; RFC 8768 leaves Hop-Limit to proxies).

use super::Failure;
use crate::coap::{CoapOption, OptionNumber as O};

/// Where an option of a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Class E: into the plaintext.
    Inner,
    /// Class U: stays outside.
    Outer,
    /// Both: Observe.
    Both,
}

/// The place of an option; what is unknown is encrypted (RFC8613-4.1-1).
pub(super) const fn place(number: O) -> Place {
    match number {
        O::OBSERVE => Place::Both,
        O::URI_HOST | O::URI_PORT | O::OSCORE | O::HOP_LIMIT | O::PROXY_URI | O::PROXY_SCHEME => {
            Place::Outer
        }
        _ => Place::Inner,
    }
}

/// Refuses what cannot be protected.
pub(super) fn check(option: &CoapOption<'_>) -> Result<(), Failure> {
    match option.number {
        // RFC8613-4.1.3.7-1
        O::OSCORE => Err(Failure::Nested),
        O::PROXY_URI if has_path(option.value) => Err(Failure::ProxyUri),
        _ => Ok(()),
    }
}

/// Whether a URI goes on behind its authority, with what is to be encrypted.
fn has_path(uri: &[u8]) -> bool {
    let Some(colon) = uri.iter().position(|byte| *byte == b':') else { return true };
    match uri.get(colon.wrapping_add(1)..) {
        Some([b'/', b'/', authority @ ..]) => {
            authority.iter().any(|byte| matches!(byte, b'/' | b'?' | b'#'))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_uri_may_only_name_a_server() {
        let checked = |uri: &'static str| check(&CoapOption::new(O::PROXY_URI, uri.as_bytes()));
        assert_eq!(checked("coap://example.com"), Ok(()));
        assert_eq!(checked("coap://[2001:db8::1]:5683"), Ok(()));
        for uri in ["coap://h/", "coap://h?q", "coap://h/a", "coap:", "h", "urn:a"] {
            assert_eq!(checked(uri), Err(Failure::ProxyUri), "{uri}");
        }
    }
}
