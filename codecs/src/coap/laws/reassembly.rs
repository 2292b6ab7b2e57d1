//! The laws of putting blocks together.

use alloc::vec;
use alloc::vec::Vec;

use crate::coap::Block;
use crate::coap::reassembly::{Progress, Reassembly, Representation, block_of};

/// Feeds blocks to a body as the bytes of `script` say, right ones and wrong ones, and fails where
/// a body is made of something else than the blocks that were taken, grows beyond its buffer, or
/// changes with a block that was refused. In the end a body that fits is put together.
pub fn judged(script: &[u8]) {
    let [size, room, flags, script @ ..] = script else { return };
    let reliable = flags & 1 != 0;
    let body: Vec<u8> =
        (0..usize::from(*size) * 16 + usize::from(flags >> 4)).map(|at| (at % 251) as u8).collect();
    let mut buffer = vec![0; usize::from(*room) * 20];
    let most = buffer.len();
    let mut taken = Reassembly::new(&mut buffer, reliable);
    let tags: [Option<&[u8]>; 4] = [None, Some(b""), Some(b"tag"), Some(b"tag\0")];
    let mut current = None;
    // Whether all that was taken since block 0 is of the one body.
    let mut genuine = true;
    for step in script.chunks_exact(3) {
        let [how, number, shape] = [step[0], step[1], step[2]];
        let szx = shape & 7;
        let num = match how & 3 {
            0 => taken.request(szx).map_or(0, |block| block.num),
            _ => u32::from(number % 16),
        };
        let szx =
            if how & 3 == 0 { taken.request(szx).map_or(szx, |block| block.szx) } else { szx };
        let representation = Representation::new(tags[usize::from(how >> 2 & 3)], None);
        let representation = representation.expect("a short tag");
        let blocks = usize::from(number % 3) + 1;
        let (block, payload) = block_of(&body, num, szx, blocks)
            .unwrap_or((Block { num, more: how & 16 != 0, szx }, &[]));
        let mut payload = payload.to_vec();
        let mut own = block_of(&body, num, szx, blocks).is_some();
        if how & 32 != 0 {
            own = false;
            match payload.first_mut() {
                Some(byte) if how & 64 == 0 => *byte ^= 0x55,
                _ => payload.push(0),
            }
        }
        let block = Block { more: block.more ^ (how & 128 != 0), ..block };
        own &= how & 128 == 0;

        let before = taken.body().to_vec();
        let was_whole = taken.is_whole();
        match taken.take(block, &payload, representation) {
            Ok(progress) => {
                if num == 0 {
                    (genuine, current) = (own, Some(representation));
                } else if taken.body().len() > before.len() || taken.is_whole() != was_whole {
                    genuine &= own;
                }
                assert_eq!(current, Some(representation), "blocks of two representations");
                let whole = matches!(progress, Progress::Whole(_));
                let (Progress::More(length) | Progress::Whole(length)) = progress;
                assert_eq!((length, whole), (taken.body().len(), taken.is_whole()));
                let start = num as usize * (16 << szx.min(6));
                assert_eq!(taken.body().get(start..start + payload.len()), Some(&payload[..]));
                let kept = if num == 0 { &[][..] } else { &before[..] };
                assert!(taken.body().starts_with(kept), "what was there has changed");
            }
            Err(_) => {
                assert_eq!((taken.body(), taken.is_whole()), (&before[..], was_whole));
            }
        }
        assert!(taken.body().len() <= most);
        if genuine {
            assert!(body.starts_with(taken.body()), "no blocks of the body make this");
            assert!(!taken.is_whole() || taken.body() == body, "the end is missing");
        }
    }
    finish(&body, taken, most, reliable);
}

/// Begins anew, and takes all blocks in turn.
fn finish(body: &[u8], mut taken: Reassembly<'_>, most: usize, reliable: bool) {
    let (mut num, szx) = (0, if reliable { 7 } else { 2 });
    let representation = Representation::new(Some(b"last"), Some(40)).expect("a short tag");
    loop {
        let (block, payload) = block_of(body, num, szx, 2).expect("a block of the body");
        let found = taken.take(block, payload, representation);
        if body.len() > most && found.is_err() {
            return;
        }
        match found.expect("there is room") {
            Progress::Whole(length) => {
                return assert_eq!((length, taken.body()), (body.len(), body));
            }
            Progress::More(_) => num = taken.request(szx).expect("more is missing").num,
        }
    }
}
