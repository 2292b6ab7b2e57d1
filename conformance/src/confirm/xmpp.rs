//! As much of XMPP as the sender needs: where an element ends, what of it is the same in every run,
//! what the target chooses, and how one signs in.

use std::collections::BTreeMap;

use super::replay::bytes_of;
use crate::wire_log::{Entry, Event};

/// The passwords of accounts; results have none.
#[derive(Clone, Debug, Default)]
pub struct Passwords {
    /// Where nothing else is said.
    pub main: Option<String>,
    /// By the local part of the account.
    pub of: BTreeMap<String, String>,
}

impl Passwords {
    fn get(&self, user: &str) -> Option<&str> {
        self.of.get(user).or(self.main.as_ref()).map(String::as_str)
    }
}

/// A value that the target chose and that we have to name: what it is, and the value.
pub(super) type Chosen = (&'static str, String);

/// How many bytes the first element, tag of the stream or white space has, if it is there as a whole.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    if bytes.first()? != &b'<' {
        return Some(bytes.iter().position(|byte| *byte == b'<').unwrap_or(bytes.len()));
    }
    let (mut place, mut depth) = (0, 0_usize);
    loop {
        let rest = bytes.get(place..)?;
        let text = rest.iter().position(|byte| *byte == b'<')?;
        let tag = tag_length(rest.get(text..)?)?;
        let inside = rest.get(text + 1..text + tag - 1)?;
        place += text + tag;
        match inside {
            [b'?', ..] => continue,
            [b'/', ..] => depth = depth.saturating_sub(1),
            [.., b'/'] => {}
            _ if name_of(inside) == b"stream:stream" => return Some(place),
            _ => depth += 1,
        }
        if depth == 0 {
            return Some(place);
        }
    }
}

/// How long a tag is; `>` within quotes does not end it.
fn tag_length(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (place, byte) in bytes.iter().enumerate() {
        match (quote, byte) {
            (None, b'\'' | b'"') => quote = Some(*byte),
            (Some(open), byte) if open == *byte => quote = None,
            (None, b'>') => return Some(place + 1),
            _ => {}
        }
    }
    None
}

fn name_of(inside: &[u8]) -> &[u8] {
    let inside = inside.strip_prefix(b"/").unwrap_or(inside);
    let end = inside.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    inside.get(..end.unwrap_or(inside.len())).unwrap_or_default()
}

/// The tags of an element, without what is between them.
fn tags(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        let from = rest.get(start..).unwrap_or_default();
        let Some(length) = tag_length(from) else { break };
        let inside = from.get(1..length - 1).unwrap_or_default();
        found.push(String::from_utf8_lossy(inside).into_owned());
        rest = from.get(length..).unwrap_or_default();
    }
    found
}

/// The value of an attribute in a tag.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut rest = tag;
    while let Some(at) = rest.find(name) {
        let (before, behind) = rest.split_at(at);
        rest = behind.get(name.len()..)?;
        let begins = before.ends_with(|c: char| c.is_ascii_whitespace());
        let Some(value) = rest.trim_start().strip_prefix('=').filter(|_| begins) else { continue };
        let value = value.trim_start();
        let quote = value.chars().next()?;
        return value.get(1..)?.split(quote).next();
    }
    None
}

