//! What a client asks of the proxy, and the request that the server behind it gets (RFC 7252, 5.7.2
//! and 5.10.2).

use std::net::{IpAddr, SocketAddr};

use serde_json::json;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::encode;
use wirecheck_codecs::coap::{
    CoapOption, Code, Context, Message, MessageType, OptionNumber, Options, Reason, decode,
};

use super::NAME;
use crate::peer::Options as Set;

/// Options by number, with their values.
type List = Vec<(OptionNumber, Vec<u8>)>;

/// What is wanted.
pub(super) enum Wish {
    /// Nothing that is for a proxy, or something that this one is unwilling to do.
    Nothing,
    /// A resource of the proxy itself: the request without a word of proxies.
    Own(Vec<u8>),
    /// The request cannot be sent on: the code, and why.
    Refused(&'static str, &'static str),
    /// A resource of a server.
    Forward(Onward),
}

/// A request for a server.
#[derive(Clone, Debug)]
pub(super) struct Onward {
    pub(super) to: SocketAddr,
    pub(super) code: Code,
    options: List,
    payload: Vec<u8>,
    /// What requests that can share a response have in common.
    pub(super) key: Vec<u8>,
}

impl Onward {
    /// The message.
    pub(super) fn message(&self, id: u16, token: &[u8]) -> Vec<u8> {
        message(self.code, id, token, &self.options, &self.payload)
    }
}

/// Where a request is to go, by its options.
struct Destination {
    host: String,
    port: u16,
    /// The path and the query.
    resource: List,
}

pub(super) fn wish(set: &Set, asked: &Message<'_>) -> Wish {
    let Some(Destination { host, port, resource }) = destination(asked) else {
        return Wish::Nothing;
    };
    if host == NAME && !set.faulty("proxy-does-not-know-itself") {
        let own = kept(asked).into_iter().chain(resource).collect();
        let id = asked.message_id;
        let mut bytes = message(asked.code, id, asked.token, &own, asked.payload);
        // The type is all that is not in it yet.
        if let Some(first) = bytes.first_mut() {
            *first |= u8::from(asked.message_type == MessageType::NonConfirmable) << 4;
        }
        return Wish::Own(bytes);
    }
    let address = host.parse::<IpAddr>().ok().filter(IpAddr::is_loopback);
    let Some(address) = address else { return Wish::Nothing };
    let takes = |id: &str| set.faulty(id);
    for it in asked.unrecognized() {
        let refused = match it.reason {
            Reason::Unknown => {
                it.option.number.is_unsafe() && !takes("proxy-forwards-unsafe-options")
            }
            _ => it.option.number.is_critical(),
        };
        if refused {
            return Wish::Refused("4.02", "an option is unsafe to forward");
        }
    }
    let mut options: List = kept(asked);
    if takes("proxy-drops-safe-options") {
        options.retain(|(number, _)| number.0 < 65_000);
    }
    if let Some(hops) = options.iter_mut().find(|(number, _)| *number == OptionNumber::HOP_LIMIT) {
        match hops.1.as_mut_slice() {
            [0] | [] => return Wish::Refused("4.00", "a Hop-Limit of 0"),
            [1] if takes("proxy-forwards-at-the-last-hop") => hops.1.clear(),
            [1] => {
                let code = if takes("proxy-last-hop-is-a-bad-request") { "4.00" } else { "5.08" };
                return Wish::Refused(code, NAME);
            }
            [left] => *left -= 1 + u8::from(takes("proxy-counts-two-hops")),
            _ => {}
        }
    }
    if takes("proxy-forwards-proxy-options") {
        let proxy = |number| matches!(number, OptionNumber::PROXY_URI | OptionNumber::PROXY_SCHEME);
        let still = asked.options.iter().filter(|it| proxy(it.number));
        options.extend(still.map(|it| (it.number, it.value.to_vec())));
    }
    if takes("proxy-does-not-decode-uris")
        && let Some(uri) = asked.option(OptionNumber::PROXY_URI).and_then(|it| it.text())
    {
        let path = uri.splitn(4, '/').nth(3).unwrap_or_default();
        options.push((OptionNumber::URI_PATH, path.as_bytes().to_vec()));
    } else {
        options.extend(resource);
    }
    let to = SocketAddr::new(address, port);
    let mut onward =
        Onward { to, code: asked.code, options, payload: asked.payload.to_vec(), key: Vec::new() };
    let mut key = Onward { options: onward.options.clone(), ..onward.clone() };
    key.options.retain(|(number, _)| !number.is_no_cache_key());
    onward.key = [to.to_string().as_bytes(), &key.message(0, &[])].concat();
    Wish::Forward(onward)
}

/// Where a request for a proxy goes; nowhere if it is none, or not for `coap`.
fn destination(asked: &Message<'_>) -> Option<Destination> {
    let text = |number| asked.option(number).and_then(|it| it.text());
    if let Some(uri) = text(OptionNumber::PROXY_URI) {
        let rest = uri.strip_prefix("coap://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, resource) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, 5683),
        };
        // The form of the codec undoes percent-encoding.
        let form = json!({ "coap": { "code": "0.01", "message_id": 0,
            "options": [{ "uri": resource }] } });
        let bytes = encode(&form).ok()?;
        let Ok(Decoded::Complete { message, .. }) = decode(&bytes, &Context::default()) else {
            return None;
        };
        let resource = message.options.iter().map(|it| (it.number, it.value.to_vec())).collect();
        return Some(Destination { host: host.to_owned(), port, resource });
    }
    if text(OptionNumber::PROXY_SCHEME)? != "coap" {
        return None;
    }
    let host = text(OptionNumber::URI_HOST)?.to_owned();
    let port = asked.option(OptionNumber::URI_PORT).map(|it| it.uint());
    let port = port.map_or(Some(5683), |port| u16::try_from(port?).ok())?;
    let resource = asked.options.iter();
    let resource =
        resource.filter(|it| matches!(it.number, OptionNumber::URI_PATH | OptionNumber::URI_QUERY));
    let resource = resource.map(|it| (it.number, it.value.to_vec())).collect();
    Some(Destination { host, port, resource })
}

/// The options that say nothing of where a request goes. Observations are the client's affair with
/// the proxy, which has none to offer.
fn kept(asked: &Message<'_>) -> List {
    const SPENT: &[OptionNumber] = &[
        OptionNumber::URI_HOST,
        OptionNumber::URI_PORT,
        OptionNumber::URI_PATH,
        OptionNumber::URI_QUERY,
        OptionNumber::PROXY_URI,
        OptionNumber::PROXY_SCHEME,
        OptionNumber::OBSERVE,
    ];
    let kept = asked.options.iter().filter(|it| !SPENT.contains(&it.number));
    kept.map(|it| (it.number, it.value.to_vec())).collect()
}

/// A Confirmable message.
fn message(code: Code, id: u16, token: &[u8], options: &List, payload: &[u8]) -> Vec<u8> {
    let mut options: Vec<_> =
        options.iter().map(|(number, value)| CoapOption::new(*number, value)).collect();
    let Some(options) = Options::sorted(&mut options) else { return Vec::new() };
    let plain = Message::new(MessageType::Confirmable, code, id);
    let message = Message { token, options, payload, ..plain };
    let context = Context::default();
    let mut bytes = vec![0; message.encoded_len(&context).unwrap_or_default()];
    let length = message.encode(&mut bytes, &context).unwrap_or_default();
    bytes.truncate(length);
    bytes
}
