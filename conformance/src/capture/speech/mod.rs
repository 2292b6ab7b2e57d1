//! What is spoken on a flow: streams and datagrams become messages, and the messages are judged.

mod coap;
mod coap_tcp;
mod mqtt;
mod mqtt_sn;
mod unreadable;
mod websocket;
mod xmpp;

use super::output::Scene;
use crate::codec::Sender;

pub(super) use coap::CoapSpeech;
pub(super) use coap_tcp::CoapTcpSpeech;
pub(super) use mqtt::MqttSpeech;
pub(super) use mqtt_sn::{MqttSnSpeech, context as mqtt_sn_context};
pub(super) use websocket::WebSocketSpeech;
pub(super) use xmpp::XmppSpeech;

/// The session began before the recording.
pub(super) const EARLIER: &str = "the session began before the recording";
/// Bytes are missing.
pub(super) const MISSING: &str = "bytes are missing in the recording";

/// One protocol on one flow.
pub(super) trait Speech: Send {
    /// The next bytes of a side, or a datagram.
    fn bytes(&mut self, from: Sender, bytes: &[u8], scene: &mut Scene<'_, '_>);

    /// Bytes of a side are missing.
    fn gap(&mut self, _from: Sender, _scene: &mut Scene<'_, '_>) {}

    /// Whether what follows is encrypted.
    fn is_encrypted(&self) -> bool {
        false
    }

    /// The flow is over.
    fn end(&mut self, scene: &mut Scene<'_, '_>);
}

/// The index of a side.
fn index(from: Sender) -> usize {
    usize::from(from == Sender::Server)
}
