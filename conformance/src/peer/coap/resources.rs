//! The resources of the CoAP server: requests in, responses out. Nothing here knows of messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wirecheck_codecs::coap::{Code, Message, OptionNumber};

use super::blocks::{self, Transfers};
use super::fresh::{Challenges, FRESH};
use super::links;
use crate::peer::Options;

/// The largest representation that is kept.
pub(super) const MOST_BYTES: usize = 64 * 1024;
/// The Content-Format of almost everything here: text/plain.
pub(super) const TEXT: u32 = 0;
/// Where the resources are listed.
pub(super) const CORE: &str = ".well-known/core";
/// The resource that changes by itself.
pub(super) const TICK: &str = "tick";
/// The resource that is there once somebody has put it there.
pub(super) const NEW: &str = "new";
/// How many bytes the resource `large` has: more than one message carries.
const LARGE: usize = 1300;

/// A response before it is put into a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Response {
    pub(super) code: &'static str,
    pub(super) options: Vec<Value>,
    pub(super) payload: Vec<u8>,
}

impl Response {
    pub(super) fn new(code: &'static str) -> Self {
        Self { code, options: Vec::new(), payload: Vec::new() }
    }

    pub(super) fn with(code: &'static str, text: &str) -> Self {
        Self { payload: text.as_bytes().to_vec(), ..Self::new(code) }
    }
}

/// What is kept under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    pub(super) format: u32,
}

impl Kept {
    fn text(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), format: TEXT }
    }

    /// The entity-tag: FNV-1a of the representation.
    pub(super) fn etag(&self) -> Vec<u8> {
        let hash = self.bytes.iter().fold(0x811C_9DC5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        hash.to_be_bytes().to_vec()
    }
}

/// What is kept.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) kept: BTreeMap<String, Kept>,
    pub(super) transfers: Transfers,
    challenges: Challenges,
    /// How often the observable resource has changed.
    pub(super) ticks: u64,
}

impl Resources {
    pub(super) fn new() -> Self {
        let letters: Vec<u8> = (b'a'..=b'z').cycle().take(LARGE).collect();
        let short = letters.get(..200).unwrap_or_default();
        let kept = [
            ("test", Kept::text(b"test")),
            (FRESH, Kept::text(b"as of now")),
            ("separate", Kept::text(b"at last")),
            ("large-update", Kept::text(short)),
            ("large", Kept::text(&letters)),
        ];
        let kept = kept.map(|(path, kept)| (path.to_owned(), kept));
        let (transfers, challenges) = (Transfers::default(), Challenges::default());
        Self { kept: BTreeMap::from(kept), transfers, challenges, ticks: 0 }
    }

    /// Answers a request from an endpoint.
    pub(super) fn answer(&mut self, set: &Options, from: u64, message: &Message<'_>) -> Response {
        let path = path(message);
        if path == FRESH
            && let Some(refusal) = self.challenges.refused(set, message)
        {
            return refusal;
        }
        let now = self.representation(set, &path);
        let format = now.as_ref().map_or(TEXT, |now| now.format);
        if !set.faulty("ignores-accept")
            && let Some(accept) = message.option(OptionNumber::ACCEPT)
            && accept.uint() != Some(format)
        {
            return Response::with("4.06", "it is in another Content-Format");
        }
        let changes = matches!(message.code, Code::PUT | Code::POST | Code::DELETE);
        if changes && !meets(message, now.as_ref()) && !set.faulty("ignores-conditions") {
            if set.faulty("changes-although-a-condition-fails") && message.code == Code::PUT {
                self.replace(&path, message.payload, message);
            }
            let bad = set.faulty("failed-condition-is-bad-request");
            return Response::new(if bad { "4.00" } else { "4.12" });
        }
        match message.code {
            Code::GET => self.get(set, &path, now.as_ref(), message),
            Code::PUT => self.put(set, from, &path, message),
            Code::POST if now.is_some() => Response::new("2.04"),
            Code::DELETE => self.delete(set, &path, now.is_some()),
            Code::POST => Response::with("4.04", "there is no such resource"),
            Code::PATCH | Code::IPATCH if set.faulty("applies-a-refused-patch") => {
                self.replace(&path, message.payload, message);
                Response::new("4.15")
            }
            _ if set.faulty("unknown-method-not-found") => Response::new("4.04"),
            _ => Response::with("4.05", "this method is not for this resource"),
        }
    }

    /// The representation of a resource.
    pub(super) fn representation(&self, set: &Options, path: &str) -> Option<Kept> {
        match path {
            TICK => Some(Kept::text(self.ticks.to_string().as_bytes())),
            CORE if set.faulty("lists-nothing") => None,
            CORE => {
                let format = if set.faulty("links-as-text") { TEXT } else { links::FORMAT };
                Some(Kept { bytes: links::document(set).into_bytes(), format })
            }
            _ => self.kept.get(path).cloned(),
        }
    }

