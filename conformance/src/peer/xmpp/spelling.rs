//! Other spellings of what the server sends, which mean the same (Namespaces in XML, RFC 6120 4.8.5).

use std::fmt::Write as _;

use wirecheck_codecs::xmpp::namespace;

/// A tag taken apart; values stand as they were written, without quotes.
struct Tag<'t> {
    name: &'t str,
    attributes: Vec<(&'t str, &'t str)>,
    is_empty: bool,
}

/// Attributes in the opposite order and in double quotes, and end tags for empty elements.
pub(super) fn other_way_round(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    each_tag(text, &mut out, |out, tag| {
        let _ = write!(out, "<{}", tag.name);
        for (name, value) in tag.attributes.iter().rev() {
            let _ = write!(out, "\n{name} = \"{}\"", value.replace('"', "&quot;"));
        }
        out.push_str(" >");
        if tag.is_empty {
            let _ = write!(out, "</{}\n>", tag.name);
        }
    });
    out
}

/// A prefix for every element that is not of `jabber:client` or of the stream.
pub(super) fn prefixed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    // The prefixes of the elements that are open.
    let mut open: Vec<String> = Vec::new();
    let mut number = 0;
    each_tag(text, &mut out, |out, tag| {
        if tag.name.starts_with('/') {
            match open.pop() {
                Some(prefix) => write!(out, "</{prefix}{}>", &tag.name[1..]),
                None => write!(out, "<{}>", tag.name),
            }
            .unwrap_or_default();
            return;
        }
        let is_header = tag.name == "stream:stream";
        let own = tag.attributes.iter().find(|(name, _)| *name == "xmlns" && !is_header);
        let prefix = match own {
            Some((_, namespace::CLIENT)) => String::new(),
            Some(_) => {
                number += 1;
                format!("n{number}:")
            }
            None if tag.name.contains(':') => String::new(),
            None => open.last().cloned().unwrap_or_default(),
        };
        let _ = write!(out, "<{prefix}{}", tag.name);
        for (name, value) in &tag.attributes {
            let declares = *name == "xmlns" && !prefix.is_empty();
            let name = if declares { format!("xmlns:n{number}") } else { (*name).to_owned() };
            let _ = write!(out, " {name}='{value}'");
        }
        out.push_str(if tag.is_empty { "/>" } else { ">" });
        if !tag.is_empty && !is_header {
            open.push(prefix);
        }
    });
    out
}

/// Hands every tag to `write` and copies what is between them. Only what this server writes is
/// understood: single quotes, and no `<` or `>` but those of tags.
fn each_tag(text: &str, out: &mut String, mut write: impl FnMut(&mut String, &Tag<'_>)) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('<') {
        out.push_str(before);
        let Some((inside, behind)) = behind.split_once('>') else {
            rest = &rest[before.len()..];
            break;
        };
        rest = behind;
        if inside.starts_with(['?', '!']) {
            let _ = std::fmt::Write::write_fmt(out, format_args!("<{inside}>"));
            continue;
        }
        let is_empty = inside.ends_with('/');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let (name, mut list) = inside.split_once(' ').unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while let Some((name, behind)) = list.split_once("='") {
            let Some((value, behind)) = behind.split_once('\'') else { break };
            attributes.push((name.trim(), value));
            list = behind;
        }
        write(out, &Tag { name, attributes, is_empty });
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use wirecheck_codecs::xmpp::Document;

    use super::*;

    const TEXTS: [&str; 4] = [
        "<iq id='1' type='result'><query xmlns='jabber:iq:roster'><item jid='a@b'><group>x</group>\
         </item></query></iq>",
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
        "<message to='a' xml:lang='cs'><body>say &quot;a&quot; &lt; \"b\"</body><x xmlns='urn:x' \
         a='\"'><y xmlns='jabber:client'/></x></message>",
        "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    ];

    #[test]
    fn other_spellings_mean_the_same() {
        for text in TEXTS {
            let meaning = String::from(&Document::parse(text).unwrap());
            for spelled in [other_way_round(text), prefixed(text)] {
                assert_ne!(spelled, text);
                let read = Document::parse(&spelled).unwrap_or_else(|e| panic!("{spelled}: {e}"));
                assert_eq!(String::from(&read), meaning, "{spelled}");
            }
        }
    }

    #[test]
    fn the_tags_of_a_stream_stay_readable() {
        let end = "</stream:stream>";
        assert_eq!(prefixed(end), end);
        let header = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1'>";
        assert_eq!(prefixed(header), header);
        let turned = "<?xml version='1.0'?><stream:stream\nid = \"1\"\nxmlns = \"jabber:client\" >";
        assert_eq!(other_way_round(header), turned);
    }
}
