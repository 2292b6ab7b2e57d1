//! Block-wise transfer of the CoAP server (RFC 7959).

use std::collections::BTreeMap;

use serde_json::json;
use wirecheck_codecs::coap::{Block, Message, OptionNumber};

use super::resources::{Kept, MOST_BYTES, Resources, Response, TEXT};
use crate::peer::Options;

/// The largest representation that comes whole, and the size of blocks where none is asked for.
const PREFERRED: usize = 64;
/// How many transfers may be under way.
const MOST: usize = 1_000;

/// What tells transfers apart: endpoint, path, and the Request-Tags (RFC 9175, 3.3).
type Key = (u64, String, Vec<Vec<u8>>);

/// Transfers under way: what has come, and its Content-Format.
#[derive(Debug, Default)]
pub(super) struct Transfers(BTreeMap<Key, Kept>);

/// The part of a representation that is asked for.
pub(super) fn part(
    set: &Options,
    now: &Kept,
    message: &Message<'_>,
    mut response: Response,
) -> Response {
    let whole = now.bytes.as_slice();
    let asked = message.option(OptionNumber::BLOCK2).and_then(|option| option.block());
    let asked = asked.filter(|_| !set.faulty("ignores-block2"));
    let preferred = if set.varies("blocks-of-32") { 32 } else { PREFERRED };
    let all_at_once = asked.is_none() && set.faulty("never-in-blocks-unasked");
    if asked.is_none() && whole.len() <= preferred || all_at_once {
        response.payload = whole.to_vec();
        return response;
    }
    if asked.is_some_and(|block| block.szx == 7) && !set.faulty("takes-reserved-block-size") {
        return Response::with("4.00", "a block size that is reserved");
    }
    let asked_size = asked.map_or(preferred, Block::size);
    // A block number counts in blocks of the size that was asked for.
    let number = asked.map_or(0, |block: Block| block.num as usize);
    let mut size = asked_size.min(preferred);
    if set.faulty("larger-blocks-than-asked") {
        size = 128;
    } else if set.faulty("shrinking-blocks") && number % 2 == 1 {
        size = 16;
    }
    let start = number * asked_size;
    if start > 0 && start >= whole.len() {
        return Response::with("4.00", "there is no such block");
    }
    let end = (start + size).min(whole.len());
    let mut part = whole.get(start..end).unwrap_or_default().to_vec();
    let (number, more) = (start / size, end < whole.len());
    if set.faulty("blocks-of-changing-size") && number % 2 == 1 && more {
        part.pop();
    }
    let said = json!({ "block2": { "num": number, "more": more, "size": size } });
    if set.faulty("two-block2") {
        response.options.push(said.clone());
    }
    response.options.push(said);
    response.payload = part;
    response
}

impl Resources {
    /// One block of an update; `None` if the request is no such block.
    pub(super) fn put_block(
        &mut self,
        set: &Options,
        from: u64,
        path: &str,
        message: &Message<'_>,
    ) -> Option<Response> {
        let block = message.option(OptionNumber::BLOCK1).and_then(|option| option.block())?;
        if set.varies("no-block1") {
            let most = json!({ "size1": 1024 });
            let refusal = Response::with("4.13", "no updates in blocks");
            return Some(Response { options: vec![most], ..refusal });
        }
        if block.szx == 7 && !set.faulty("takes-reserved-block-size") {
            return Some(Response::with("4.00", "a block size that is reserved"));
        }
        let size = block.size();
        let start = block.num as usize * size;
        let said = json!({ "block1": { "num": block.num, "more": block.more, "size": size } });
        let answer = |code| Response { options: vec![said.clone()], ..Response::new(code) };
        let format = message.option(OptionNumber::CONTENT_FORMAT).and_then(|it| it.uint());
        let format = format.unwrap_or(TEXT);
        let none = || Kept { bytes: Vec::new(), format };
        if set.varies("stateless-block1") {
            let kept = self.kept.entry(path.to_owned()).or_insert_with(none);
            write(&mut kept.bytes, start, message.payload);
            return Some(answer("2.04"));
        }
        if set.faulty("applies-a-broken-transfer") {
            let kept = self.kept.entry(path.to_owned()).or_insert_with(none);
            write(&mut kept.bytes, start, message.payload);
        }
        let tags = message.options.iter().filter(|it| it.number == OptionNumber::REQUEST_TAG);
        let mut tags: Vec<_> = tags.map(|it| it.value.to_vec()).collect();
        if set.faulty("mixes-request-tags") {
            tags.clear();
        }
        let key = (from, path.to_owned(), tags);
        let transfers = &mut self.transfers.0;
        if !transfers.contains_key(&key) && transfers.len() >= MOST {
            transfers.pop_first();
        }
        if block.num == 0 {
            transfers.remove(&key);
        }
        let transfer = transfers.entry(key.clone()).or_insert_with(none);
        let gap = transfer.bytes.len() != start && !set.faulty("assembles-over-a-gap");
        let other = transfer.format != format && !set.faulty("assembles-other-formats");
        if gap || other {
            transfers.remove(&key);
            return Some(answer("4.08"));
        }
        if transfer.bytes.len() + message.payload.len() > MOST_BYTES {
            transfers.remove(&key);
            return Some(answer("4.13"));
        }
        transfer.bytes.extend_from_slice(message.payload);
        if block.more {
            let mut next = answer("2.31");
            if set.faulty("block2-in-continue") {
                let block2 = json!({ "block2": { "num": 0, "more": false, "size": 64 } });
                next.options.push(block2);
            }
            return Some(next);
        }
        let whole = transfers.remove(&key).unwrap_or_else(none);
        self.kept.insert(key.1, whole);
        Some(answer("2.04"))
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
