//! URLs of endpoints.

use crate::case::{Family, Protocol, suggest};
use crate::peer;
use crate::transport::Scheme;
use crate::transport::scheme::{SCHEMES, scheme};

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// How it is spoken to.
    pub scheme: &'static Scheme,
    /// The host as it was given, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What a WebSocket handshake asks for; `/` where nothing was given.
    pub path: String,
    /// The user, if one was given.
    pub user: Option<String>,
    /// The protocol that was asked for by `?v=`.
    pub protocol: Option<Protocol>,
}

impl Url {
    /// Reads `mqtt://[user@]host[:port][/path][?v=5.0]`.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((name, rest)) = text.split_once("://") else {
            return Err(format!("`{text}` is neither a URL like mqtt://127.0.0.1:1883 nor a file"));
        };
        let Some(known) = scheme(name) else {
            let names: Vec<_> = SCHEMES.iter().map(|known| known.name).collect();
            let guess = suggest::phrase(name, names.iter().copied());
            let names = names.join(", ");
            return Err(format!(
                "{text}: the scheme `{name}` is not known{guess}; there are {names}"
            ));
        };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (place, path) = match place.find('/') {
            Some(at) => place.split_at(at),
            None => (place, "/"),
        };
        if path != "/" && known.websocket.is_none() {
            return Err(format!("{text}: only schemes of WebSocket, such as ws://, have a path"));
        }
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, place),
        };
        if user.as_ref().is_some_and(|user| user.contains(':')) {
            return Err("a password does not belong in a URL, where other users of the machine \
                        see it; write mqtt://user@host and set WIRECHECK_PASSWORD"
                .to_owned());
        }
        let (host, port) = split_port(place, known.port).map_err(|why| format!("{text}: {why}"))?;
        let protocol =
            query.map(|query| version(query, known).map_err(|why| format!("{text}: {why}")));
        // CoAP has one place for WebSocket (RFC 8323, 8.3), and XMPP a usual one.
        let fixed = known.websocket.filter(|_| known.family != Family::Mqtt);
        let path = fixed.filter(|_| path == "/").map_or(path, |websocket| websocket.path);
        let (path, protocol) = (path.to_owned(), protocol.transpose()?);
        Ok(Self { scheme: known, host, port, path, user, protocol })
    }

    /// The URL without user and query, as results show it.
    #[must_use]
    pub fn place(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let path = self.path.trim_end_matches('/');
        format!("{}://{host}:{}{path}", self.scheme.name, self.port)
    }
}

/// The protocols that a URL of this scheme may mean.
#[must_use]
pub fn protocols_of(scheme: &Scheme) -> &'static [Protocol] {
    let mut there = peer::TABLE.iter().flat_map(|peer| peer.endpoints());
    let first = || peer::of(scheme.family).and_then(|peer| peer.endpoints().first());
    let endpoint = there.find(|endpoint| endpoint.scheme == scheme.name).or_else(first);
    endpoint.map_or(&[], |endpoint| endpoint.protocols)
}

fn split_port(place: &str, usual: u16) -> Result<(String, u16), String> {
    let (host, port) = match (place.strip_prefix('['), place.rsplit_once(':')) {
        (Some(rest), _) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, port.strip_prefix(':').or(Some(port))),
            None => return Err("the bracket of the IPv6 address is not closed".to_owned()),
        },
        (None, Some((host, _))) if host.contains(':') => {
            return Err(format!("write an IPv6 address in brackets: [{place}]"));
        }
        (None, Some((host, port))) => (host, Some(port)),
        (None, None) => (place, None),
    };
    if host.is_empty() || host.contains(' ') {
        return Err(format!("`{host}` is not a host"));
    }
    let port = match port {
        None => usual,
        Some(port) => {
            let number = port.parse().ok().filter(|port| *port != 0);
            number.ok_or_else(|| format!("`{port}` is not a port from 1 to 65535"))?
        }
    };
    Ok((host.to_owned(), port))
}

fn version(query: &str, scheme: &Scheme) -> Result<Protocol, String> {
    let wanted = query.strip_prefix("v=").unwrap_or_default();
    let suffix = format!("-{wanted}");
    let mut possible = protocols_of(scheme).iter();
    let found = possible.find(|protocol| protocol.as_str().ends_with(&suffix)).copied();
    found.ok_or_else(|| {
        let named = protocols_of(scheme).iter().map(|protocol| protocol.as_str());
        let named: Vec<_> = named.filter_map(|name| name.rsplit_once('-')).collect();
        let named: Vec<_> = named.iter().map(|(_, version)| format!("?v={version}")).collect();
        match named.is_empty() {
            true => format!("`?{query}` is not known; {}:// has one version", scheme.name),
            false => format!("`?{query}` is not known; it can be {}", named.join(" or ")),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = |text: &str| Url::parse(text).map(|url| (url.host, url.port, url.protocol));
        let found = |host: &str, port, protocol| Ok((host.to_owned(), port, protocol));
        assert_eq!(url("mqtt://h"), found("h", 1883, None));
        assert_eq!(url("mqtt://h:1/"), found("h", 1, None));
        assert_eq!(url("mqtts://h"), found("h", 8883, None));
        assert_eq!(url("mqtt://[::1]:9?v=5.0"), found("::1", 9, Some(Protocol::Mqtt50)));
        assert_eq!(url("wss://h/mqtt?v=3.1.1"), found("h", 443, Some(Protocol::Mqtt311)));
        assert_eq!(url("mqtt://[::1]"), found("::1", 1883, None));
        for (text, words) in [
            ("h:1883", "neither a URL"),
            ("http://h", "the scheme `http` is not known; there are mqtt"),
            ("mqtt://a:b@h", "WIRECHECK_PASSWORD"),
            ("mqtt://h/mqtt", "only schemes of WebSocket"),
            ("mqtt://h:0", "not a port"),
            ("mqtt://h:x", "not a port"),
            ("mqtt://", "not a host"),
            ("mqtt://::1", "in brackets"),
            ("mqtt://h?v=4", "?v=3.1.1 or ?v=5.0"),
        ] {
            let error = Url::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(Url::parse("mqtt://a@h").expect("a URL").user.as_deref(), Some("a"));
        let place = |text: &str| Url::parse(text).map(|url| url.place());
        assert_eq!(place("ws://u@[::1]/a/b?v=5.0"), Ok("ws://[::1]:80/a/b".to_owned()));
    }
}