    fn get(
        &mut self,
        set: &Options,
        path: &str,
        now: Option<&Kept>,
        message: &Message<'_>,
    ) -> Response {
        let Some(now) = now else {
            return Response::with("4.04", "there is no such resource");
        };
        if !message.payload.is_empty() {
            if set.faulty("get-stores-payload") {
                self.replace(path, message.payload, message);
            }
            if set.faulty("refuses-get-with-payload") {
                return Response::with("4.00", "a GET has no payload");
            }
        }
        if path == CORE && set.faulty("refuses-link-queries") {
            let query = message.option(OptionNumber::URI_QUERY);
            if query.is_some() {
                return Response::with("4.00", "a query is not understood");
            }
        }
        let tags = message.options.iter().filter(|it| it.number == OptionNumber::ETAG);
        if tags.map(|it| it.value).any(|tag| tag == now.etag()) && !set.varies("no-validation") {
            let mut valid = Response::new("2.03");
            if !set.faulty("valid-without-etag") {
                valid.options.push(etag(&now.etag()));
            }
            if set.faulty("valid-with-payload") {
                valid.payload.clone_from(&now.bytes);
            }
            return valid;
        }
        let code = if set.faulty("get-is-changed") { "2.04" } else { "2.05" };
        let mut response = Response::new(code);
        response.options.push(json!({ "content_format": now.format }));
        if path != TICK && !set.faulty("blocks-without-etag") {
            response.options.push(etag(&now.etag()));
        }
        if set.faulty("two-etags") {
            response.options.push(etag(b"other"));
        }
        if set.faulty("two-content-formats") {
            response.options.push(json!({ "content_format": 50 }));
        }
        if set.faulty("two-size2") {
            response.options.extend([4, 5].map(|size| json!({ "size2": size })));
        }
        if set.faulty("uri-path-in-response") {
            response.options.push(json!({ "uri_path": path }));
        }
        blocks::part(set, now, message, response)
    }

    fn put(&mut self, set: &Options, from: u64, path: &str, message: &Message<'_>) -> Response {
        if !matches!(path, "test" | "large-update" | NEW) {
            return Response::with("4.05", "this resource cannot be replaced");
        }
        if let Some(response) = self.put_block(set, from, path, message) {
            return response;
        }
        let there = self.kept.contains_key(path);
        if set.faulty("put-appends") {
            let mut all = self.kept.get(path).map(|kept| kept.bytes.clone()).unwrap_or_default();
            all.extend_from_slice(message.payload);
            self.replace(path, &all, message);
        } else {
            self.replace(path, message.payload, message);
        }
        let created = !there || set.faulty("replacing-is-creating");
        let mut response = Response::new(if created { "2.01" } else { "2.04" });
        if created && set.faulty("location-of-dots") {
            response.options.push(json!({ "location_path": ".." }));
        }
        response
    }

    pub(super) fn replace(&mut self, path: &str, bytes: &[u8], message: &Message<'_>) {
        let format = message.option(OptionNumber::CONTENT_FORMAT).and_then(|it| it.uint());
        let bytes = bytes.get(..bytes.len().min(MOST_BYTES)).unwrap_or_default().to_vec();
        let kept = Kept { bytes, format: format.unwrap_or(TEXT) };
        self.kept.insert(path.to_owned(), kept);
    }

    fn delete(&mut self, set: &Options, path: &str, there: bool) -> Response {
        match there {
            false if set.faulty("deleting-nothing-not-found") => Response::new("4.04"),
            false => Response::new("2.02"),
            true if matches!(path, "test" | NEW) => {
                self.kept.remove(path);
                Response::new("2.02")
            }
            true => Response::with("4.05", "this resource cannot be deleted"),
        }
    }
}

/// An ETag option.
fn etag(tag: &[u8]) -> Value {
    json!({ "etag": { "hex": wirecheck_codecs::json::to_hex(tag) } })
}

/// Whether If-Match and If-None-Match let a request be performed (RFC 7252, 5.10.8).
fn meets(message: &Message<'_>, now: Option<&Kept>) -> bool {
    let wanted: Vec<_> =
        message.options.iter().filter(|it| it.number == OptionNumber::IF_MATCH).collect();
    let fits = |tag: &[u8]| now.is_some_and(|now| tag.is_empty() || tag == now.etag());
    let matches = wanted.is_empty() || wanted.iter().any(|it| fits(it.value));
    let absent = message.option(OptionNumber::IF_NONE_MATCH).is_none() || now.is_none();
    matches && absent
}

/// The segments of Uri-Path, with slashes between.
pub(super) fn path(message: &Message<'_>) -> String {
    let segments = message.options.iter().filter(|it| it.number == OptionNumber::URI_PATH);
    let segments: Vec<_> =
        segments.map(|it| String::from_utf8_lossy(it.value).into_owned()).collect();
    segments.join("/")
}
