//! The resources of the CoAP server: requests in, responses out. Nothing here knows of messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wirecheck_codecs::coap::{Block, Code, Message, OptionNumber};

use crate::peer::Options;

/// The largest representation that is kept.
const MOST_BYTES: usize = 64 * 1024;
/// The Content-Format of everything here: text/plain.
const TEXT: u32 = 0;

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

    fn with(code: &'static str, text: &str) -> Self {
        Self { payload: text.as_bytes().to_vec(), ..Self::new(code) }
    }
}

/// What is kept.
#[derive(Debug)]
pub(super) struct Resources {
    kept: BTreeMap<String, Vec<u8>>,
    /// Transfers under way, by endpoint and path.
    transfers: BTreeMap<(u64, String), Vec<u8>>,
    /// How often the observable resource has changed.
    pub(super) ticks: u64,
}

impl Resources {
    pub(super) fn new() -> Self {
        let letters: Vec<u8> = (b'a'..=b'z').cycle().take(200).collect();
        let kept = BTreeMap::from([
            ("test".to_owned(), b"test".to_vec()),
            ("separate".to_owned(), b"at last".to_vec()),
            ("large".to_owned(), letters.clone()),
            ("large-update".to_owned(), letters),
        ]);
        Self { kept, transfers: BTreeMap::new(), ticks: 0 }
    }

    /// Answers a request from an endpoint.
    pub(super) fn answer(&mut self, set: &Options, from: u64, message: &Message<'_>) -> Response {
        let path = path(message);
        if !set.faulty("ignores-accept")
            && let Some(accept) = message.option(OptionNumber::ACCEPT)
            && accept.uint() != Some(TEXT)
        {
            return Response::with("4.06", "only text/plain");
        }
        match message.code {
            Code::GET => self.get(set, &path, message),
            Code::PUT => self.put(set, from, path, message),
            Code::POST if self.known(&path) => Response::new("2.04"),
            Code::DELETE if path == "test" => {
                self.kept.remove(&path);
                Response::new("2.02")
            }
            Code::DELETE if !self.known(&path) => Response::new("2.02"),
            Code::POST => Response::with("4.04", "there is no such resource"),
            _ if set.faulty("unknown-method-not-found") => Response::new("4.04"),
            _ => Response::with("4.05", "this method is not for this resource"),
        }
    }

    fn known(&self, path: &str) -> bool {
        self.kept.contains_key(path) || path == "tick" || path == ".well-known/core"
    }

    /// The representation of a resource.
    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        match path {
            "tick" => Some(self.ticks.to_string().into_bytes()),
            ".well-known/core" => {
                let links = "</test>,</separate>,</tick>;obs,</large>,</large-update>";
                Some(links.as_bytes().to_vec())
            }
            _ => self.kept.get(path).cloned(),
        }
    }

    fn get(&self, set: &Options, path: &str, message: &Message<'_>) -> Response {
        let Some(whole) = self.bytes(path) else {
            return Response::with("4.04", "there is no such resource");
        };
        let mut response = Response::new("2.05");
        response.options.push(json!({ "content_format": TEXT }));
        let asked = message.option(OptionNumber::BLOCK2).and_then(|option| option.block());
        let preferred = if set.varies("blocks-of-32") { 32 } else { 64 };
        if asked.is_none() && whole.len() <= preferred {
            response.payload = whole;
            return response;
        }
        let asked_size = asked.map_or(preferred, Block::size);
        let size =
            if set.faulty("larger-blocks-than-asked") { 128 } else { asked_size.min(preferred) };
        // A block number counts in blocks of the size that was asked for.
        let start = asked.map_or(0, |block: Block| block.num as usize * asked_size);
        if start > 0 && start >= whole.len() {
            return Response::with("4.00", "there is no such block");
        }
        let end = (start + size).min(whole.len());
        let mut part = whole.get(start..end).unwrap_or_default().to_vec();
        let (number, more) = (start / size, end < whole.len());
        if set.faulty("blocks-of-changing-size") && number % 2 == 1 && more {
            part.pop();
        }
        response.options.push(json!({ "block2": { "num": number, "more": more, "size": size } }));
        response.payload = part;
        response
    }

    fn put(&mut self, set: &Options, from: u64, path: String, message: &Message<'_>) -> Response {
        if !matches!(path.as_str(), "test" | "large-update") {
            return Response::with("4.05", "this resource cannot be replaced");
        }
        let Some(block) = message.option(OptionNumber::BLOCK1).and_then(|option| option.block())
        else {
            self.kept.insert(path, message.payload.to_vec());
            return Response::new("2.04");
        };
        if set.varies("no-block1") {
            return Response::with("4.13", "no updates in blocks");
        }
        let size = block.size();
        let start = block.num as usize * size;
        let said = json!({ "block1": { "num": block.num, "more": block.more, "size": size } });
        let answer = |code| Response { options: vec![said.clone()], ..Response::new(code) };
        if set.varies("stateless-block1") {
            write(self.kept.entry(path).or_default(), start, message.payload);
            return answer("2.04");
        }
        if set.faulty("applies-a-broken-transfer") {
            write(self.kept.entry(path.clone()).or_default(), start, message.payload);
        }
        let key = (from, path);
        let transfer = self.transfers.entry(key.clone()).or_default();
        if block.num == 0 {
            transfer.clear();
        }
        if transfer.len() != start && !set.faulty("assembles-over-a-gap") {
            self.transfers.remove(&key);
            return answer("4.08");
        }
        if transfer.len() + message.payload.len() > MOST_BYTES {
            self.transfers.remove(&key);
            return answer("4.13");
        }
        transfer.extend_from_slice(message.payload);
        if block.more {
            return answer("2.31");
        }
        let whole = self.transfers.remove(&key).unwrap_or_default();
        self.kept.insert(key.1, whole);
        answer("2.04")
    }
}

fn write(kept: &mut Vec<u8>, start: usize, bytes: &[u8]) {
    let end = (start + bytes.len()).min(MOST_BYTES);
    if kept.len() < end {
        kept.resize(end, b' ');
    }
    for (place, byte) in kept.iter_mut().skip(start).zip(bytes) {
        *place = *byte;
    }
}

/// The segments of Uri-Path, with slashes between.
pub(super) fn path(message: &Message<'_>) -> String {
    let segments = message.options.iter().filter(|it| it.number == OptionNumber::URI_PATH);
    let segments: Vec<_> =
        segments.map(|it| String::from_utf8_lossy(it.value).into_owned()).collect();
    segments.join("/")
}
