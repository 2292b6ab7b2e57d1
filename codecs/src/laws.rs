//! What the laws of several protocols have in common.
#![allow(clippy::panic, reason = "a broken law is to be a panic")]

use core::fmt::Debug;

use crate::{DecodeError, Decoded};

/// The message that `bytes` are, from what a decoder made of them.
pub(crate) fn complete<M: Debug, K: Debug>(
    decoded: Result<Decoded<M>, DecodeError<K>>,
    bytes: &[u8],
) -> M {
    match decoded {
        Ok(Decoded::Complete { message, used }) => {
            assert_eq!(used, bytes.len(), "bytes are left");
            message
        }
        other => panic!("{other:?} from {bytes:02x?}"),
    }
}
