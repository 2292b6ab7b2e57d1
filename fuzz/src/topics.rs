//! Topic Filters and Topic Names against a second implementation that knows nothing of the first.

use wirecheck_codecs::mqtt::topic::{matches, shared};
use wirecheck_codecs::mqtt::{Context, Party, Version, decode};

/// The first byte chooses the version, a line feed parts the filter from the name.
pub fn topics(input: &[u8]) {
    let Some((&first, text)) = input.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let Some((filter, name)) = text.split_once('\n') else { return };
    if text.len() > 200 {
        return;
    }
    let version = if first % 2 == 0 { Version::V5 } else { Version::V311 };

    let filter_is_valid = naive_filter_is_valid(filter, version);
    assert_eq!(takes(&subscribe(filter, version), version), filter_is_valid, "filter {filter:?}");
    let name_is_valid = naive_name_is_valid(name);
    assert_eq!(takes(&publish(name, version), version), name_is_valid, "name {name:?}");

    let plain = match (version, shared(filter)) {
        (Version::V5, Some((group, plain))) => {
            assert_eq!(format!("$share/{group}/{plain}"), filter);
            assert!(!group.contains('/'));
            plain
        }
        _ => filter,
    };
    let found = matches(plain, name);
    if filter_is_valid && name_is_valid {
        assert_eq!(found, naive_matches(plain.as_bytes(), name.as_bytes()), "{plain:?} {name:?}");
    }
}

fn takes(packet: &[u8], version: Version) -> bool {
    let mut ctx = Context::new(version, Party::Client);
    ctx.limits.maximum_packet_size = 1024;
    decode(packet, &ctx).is_ok_and(|decoded| decoded.complete().is_some())
}

fn subscribe(filter: &str, version: Version) -> Vec<u8> {
    let mut body = vec![0, 1];
    body.extend(if version == Version::V5 { &[0][..] } else { &[] });
    body.extend((filter.len() as u16).to_be_bytes());
    body.extend(filter.as_bytes());
    body.push(0);
    packet(0x82, &body)
}

fn publish(name: &str, version: Version) -> Vec<u8> {
    let mut body = (name.len() as u16).to_be_bytes().to_vec();
    body.extend(name.as_bytes());
    body.extend(if version == Version::V5 { &[0][..] } else { &[] });
    packet(0x30, &body)
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first, body.len() as u8 | 0x80, (body.len() >> 7) as u8];
    packet.extend(body);
    packet
}

fn naive_name_is_valid(name: &str) -> bool {
    !name.is_empty() && !name.contains(['\0', '+', '#'])
}

/// Looks at each wildcard and its neighbours.
fn naive_filter_is_valid(filter: &str, version: Version) -> bool {
    if version == Version::V5
        && let Some(rest) = filter.strip_prefix("$share/")
    {
        let name: String = rest.chars().take_while(|c| *c != '/').collect();
        let plain = rest.get(name.len() + 1..).unwrap_or("");
        return naive_name_is_valid(&name) && naive_filter_is_valid(plain, Version::V311);
    }
    let c: Vec<char> = filter.chars().collect();
    let edge = |at: Option<usize>| at.and_then(|at| c.get(at)).is_none_or(|c| *c == '/');
    !c.is_empty()
        && !c.contains(&'\0')
        && (0..c.len()).all(|at| match c[at] {
            '#' => edge(at.checked_sub(1)) && at + 1 == c.len(),
            '+' => edge(at.checked_sub(1)) && edge(Some(at + 1)),
            _ => true,
        })
}

/// Walks characters, not levels.
fn naive_matches(filter: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'$') && matches!(filter.first(), Some(b'+' | b'#')) {
        return false;
    }
    let (mut f, mut n) = (filter, name);
    loop {
        match (f, n) {
            ([b'#'], _) | ([b'/', b'#'], []) => return true,
            ([b'+', rest @ ..], _) => {
                f = rest;
                let level = n.iter().position(|byte| *byte == b'/').unwrap_or(n.len());
                n = &n[level..];
            }
            ([a, f_rest @ ..], [b, n_rest @ ..]) if a == b => (f, n) = (f_rest, n_rest),
            _ => return f.is_empty() && n.is_empty(),
        }
    }
}