/// What an element is in every run: the names in it, and the attributes that say what it is. The
/// steps of signing in are left out, since the sender takes a shorter way, and so is presence of
/// earlier, which is that of other clients.
pub(super) fn head(bytes: &[u8]) -> Vec<u8> {
    const TELLING: [&str; 7] = ["type", "subscription", "ask", "h", "version", "code", "xmlns"];
    let tags = tags(bytes);
    let first = tags.first().map(String::as_str).unwrap_or_default();
    let of_the_past = || tags.iter().any(|tag| name_of(tag.as_bytes()) == b"delay");
    if is_step(bytes) || name_of(first.as_bytes()) == b"presence" && of_the_past() {
        return Vec::new();
    }
    let mut head = String::new();
    for tag in tags.iter().filter(|tag| !tag.starts_with('?')) {
        let end = if tag.starts_with('/') { "/" } else { "" };
        head.push_str(&format!("<{end}{}", String::from_utf8_lossy(name_of(tag.as_bytes()))));
        for name in TELLING {
            if let Some(value) = attribute(tag, name).filter(|_| end.is_empty()) {
                head.push_str(&format!(" {name}={value}"));
            }
        }
        head.push('>');
        if !end.is_empty() || !tag.ends_with('/') {
            continue;
        }
        // An empty element is the same as a start and an end.
        head.push_str(&format!("</{}>", String::from_utf8_lossy(name_of(tag.as_bytes()))));
    }
    head.into_bytes()
}

/// Whether an element is a step of signing in.
pub(super) fn is_step(bytes: &[u8]) -> bool {
    let text = bytes.get(1..).unwrap_or_default();
    text.starts_with(b"challenge") || text.starts_with(b"success")
}

