//! `{"uri": "/a/b?x=1"}`: the path and the query of a URI as options (RFC 7252, 6.4, steps 8, 9).

use alloc::vec::Vec;

use serde_json::Value;

use crate::coap::OptionNumber;
use crate::json::FormError;

/// Uri-Path for each segment and Uri-Query for each argument, with percent-encoding undone.
pub(super) fn options(
    value: &Value,
    path: &str,
) -> Result<Vec<(OptionNumber, Vec<u8>)>, FormError> {
    let Some(uri) = value.as_str().filter(|uri| uri.is_empty() || uri.starts_with(['/', '?']))
    else {
        return Err(FormError::new(path, "expected a path that begins with /"));
    };
    if uri.contains('#') {
        return Err(FormError::new(path, "a fragment is not sent"));
    }
    let (segments, query) = match uri.split_once('?') {
        Some((segments, query)) => (segments, Some(query)),
        None => (uri, None),
    };
    // "" and "/" are the same path and no option.
    let segments = match segments {
        "" | "/" => None,
        segments => segments.strip_prefix('/'),
    };
    let path_options = segments.into_iter().flat_map(|segments| segments.split('/'));
    let query_options = query.into_iter().flat_map(|query| query.split('&'));
    path_options
        .map(|part| (OptionNumber::URI_PATH, part))
        .chain(query_options.map(|part| (OptionNumber::URI_QUERY, part)))
        .map(|(number, part)| match undone(part) {
            Some(bytes) => Ok((number, bytes)),
            None => Err(FormError::new(path, "% stands without two hex digits")),
        })
        .collect()
}

fn undone(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let ([high, low], tail) = rest.split_first_chunk::<2>()?;
        let digit = |digit: u8| char::from(digit).to_digit(16);
        bytes.push((digit(*high)? << 4 | digit(*low)?) as u8);
        rest = tail;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use std::string::ToString;

    fn parts(uri: &str) -> Option<Vec<String>> {
        let options = options(&uri.into(), "uri").ok()?;
        let text = |(number, part): &(OptionNumber, Vec<u8>)| {
            let mark = if *number == OptionNumber::URI_PATH { "/" } else { "?" };
            mark.to_string() + &String::from_utf8(part.clone()).unwrap()
        };
        Some(options.iter().map(text).collect())
    }

    #[test]
    fn paths_and_queries_are_taken_apart() {
        let is = |uri, expected: &[&str]| assert_eq!(parts(uri).unwrap(), expected, "{uri}");
        is("", &[]);
        is("/", &[]);
        is("?", &["?"]);
        is("/a/b?x=1&y", &["/a", "/b", "?x=1", "?y"]);
        is("/a/", &["/a", "/"]);
        is("//", &["/", "/"]);
        is("/%2F%c3%a9?%26", &["//é", "?&"]);
        for wrong in ["a", "coap://h/a", "/a#b", "/%", "/%2", "/%zz"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
