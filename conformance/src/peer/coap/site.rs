//! What the server makes of a request, whatever carried it: options, resources, observers.

use serde_json::json;
use wirecheck_codecs::coap::{Code, Message, MessageType, OptionNumber};
use wirecheck_codecs::json::to_hex;

use super::blocks;
use super::resources::{NEW, Resources, Response, TEXT, TICK, path};
use crate::peer::Options;

/// How many observers there may be.
const MOST: usize = 10_000;

/// The server without its messages.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) set: Options,
    pub(super) resources: Resources,
    pub(super) observers: Vec<Observing>,
    requests: u64,
}

/// One entry of the list of observers.
#[derive(Debug)]
pub(super) struct Observing {
    pub(super) to: u64,
    pub(super) token: String,
    pub(super) path: String,
    pub(super) number: u64,
    /// Whether it has not been told of the latest state.
    pub(super) behind: bool,
    format: u32,
}

/// What is done with a request whose options are wrong.
pub(super) enum Refusal {
    /// The message is rejected, which a Confirmable request is by this response.
    Rejected(Response),
    /// It is answered.
    Answered(Response),
}

impl Site {
    pub(super) fn new(set: Options) -> Self {
        Self { set, resources: Resources::new(), observers: Vec::new(), requests: 0 }
    }

    /// Answers a request whose options are in order.
    pub(super) fn answer(&mut self, from: u64, message: &Message<'_>) -> Response {
        let tag = message.option(OptionNumber::REQUEST_TAG);
        if self.set.faulty("reads-request-tags") && tag.is_some_and(|it| it.text().is_none()) {
            return self.finish(Response::with("4.00", "a Request-Tag is a text"));
        }
        let mut response = self.resources.answer(&self.set, from, message);
        if let Some(tag) = tag.filter(|_| self.set.faulty("request-tags-in-responses")) {
            response.options.push(json!({ "request_tag": { "hex": to_hex(tag.value) } }));
        }
        self.observe(from, message, &mut response);
        self.finish(response)
    }

    /// What is true of every response, a refusal among them.
    pub(super) fn finish(&mut self, mut response: Response) -> Response {
        self.requests += 1;
        if self.set.varies("unavailable") && self.requests.is_multiple_of(5) {
            return Response::new("5.03");
        }
        let error = response.code.starts_with('4') && !response.payload.is_empty();
        if error && self.set.faulty("no-diagnostics") {
            response.payload.clear();
        }
        if error && self.set.faulty("latin-1-diagnostics") {
            response.payload = b"nicht m\xF6glich".to_vec();
        }
        response
    }

    /// What is wrong with the options of a request (RFC 7252, 5.4 and 5.7.2; RFC 8768, 3).
    pub(super) fn refused(&self, message: &Message<'_>) -> Option<Refusal> {
        let faulty = |id: &str| self.set.faulty(id);
        let unknown = message.unrecognized().find(|it| {
            let tolerated = match it.reason.name() {
                "repeated-option" => faulty("takes-surplus-options"),
                "option-length" => faulty("takes-wrong-lengths"),
                _ => faulty("ignores-unknown-critical"),
            };
            match (it.option.number.is_critical(), it.reason.name()) {
                (true, _) => !tolerated,
                (false, "option-length") => faulty("refuses-wrong-elective-lengths"),
                (false, _) => faulty("refuses-unknown-elective"),
            }
        });
        let zeros = || message.options.iter().any(|it| it.has_leading_zeros());
        if let Some(unknown) = unknown {
            let text = format!("option {} is not known", unknown.option.number.0);
            return Some(Refusal::Rejected(Response::with("4.02", &text)));
        }
        if faulty("refuses-leading-zeros") && zeros() {
            return Some(Refusal::Rejected(Response::with("4.02", "a number begins with zeros")));
        }
        let has = |number| message.option(number).is_some();
        let proxy = has(OptionNumber::PROXY_URI) || has(OptionNumber::PROXY_SCHEME);
        let beside = has(OptionNumber::PROXY_URI)
            && has(OptionNumber::URI_PATH)
            && faulty("uri-path-overrides-proxy-uri");
        if proxy && !beside && !faulty("serves-what-a-proxy-would") {
            let code = if faulty("proxying-is-a-bad-option") { "4.02" } else { "5.05" };
            return Some(Refusal::Answered(Response::with(code, "this is no proxy")));
        }
        let hops = message.option(OptionNumber::HOP_LIMIT).filter(|it| it.has_defined_length());
        if hops.is_some_and(|hops| hops.hop_limit().is_none()) {
            let code = if faulty("hop-limit-0-is-exhausted") { "5.08" } else { "4.00" };
            return Some(Refusal::Answered(Response::with(code, "a Hop-Limit of 0")));
        }
        None
    }

