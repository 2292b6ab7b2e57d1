//! CoAP in datagrams. Either side may ask and answer, so both are judged by the same rules.

use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::{Context, Message, decode};

use super::unreadable::Readable;
use super::{EARLIER, MISSING, Speech, index};
use crate::capture::output::{Party, Scene};
use crate::case::Protocol;
use crate::codec::{Coap, Codec as _, Sender};
use crate::passive::coap::{Observer, sequence};

const SPEC: &str = "coap";

/// Two endpoints.
pub(in crate::capture) struct CoapSpeech {
    readable: [Readable; 2],
    /// Each judges one side: what the rules call the target.
    observers: Option<[Observer; 2]>,
    /// These watch what one side sends, whatever went before.
    sequences: [sequence::Observer; 2],
    told: [usize; 2],
    told_of_sequences: [usize; 2],
    begun: bool,
    /// Why not everything is judged.
    unseen: Option<&'static str>,
}

impl CoapSpeech {
    pub(in crate::capture) fn new() -> Self {
        let sides = [Sender::Client, Sender::Server];
        Self {
            readable: sides.map(|side| Readable::new(Protocol::Coap, side)),
            observers: Some(sides.map(|_| Observer::new(Sender::Server))),
            sequences: sides.map(sequence::Observer::new),
            told: [0; 2],
            told_of_sequences: [0; 2],
            begun: false,
            unseen: None,
        }
    }

    fn sequences(
        &mut self,
        own: usize,
        message: &Message<'_>,
        bytes: &[u8],
        from: Sender,
        scene: &mut Scene<'_, '_>,
    ) {
        if let Some(other) = self.sequences.get_mut(1 - own) {
            other.received(message);
        }
        if let (Some(observer), Some(told)) =
            (self.sequences.get_mut(own), self.told_of_sequences.get_mut(own))
        {
            observer.sent(message, bytes, scene.place());
            scene.judge(Protocol::Coap, Party::of(from), observer.findings(), told);
        }
    }

    /// The rules that have to know everything know no more.
    fn forget(&mut self, scene: &mut Scene<'_, '_>) {
        for (observer, party) in
            self.observers.take().iter().flatten().zip([Party::Client, Party::Server])
        {
            scene.applied(Protocol::Coap, party, observer.findings());
        }
    }
}

impl Speech for CoapSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let (own, found) = (index(from), decode(bytes, &Context::default()));
        let is_right = matches!(found, Ok(Decoded::Complete { .. }));
        scene.message(SPEC, from, bytes, is_right, || Coap.envelope(bytes, from));
        match &found {
            Ok(Decoded::Complete { message, .. }) => {
                // An answer alone is to something that went before the recording.
                if !self.begun && !message.code.is_request() {
                    self.observers = None;
                    self.unseen = Some(EARLIER);
                }
                self.begun = true;
                if let Some(readable) = self.readable.get_mut(own) {
                    readable.kept();
                }
                self.sequences(own, message, bytes, from, scene);
                let Some(observers) = &mut self.observers else { return };
                if let Some(other) = observers.get_mut(1 - own) {
                    other.sent(message);
                }
                if let (Some(observer), Some(told)) =
                    (observers.get_mut(own), self.told.get_mut(own))
                {
                    observer.received(message, bytes.len(), scene.frame as usize);
                    scene.judge(Protocol::Coap, Party::of(from), observer.findings(), told);
                }
            }
            Ok(Decoded::Incomplete { .. }) => {}
            Err(error) => {
                if let Some(readable) = self.readable.get_mut(own) {
                    readable.broken(error.into(), scene);
                }
                if let Some(other) = self.observers.as_mut().and_then(|it| it.get_mut(1 - own)) {
                    other.sent_something_else();
                }
            }
        }
    }

    fn gap(&mut self, _: Sender, scene: &mut Scene<'_, '_>) {
        self.forget(scene);
        self.unseen.get_or_insert(MISSING);
        self.begun = true;
    }

    fn end(&mut self, scene: &mut Scene<'_, '_>) {
        self.readable.iter().for_each(|readable| readable.end(scene));
        for (observer, party) in self.sequences.iter().zip([Party::Client, Party::Server]) {
            scene.applied(Protocol::Coap, party, observer.findings());
        }
        self.forget(scene);
        if let Some(why) = self.unseen {
            scene.unseen(Protocol::Coap, why);
        }
    }
}