/// What the target chose in an element.
pub(super) fn chosen(bytes: &[u8]) -> Vec<Chosen> {
    let tags = tags(bytes);
    let Some(first) = tags.first() else { return Vec::new() };
    let id = || attribute(first, "id").map(str::to_owned);
    match name_of(first.as_bytes()) {
        b"enabled" => id().map(|id| ("session", id)).into_iter().collect(),
        b"iq" if matches!(attribute(first, "type"), Some("get" | "set")) => {
            id().map(|id| ("request", id)).into_iter().collect()
        }
        b"iq" => {
            let text = String::from_utf8_lossy(bytes);
            let jid = text.split_once("<jid>").and_then(|(_, rest)| rest.split_once("</jid>"));
            jid.map(|(jid, _)| ("jid", jid.to_owned())).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Puts the values of now where bytes of ours have those of then.
pub(super) fn rename(bytes: Vec<u8>, then: &[Chosen], now: &[Chosen]) -> Vec<u8> {
    let Ok(mut text) = String::from_utf8(bytes.clone()) else { return bytes };
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, old) in then {
        let place = seen.entry(kind).or_default();
        let new = now.iter().filter(|(other, _)| other == kind).nth(*place);
        *place += 1;
        if let Some((_, new)) = new.filter(|(_, new)| new != old) {
            for quote in ['\'', '"'] {
                let (old, new) = (format!("{quote}{old}{quote}"), format!("{quote}{new}{quote}"));
                text = text.replace(&old, &new);
            }
        }
    }
    text.into_bytes()
}

/// What a message of ours becomes: itself, nothing, or the one message of PLAIN that stands for an
/// exchange of SCRAM.
pub(super) enum Ours {
    As(Vec<u8>),
    Nothing,
}

/// Who signs in on a link, from its first message of SCRAM on.
#[derive(Debug, Default)]
pub(super) struct SigningIn {
    user: Option<String>,
    asked: bool,
    /// Who signed in by PLAIN with a password that is not recorded.
    hidden: Option<String>,
}

impl SigningIn {
    /// Whether the target has to answer first.
    pub(super) fn waits(&self) -> bool {
        self.asked
    }

    /// The target has answered.
    pub(super) fn answered(&mut self) {
        self.asked = false;
    }

    /// What is sent in place of a message.
    pub(super) fn instead(&mut self, bytes: Vec<u8>, passwords: &Passwords) -> Ours {
        let tags = tags(&bytes);
        let first = tags.first().cloned().unwrap_or_default();
        match name_of(first.as_bytes()) {
            b"auth" if is_hidden(&first, &bytes) => match self.hidden.take() {
                None => Ours::As(bytes),
                Some(user) => self.by_plain(&user, passwords),
            },
            b"auth" => {
                self.user = user_of(&bytes);
                if self.user.is_some() { Ours::Nothing } else { Ours::As(bytes) }
            }
            b"response" => match self.user.take() {
                None => Ours::As(bytes),
                Some(user) => self.by_plain(&user, passwords),
            },
            _ => Ours::As(bytes),
        }
    }

    fn by_plain(&mut self, user: &str, passwords: &Passwords) -> Ours {
        self.asked = true;
        let password = passwords.get(user).unwrap_or_default();
        let message = base64(format!("\0{user}\0{password}").as_bytes());
        let namespace = "urn:ietf:params:xml:ns:xmpp-sasl";
        let auth = format!("<auth xmlns='{namespace}' mechanism='PLAIN'>{message}</auth>");
        Ours::As(auth.into_bytes())
    }

    /// Who signs in on the link of an actor.
    pub(super) fn of(log: &[Entry], actor: &str) -> Self {
        Self { hidden: hidden_user(log, actor), ..Self::default() }
    }
}

/// Whether a first message of PLAIN is recorded without its password.
fn is_hidden(tag: &str, bytes: &[u8]) -> bool {
    let is_plain = attribute(tag, "mechanism") == Some("PLAIN");
    is_plain && bytes.windows(4).any(|four| four == b">...")
}

/// Whether a password is left out of an exchange.
pub(super) fn hides_password(log: &[Entry]) -> bool {
    log.iter().filter(|entry| entry.event == Event::Send).any(|entry| {
        let bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
        tags(&bytes).first().is_some_and(|tag| is_hidden(tag, &bytes))
    })
}

/// Who signed in by PLAIN once, and bound a resource: its JID has the user.
fn hidden_user(log: &[Entry], actor: &str) -> Option<String> {
    let of_actor = log.iter().filter(|entry| entry.actor == actor);
    let texts: Vec<(Event, String)> = of_actor
        .map(|entry| {
            let bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
            (entry.event, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect();
    let sent = |what: &str| {
        texts.iter().filter(|(event, text)| *event == Event::Send && text.starts_with(what)).count()
    };
    if sent("<auth") != 1 {
        return None;
    }
    texts.iter().find_map(|(event, text)| {
        let jid = text.split_once("<jid>")?.1.split_once('@')?.0;
        (*event == Event::Recv).then(|| jid.to_owned())
    })
}

/// The user that a first message of SCRAM names.
fn user_of(auth: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(auth);
    let (tag, rest) = text.split_once('>')?;
    attribute(tag, "mechanism").filter(|name| name.starts_with("SCRAM-"))?;
    let first = decoded(rest.split_once('<')?.0)?;
    let first = String::from_utf8(first).ok()?;
    // Without channel binding and another identity; what has them is about these.
    let user = first.strip_prefix("n,,n=")?.split(',').next()?;
    (!user.contains('=')).then(|| user.to_owned())
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let sum = three.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let sum = sum << (8 * (3 - three.len()));
        for place in 0..4 {
            let six = (sum >> (18 - 6 * place) & 63) as usize;
            let character = ALPHABET.get(six).filter(|_| place <= three.len());
            text.push(character.map_or('=', |byte| char::from(*byte)));
        }
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = ALPHABET.iter().position(|known| *known == byte)?;
        bits = bits << 6 | six as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// Why an exchange cannot be sent again, if it cannot: it lies in what is not recorded, or in an
/// answer that has to be computed anew.
pub(super) fn unrepeatable(log: &[Entry]) -> Option<String> {
    let mut begun: BTreeMap<&str, bool> = BTreeMap::new();
    for entry in log {
        let bytes = entry.hex.as_deref().map(bytes_of).unwrap_or_default();
        let tags = tags(&bytes);
        let first = tags.first().map(String::as_str).unwrap_or_default();
        let name = name_of(first.as_bytes());
        let actor = entry.actor.as_str();
        match (entry.event, name) {
            (Event::Note, _) if entry.text.as_deref().is_some_and(is_elsewhere) => {
                return Some("the rosters were read or changed by clients of their own".to_owned());
            }
            (Event::Send, b"auth") => {
                if is_hidden(first, &bytes) && hidden_user(log, actor).is_none() {
                    return Some("the password is not recorded".to_owned());
                }
                let hidden = is_hidden(first, &bytes);
                begun.insert(actor, hidden || user_of(&bytes).is_some());
            }
            (Event::Recv, b"success") => {
                begun.remove(actor);
            }
            (Event::Recv, b"failure") if begun.contains_key(actor) => {
                return Some("the answer to a challenge has to be computed anew".to_owned());
            }
            (Event::Send, b"response") if begun.get(actor) == Some(&false) => {
                return Some("the answer to a challenge has to be computed anew".to_owned());
            }
            _ => {}
        }
    }
    begun.values().any(|begun| *begun).then(|| "signing in came to no end".to_owned())
}

/// Whether a note tells of rosters that other clients have read or changed.
fn is_elsewhere(note: &str) -> bool {
    let states = ["None", "To", "From", "Both"];
    let state = note.rsplit_once(": ").is_some_and(|(pair, state)| {
        pair.contains(" and ") && states.iter().any(|known| state.starts_with(known))
    });
    state || note.starts_with("the roster of ") || note.ends_with(" cannot be changed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_apart_without_a_codec() {
        let whole = |text: &str| length(text.as_bytes());
        let header = "<?xml version='1.0'?><stream:stream to='a>b' xmlns='jabber:client'>";
        assert_eq!(whole(&format!("{header}<a/>")), Some(header.len()));
        assert_eq!(whole("<a><b/>c</a><d/>"), Some(12));
        assert_eq!(whole("<a><b>"), None);
        assert_eq!(whole("</stream:stream>x"), Some(16));
        assert_eq!(whole("  <a/>"), Some(2));
        assert_eq!(whole("<a b='"), None);
    }

    #[test]
    fn what_changes_from_run_to_run_is_left_out() {
        let of = |text: &str| String::from_utf8(head(text.as_bytes())).unwrap();
        let one = of(
            "<iq id='1' type='error' from='a'><error type='cancel'><gone xmlns='x'/></error></iq>",
        );
        let other = of(
            "<iq type='error' id='2'><error type=\"cancel\"><gone xmlns='x'></gone></error></iq>",
        );
        assert_eq!(one, other);
        assert_ne!(one, of("<iq id='1' type='result'/>"));
        assert_eq!(of("<challenge xmlns='y'>abc=</challenge>"), "");
    }

    #[test]
    fn what_the_target_chose_is_put_in() {
        let enabled =
            |id: &str| format!("<enabled xmlns='urn:xmpp:sm:3' id='{id}' resume='true'/>");
        let (then, now) = (chosen(enabled("then").as_bytes()), chosen(enabled("now").as_bytes()));
        let resume = b"<resume xmlns='urn:xmpp:sm:3' h='0' previd='then'/>".to_vec();
        let expected = b"<resume xmlns='urn:xmpp:sm:3' h='0' previd='now'/>";
        assert_eq!(rename(resume, &then, &now), expected);
        let bound = b"<iq type='result' id='b'><bind><jid>a@b/c</jid></bind></iq>";
        assert_eq!(chosen(bound), [("jid", "a@b/c".to_owned())]);
    }

    #[test]
    fn scram_becomes_plain() {
        let passwords = Passwords { main: Some("secret".to_owned()), of: BTreeMap::new() };
        let first = base64(b"n,,n=tester,r=abc");
        let auth = format!("<auth xmlns='s' mechanism='SCRAM-SHA-1'>{first}</auth>");
        let mut signing = SigningIn::default();
        assert!(matches!(signing.instead(auth.into_bytes(), &passwords), Ours::Nothing));
        let Ours::As(sent) = signing.instead(b"<response>x</response>".to_vec(), &passwords) else {
            panic!("nothing is sent")
        };
        assert!(String::from_utf8(sent).unwrap().contains(&base64(b"\0tester\0secret")));
        assert_eq!(decoded(&base64(b"any bytes")).unwrap(), b"any bytes");
    }
}