    /// Whether the client does not want this response (RFC 7967).
    pub(super) fn suppressed(&self, message: &Message<'_>, response: &Response) -> bool {
        let asked = message.option(OptionNumber::NO_RESPONSE).and_then(|it| it.no_response());
        let Some(asked) = asked.filter(|_| !self.set.varies("always-responds")) else {
            return false;
        };
        let code = Code::from_text(response.code);
        self.set.faulty("suppresses-every-response")
            || code.is_some_and(|code| asked.suppresses(code))
    }

    fn observe(&mut self, from: u64, message: &Message<'_>, response: &mut Response) {
        let Some(asked) = message.option(OptionNumber::OBSERVE).and_then(|it| it.uint()) else {
            return;
        };
        let (path, token) = (path(message), to_hex(message.token));
        if message.code != Code::GET || response.code != "2.05" {
            return;
        }
        if !matches!(path.as_str(), TICK | NEW) {
            if asked == 0 && self.set.faulty("observe-without-registration") {
                response.options.push(json!({ "observe": 2 }));
            }
            return;
        }
        let same = |it: &Observing| it.to == from && it.token == token;
        if asked == 1 {
            if self.set.faulty("second-entry") {
                let first = self.observers.iter().position(same);
                first.map(|place| self.observers.remove(place));
            } else if !self.set.faulty("keeps-observer") {
                self.observers.retain(|it| !same(it));
            }
            if self.set.faulty("observe-in-deregistration") {
                response.options.push(json!({ "observe": 1 }));
            }
            return;
        }
        if asked != 0 || self.set.varies("no-observe") || self.observers.len() >= MOST {
            return;
        }
        // The numbers go on where those of an entry that is replaced ended.
        let before = self.observers.iter().find(|it| same(it)).map_or(1, |it| it.number);
        if !self.set.faulty("second-entry") {
            self.observers.retain(|it| !same(it));
        }
        let kept = self.resources.representation(&self.set, &path);
        let format = kept.map_or(TEXT, |kept| kept.format);
        let number = before + 1;
        self.observers.push(Observing { to: from, token, path, number, behind: false, format });
        response.options.push(json!({ "observe": number }));
    }

    /// What the observer at this place is told now, with its number; the entry is gone where that
    /// is the last thing.
    pub(super) fn notification(&mut self, place: usize) -> Option<(u64, String, Response, u64)> {
        let faulty = |id: &str| self.set.faulty(id);
        let (repeats, leaps) = (faulty("observe-number-repeats"), faulty("observe-number-leaps"));
        let observer = self.observers.get_mut(place)?;
        let step = if leaps { (1 << 23) + 1 } else { u64::from(!repeats) };
        observer.number += step;
        observer.behind = false;
        let number = observer.number & 0xFF_FFFF;
        let (to, token) = (observer.to, observer.token.clone());
        let now = self.resources.representation(&self.set, &observer.path);
        let known = observer.format;
        let over = |code, words: &str| {
            let mut last = Response::with(code, words);
            if faulty("observe-in-error-notification") {
                last.options.push(json!({ "observe": number }));
            }
            last
        };
        let response = match now {
            None => over("4.04", "the resource is gone"),
            Some(now) if now.format != known && !faulty("notifies-in-a-new-format") => {
                over("4.06", "the Content-Format is another one now")
            }
            Some(mut now) => {
                if faulty("notifies-of-an-old-state") && now.bytes.len() > 1 {
                    now.bytes.pop();
                }
                let code = if faulty("notifies-that-it-changed") { "2.04" } else { "2.05" };
                let mut response = Response::new(code);
                let format = if faulty("notifies-in-another-format") { 50 } else { now.format };
                response.options.push(json!({ "content_format": format }));
                if !faulty("notifies-without-number") {
                    response.options.push(json!({ "observe": number }));
                }
                let plain = Message::new(MessageType::Confirmable, Code::GET, 0);
                blocks::part(&self.set, &now, &plain, response)
            }
        };
        if !response.code.starts_with('2') {
            self.observers.remove(place);
        }
        Some((to, token, response, number))
    }

    /// The path of what a request has changed, if somebody may observe it.
    pub(super) fn changed(&self, message: &Message<'_>, response: &Response) -> Option<String> {
        let changes = matches!(message.code, Code::PUT | Code::DELETE);
        let path = path(message);
        let silent = message.code == Code::DELETE && self.set.faulty("silent-deletion");
        (changes && !silent && response.code.starts_with("2.0") && path == NEW).then_some(path)
    }
}
