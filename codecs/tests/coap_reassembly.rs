//! Laws of putting blocks together, on scripts of right and wrong blocks.
#![allow(missing_docs)]

use proptest::prelude::*;
use wirecheck_codecs::coap::laws::reassembly::judged;

proptest! {
    #[test]
    fn any_script_is_judged(script in proptest::collection::vec(any::<u8>(), 0..120)) {
        judged(&script);
    }

    #[test]
    fn scripts_that_mostly_follow_are_judged(
        head in any::<[u8; 3]>(), tail in proptest::collection::vec((0..4u8, any::<u8>(), 0..3u8), 0..60)
    ) {
        let mut script = head.to_vec();
        script.extend(tail.into_iter().flat_map(|(how, number, shape)| [how & 1, number, shape]));
        judged(&script);
    }
}
