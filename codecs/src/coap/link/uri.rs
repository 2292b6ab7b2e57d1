//! URI references (RFC 3986, 4.1 and appendix A).

/// Whether `text` is a URI reference; the error is the place of the first character that is wrong.
pub(super) fn reference(text: &str) -> Result<(), usize> {
    let bytes = text.as_bytes();
    characters(bytes)?;
    // A colon in the first segment ends a scheme, or the reference is none.
    let first = bytes.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let colon = bytes.iter().position(|byte| *byte == b':');
    let rest = match colon {
        Some(at) if first.is_none_or(|end| at < end) => {
            if !is_scheme(bytes.get(..at).unwrap_or_default()) {
                return Err(0);
            }
            at.wrapping_add(1)
        }
        _ => 0,
    };
    hierarchy(bytes, rest)
}

/// Whether `text` is a URI: a reference with a scheme.
pub(super) fn is_uri(text: &str) -> bool {
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme.as_bytes()));
    scheme && reference(text).is_ok()
}

/// Only characters of a URI, each percent sign with two hex digits.
fn characters(bytes: &[u8]) -> Result<(), usize> {
    for (at, byte) in bytes.iter().enumerate() {
        let hex =
            |offset: usize| bytes.get(at.wrapping_add(offset)).is_some_and(u8::is_ascii_hexdigit);
        let fits = match byte {
            b'%' => hex(1) && hex(2),
            b'-' | b'.' | b'_' | b'~' => true,
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' => true,
            b':' | b'/' | b'?' | b'#' | b'[' | b']' | b'@' => true,
            byte => byte.is_ascii_alphanumeric(),
        };
        if !fits {
            return Err(at);
        }
    }
    Ok(())
}

fn is_scheme(bytes: &[u8]) -> bool {
    let Some((first, rest)) = bytes.split_first() else { return false };
    let more = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    first.is_ascii_alphabetic() && rest.iter().all(more)
}

/// What follows the scheme: one fragment, brackets around an address alone, digits as port.
fn hierarchy(bytes: &[u8], start: usize) -> Result<(), usize> {
    let rest = bytes.get(start..).unwrap_or_default();
    let place = |at: usize| start.wrapping_add(at);
    let fragment = rest.iter().position(|byte| *byte == b'#').unwrap_or(rest.len());
    let behind = rest.get(fragment.wrapping_add(1)..).unwrap_or_default();
    if let Some(again) = behind.iter().position(|byte| *byte == b'#') {
        return Err(place(fragment.wrapping_add(1).wrapping_add(again)));
    }
    let mut authority = 0..0;
    if let [b'/', b'/', tail @ ..] = rest {
        let length = tail.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
        authority = 2..length.unwrap_or(tail.len()).wrapping_add(2);
        host_and_port(rest.get(authority.clone()).unwrap_or_default())
            .map_err(|at| place(at.wrapping_add(2)))?;
    }
    let bracket = rest
        .iter()
        .enumerate()
        .find(|(at, byte)| matches!(byte, b'[' | b']') && !authority.contains(at));
    bracket.map_or(Ok(()), |(at, _)| Err(place(at)))
}

/// `[userinfo@]host[:port]`
fn host_and_port(bytes: &[u8]) -> Result<(), usize> {
    let at_sign = bytes.iter().rposition(|byte| *byte == b'@');
    let start = at_sign.map_or(0, |at| at.wrapping_add(1));
    let user = bytes.get(..start.saturating_sub(1)).unwrap_or_default();
    if let Some(at) = user.iter().position(|byte| matches!(byte, b'@' | b'[' | b']')) {
        return Err(at);
    }
    let host = bytes.get(start..).unwrap_or_default();
    let place = |at: usize| start.wrapping_add(at);
    let end = match host {
        [b'[', inner @ ..] => {
            let length = inner.iter().position(|byte| *byte == b']').ok_or(start)?;
            literal(inner.get(..length).unwrap_or_default()).map_err(|_| place(1))?;
            length.wrapping_add(2)
        }
        _ => host.iter().position(|byte| *byte == b':').unwrap_or(host.len()),
    };
    if let Some(at) =
        host.get(..end).unwrap_or_default().iter().rposition(|b| matches!(b, b'[' | b']'))
        && host.first() != Some(&b'[')
    {
        return Err(place(at));
    }
    match host.get(end..).unwrap_or_default() {
        [] => Ok(()),
        [b':', port @ ..] => match port.iter().position(|byte| !byte.is_ascii_digit()) {
            None => Ok(()),
            Some(at) => Err(place(end.wrapping_add(1).wrapping_add(at))),
        },
        _ => Err(place(end)),
    }
}

/// An IPv6 address, or an address of a later version.
fn literal(bytes: &[u8]) -> Result<(), ()> {
    if let [b'v' | b'V', version @ ..] = bytes {
        let dot = version.iter().position(|byte| *byte == b'.').ok_or(())?;
        let (hex, rest) = version.split_at_checked(dot).ok_or(())?;
        let of_address =
            |byte: &u8| !matches!(byte, b'[' | b']' | b'/' | b'?' | b'#' | b'@' | b'%');
        let sound = !hex.is_empty() && hex.iter().all(u8::is_ascii_hexdigit);
        let address = rest.get(1..).unwrap_or_default();
        return if sound && !address.is_empty() && address.iter().all(of_address) {
            Ok(())
        } else {
            Err(())
        };
    }
    let text = core::str::from_utf8(bytes).map_err(|_| ())?;
    text.parse::<core::net::Ipv6Addr>().map(|_| ()).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_told_from_what_is_none() {
        for right in [
            "",
            "/",
            "/a/b?c=d#e",
            "a",
            "a/b:c",
            "?q",
            "#f",
            "coap://h",
            "coap://[2001:db8::1]:5683/x",
            "coap://u:p@h:/",
            "//h/x",
            "urn:a:b",
            "mailto:x@y",
            "%C3%a9",
            "coap://[v1.a:b]",
            "/a(b),c;d",
        ] {
            assert_eq!(reference(right), Ok(()), "{right}");
        }
        for (wrong, at) in [
            ("/a b", 2),
            ("/\"", 1),
            ("/%2", 1),
            ("/%zz", 1),
            ("/é", 1),
            (":a", 0),
            ("1a:b", 0),
            ("/a#b#c", 4),
            ("/a[", 2),
            ("coap://[::1", 7),
            ("coap://[::g]", 8),
            ("coap://h:8x", 10),
            ("coap://h[1]", 10),
            ("coap://[::1]x", 12),
            ("\\", 0),
            ("<", 0),
            ("coap://a@b@c", 8),
        ] {
            assert_eq!(reference(wrong), Err(at), "{wrong}");
        }
        assert!(is_uri("urn:x") && !is_uri("x") && !is_uri("/x:y") && !is_uri("a:b c"));
    }
}
