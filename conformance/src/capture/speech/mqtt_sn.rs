//! MQTT-SN in datagrams.

use wirecheck_codecs::Decoded;
use wirecheck_codecs::mqtt_sn::{Context, Message, Party as Side, Profile, decode};

use super::unreadable::Readable;
use super::{EARLIER, MISSING, Speech, index};
use crate::capture::output::{Party, Scene};
use crate::case::Protocol;
use crate::codec::{Codec as _, MqttSn, Sender};
use crate::passive::mqtt_sn::{Observer, client};

const SPEC: &str = "mqtt-sn-1.2";

/// What the decoder is told.
pub(in crate::capture) fn context(from: Sender) -> Context {
    let party = match from {
        Sender::Client => Side::Client,
        Sender::Server => Side::Gateway,
        Sender::Either => Side::Either,
    };
    Context { profile: Profile { datagram: true }, ..Context::new(party) }
}

/// A client and its gateway.
pub(in crate::capture) struct MqttSnSpeech {
    readable: [Readable; 2],
    observers: Option<(Observer, client::Observer)>,
    told: [usize; 2],
    begun: bool,
    /// Why not everything is judged.
    unseen: Option<&'static str>,
}

impl MqttSnSpeech {
    pub(in crate::capture) fn new() -> Self {
        let sides = [Sender::Client, Sender::Server];
        Self {
            readable: sides.map(|side| Readable::new(Protocol::MqttSn12, side)),
            observers: Some((Observer::new(Sender::Server), client::Observer::new())),
            told: [0; 2],
            begun: false,
            unseen: None,
        }
    }

    /// The rules that have to know everything know no more.
    fn forget(&mut self, scene: &mut Scene<'_, '_>) {
        if let Some((of_gateway, of_client)) = self.observers.take() {
            scene.applied(Protocol::MqttSn12, Party::Server, of_gateway.findings());
            scene.applied(Protocol::MqttSn12, Party::Client, of_client.findings());
        }
    }
}

impl Speech for MqttSnSpeech {
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>) {
        let found = decode(bytes, &context(from));
        let is_right = matches!(found, Ok(Decoded::Complete { .. }));
        scene.message(SPEC, from, bytes, is_right, || MqttSn.envelope(bytes, from));
        match &found {
            Ok(Decoded::Complete { message, .. }) => {
                if !self.begun && !matches!(message, Message::Connect(_)) && !looks(message) {
                    self.observers = None;
                    self.unseen = Some(EARLIER);
                }
                self.begun |= !looks(message);
                if let Some(readable) = self.readable.get_mut(index(from)) {
                    readable.kept();
                }
                let Some((of_gateway, of_client)) = &mut self.observers else { return };
                let place = scene.place();
                match from {
                    Sender::Client => {
                        of_gateway.sent(message);
                        of_client.sent(message, bytes, place);
                    }
                    _ => {
                        of_gateway.received(message, place.entry);
                        of_client.received(message, place);
                    }
                }
                let [gateway, client] = &mut self.told;
                scene.judge(Protocol::MqttSn12, Party::Server, of_gateway.findings(), gateway);
                scene.judge(Protocol::MqttSn12, Party::Client, of_client.findings(), client);
            }
            Ok(Decoded::Incomplete { .. }) => {}
            Err(error) => {
                if let Some(readable) = self.readable.get_mut(index(from)) {
                    readable.broken(error.into(), scene);
                }
                if let Some((of_gateway, of_client)) = &mut self.observers {
                    of_client.something_else();
                    if from == Sender::Client {
                        of_gateway.sent_something_else();
                    }
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
        self.forget(scene);
        if let Some(why) = self.unseen {
            scene.unseen(Protocol::MqttSn12, why);
        }
    }
}

/// Whether a message is of those by which clients and gateways find each other, which belong to no
/// connection.
fn looks(message: &Message<'_>) -> bool {
    matches!(message, Message::SearchGw(_) | Message::Advertise(_) | Message::GwInfo(_))
}
