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

/// The laws that hold for both versions of MQTT-SN alike, for a module with a `Context`, `decode`,
/// `fields`, `envelope` and a law `round_trip` of its own.
macro_rules! mqtt_sn_laws {
    () => {
        /// Every shorter prefix is incomplete, and says how much is missing at the least. `bytes` are one
        /// valid message and no datagram.
        pub fn prefixes(bytes: &[u8], ctx: &Context) {
            for end in 0..bytes.len() {
                match decode(&bytes[..end], ctx) {
                    Ok(Decoded::Incomplete { need }) => {
                        assert!(need > 0 && end + need <= bytes.len())
                    }
                    other => panic!("{other:?} from a prefix of {end} bytes"),
                }
            }
        }

        #[derive(Default)]
        struct Spans(Vec<Span>, usize);

        impl Visit for Spans {
            fn field(&mut self, span: Span) {
                self.0.push(span);
            }
            fn note(&mut self, note: Note) {
                self.1 = self.1.max(note.at);
            }
        }

        /// The named fields cover every byte of a valid message.
        pub fn spans_cover(bytes: &[u8], ctx: &Context) {
            let mut spans = Spans::default();
            assert_eq!(fields(bytes, ctx, &mut spans), decode(bytes, ctx));
            let mut covered = vec![false; bytes.len()];
            for span in &spans.0 {
                covered[span.range()].fill(true);
            }
            if let Some(at) = covered.iter().position(|covered| !covered) {
                panic!("byte {at} of {bytes:02x?} has no name: {:?}", spans.0);
            }
        }

        /// Whatever the bytes, there is a verdict; walking them changes none; spans, notes and errors lie
        /// within them. What is valid obeys [`round_trip`]. A datagram is refused where a stream would go
        /// on, and nowhere else.
        pub fn judged(bytes: &[u8], ctx: &Context) {
            let mut spans = Spans::default();
            let walked = fields(bytes, ctx, &mut spans);
            assert_eq!(walked, decode(bytes, ctx), "walking changes the verdict");
            for span in &spans.0 {
                assert!(span.start <= span.end && span.end <= bytes.len(), "{span:?} is outside");
            }
            assert!(spans.1 <= bytes.len(), "a note is outside");
            match walked {
                Ok(Decoded::Complete { used, .. }) => round_trip(&bytes[..used], ctx),
                Ok(Decoded::Incomplete { need }) => assert!(need > 0 && !ctx.profile.datagram),
                Err(DecodeError { at, field, .. }) => {
                    assert!(at <= bytes.len(), "the error is outside");
                    assert!(!field.is_empty(), "the error is nowhere");
                }
            }
            let mut stream = *ctx;
            stream.profile.datagram = false;
            match decode(bytes, &stream) {
                Ok(Decoded::Incomplete { .. }) => assert!(walked.is_err() == ctx.profile.datagram),
                other => assert_eq!(other, walked, "a datagram changes the verdict"),
            }
            let said = envelope(bytes, ctx);
            assert_ne!(said.get("message").is_some(), said.get("error").is_some());
        }
    };
}
pub(crate) use mqtt_sn_laws;
