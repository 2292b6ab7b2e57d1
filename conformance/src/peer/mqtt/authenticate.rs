//! Enhanced authentication (4.12) with one method: the Server says `ping`, the Client `pong`.

use wirecheck_codecs::mqtt::{Auth, Message, Properties, Property, ReasonCode};

use super::state::{LinkId, Phase, State};

/// The one Authentication Method.
pub(super) const METHOD: &str = "WIRECHECK-ECHO";
const CHALLENGE: &[u8] = b"ping";
const ANSWER: &[u8] = b"pong";

impl State {
    /// Sends the challenge.
    pub(super) fn challenge(&mut self, id: LinkId, method: &str) {
        let code = if self.faulty("auth-wrong-reason-code") { 0 } else { 0x18 };
        self.send_auth(id, code, method, Some(CHALLENGE));
    }

    /// An AUTH before CONNACK.
    pub(super) fn authenticate(&mut self, id: LinkId, auth: &Auth<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let Phase::Authenticating(request) = &link.phase else { return };
        let request = (**request).clone();
        if auth.reason_code.0 != 0x18 || method_of(auth) != request.method.as_deref() {
            self.fail(id, 0x82, "the reason code or the method of AUTH is not the expected one");
            return;
        }
        if data_of(auth) != Some(ANSWER) && !self.faulty("accepts-wrong-authentication-data") {
            self.decline(id, 0x87, "the authentication data are wrong");
            return;
        }
        self.admit(id, request);
    }

    /// An AUTH after CONNACK.
    pub(super) fn reauthenticate(&mut self, id: LinkId, auth: &Auth<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        let (method, started) = (link.method.clone(), link.reauthenticating);
        let Some(method) = method else {
            if !self.faulty("accepts-auth-without-method") {
                self.fail(id, 0x82, "AUTH without an Authentication Method in CONNECT");
            }
            return;
        };
        // MQTT5-4.12.1-1
        let same = method_of(auth) == Some(method.as_str())
            || self.faulty("accepts-other-method-in-reauthentication");
        match (auth.reason_code.0, started) {
            (0x19, false) if same && self.faulty("ignores-reauthentication") => {}
            (0x19, false) if same => {
                self.set_reauthenticating(id, true);
                self.challenge(id, &method);
            }
            (0x18, true) if same => {
                self.set_reauthenticating(id, false);
                let stays = self.faulty("stays-open-after-failed-reauthentication");
                if data_of(auth) == Some(ANSWER) || stays {
                    self.send_auth(id, 0, &method, None);
                } else {
                    self.fail(id, 0x87, "the authentication data are wrong");
                }
            }
            _ => self.fail(id, 0x82, "this AUTH has no place here"),
        }
    }

    fn set_reauthenticating(&mut self, id: LinkId, value: bool) {
        if let Some(link) = self.links.get_mut(&id) {
            link.reauthenticating = value;
        }
    }

    fn send_auth(&mut self, id: LinkId, code: u8, method: &str, data: Option<&[u8]>) {
        let method = if self.faulty("auth-wrong-method") { "OTHER" } else { method };
        let mut properties = vec![Property::AuthenticationMethod(method)];
        properties.extend(data.map(Property::AuthenticationData));
        let properties = Properties::Given(&properties);
        self.send(id, &Message::Auth(Auth { reason_code: ReasonCode(code), properties }));
    }
}

fn method_of<'a>(auth: &Auth<'a>) -> Option<&'a str> {
    auth.properties.iter().find_map(|property| match property {
        Property::AuthenticationMethod(method) => Some(method),
        _ => None,
    })
}

fn data_of<'a>(auth: &Auth<'a>) -> Option<&'a [u8]> {
    auth.properties.iter().find_map(|property| match property {
        Property::AuthenticationData(data) => Some(data),
        _ => None,
    })
}
