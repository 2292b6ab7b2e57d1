//! CoAP on a stream, or in frames of WebSocket.

use wirecheck_codecs::coap::reliable::Framing;

use super::{Speech, index};
use crate::capture::output::Scene;
use crate::codec::{CoapReliable, Codec as _, Sender, Taken};

/// The longest message that is looked into.
const MOST_BYTES: usize = 1 << 20;

/// One connection. There are no passive rules for it.
pub(in crate::capture) struct CoapTcpSpeech {
    codec: CoapReliable,
    spec: &'static str,
    sides: [Side; 2],
}

#[derive(Default)]
struct Side {
    kept: Vec<u8>,
    skip: usize,
    over: bool,
}

impl CoapTcpSpeech {
    pub(in crate::capture) fn new(framing: Framing) -> Self {
        let spec = match framing {
            Framing::Tcp => "coap-tcp",
            Framing::WebSocket => "coap-ws",
        };
        Self { codec: CoapReliable(framing), spec, sides: Default::default() }
    }
}

impl Speech for CoapTcpSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let Some(side) = self.sides.get_mut(index(from)) else { return };
        let skipped = side.skip.min(bytes.len());
        side.skip -= skipped;
        if side.over {
            return;
        }
        side.kept.extend(bytes.get(skipped..).unwrap_or_default());
        let mut start = 0;
        while let Some(rest) = side.kept.get(start..).filter(|rest| !rest.is_empty()) {
            let (used, is_right) = match self.codec.take(rest, from) {
                Taken::Message { used, .. } => (used, true),
                Taken::Incomplete { need } if rest.len() + need > MOST_BYTES => {
                    scene.output.notes.add("a message of CoAP of more than a MiB was left out");
                    side.skip = need;
                    start = side.kept.len();
                    break;
                }
                Taken::Incomplete { .. } => break,
                // Where the next one begins is not known any more.
                Taken::Rejected(_) => {
                    side.over = self.codec.0 == Framing::Tcp;
                    (rest.len(), false)
                }
            };
            let message = rest.get(..used).unwrap_or_default();
            let codec = self.codec;
            scene.message(self.spec, from, message, is_right, || codec.envelope(message, from));
            start += used;
        }
        side.kept.drain(..start);
    }

    fn gap(&mut self, from: Sender, scene: &mut Scene<'_, '_>) {
        if let Some(side) = self.sides.get_mut(index(from)) {
            *side = Side { over: true, ..Side::default() };
        }
        scene.output.notes.add("bytes of CoAP over TCP are missing; what follows is not read");
    }

    fn end(&mut self, _: &mut Scene<'_, '_>) {}
}
