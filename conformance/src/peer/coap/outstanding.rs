//! Confirmable messages of the CoAP server, until they are acknowledged (RFC 7252, section 4.2).

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::machine::{MOST, Server};
use crate::peer::datagram::{EndpointId, Output};

/// ACK_TIMEOUT with a factor that is allowed.
const ACK_TIMEOUT: Duration = Duration::from_millis(2500);
/// MAX_RETRANSMIT.
const MAX_RETRANSMIT: u32 = 4;
/// How long a fault waits before it sends what it should have given up.
const SPAN: Duration = Duration::from_secs(10);

/// A Confirmable message of ours that is not acknowledged.
#[derive(Debug)]
pub(super) struct Outstanding {
    pub(super) to: EndpointId,
    pub(super) form: Value,
    /// The Message ID of the request that it answers; a notification has none.
    pub(super) request: Option<u16>,
    sent: u32,
    timeout: Duration,
    pub(super) due: Instant,
}

impl Server {
    /// Puts a Confirmable message on its way.
    pub(super) fn confirmable(
        &mut self,
        due: Instant,
        to: EndpointId,
        form: Value,
        request: Option<u16>,
    ) {
        if self.outstanding.len() < MOST {
            let timeout = ACK_TIMEOUT;
            self.outstanding.push(Outstanding { to, form, request, sent: 0, timeout, due });
        }
    }

    /// Sends what is due of what is not acknowledged.
    pub(super) fn transmit(&mut self, now: Instant, out: &mut Output) {
        let limit = if self.set.faulty("never-retransmits") { 0 } else { MAX_RETRANSMIT };
        let endless = self.set.faulty("retransmits-for-ever");
        let mut given_up = Vec::new();
        let mut forms = Vec::new();
        let renew = self.set.faulty("retransmits-with-new-message-id");
        let mut next_id = self.next_id;
        for it in self.outstanding.iter_mut().filter(|it| it.due <= now) {
            if it.sent == limit + 1 && self.set.faulty("retransmits-behind-the-span") {
                // Once the last copy was waited for in vain, and then for a while.
                it.due = now + SPAN;
                it.sent += 1;
                continue;
            }
            let late = self.set.faulty("retransmits-behind-the-span") && it.sent == limit + 2;
            if it.sent > limit && !endless && !late {
                given_up.push(it.form["coap"]["token"].clone());
                it.sent = u32::MAX;
                continue;
            }
            if it.sent > 0 && renew {
                next_id = next_id.wrapping_add(1);
                it.form["coap"]["message_id"] = next_id.into();
            }
            let first = it.sent == 0;
            let doubles = !first && !self.set.faulty("linear-back-off");
            if doubles && it.sent < limit {
                it.timeout *= 2;
            }
            let early = first && self.set.faulty("first-retransmission-too-early");
            it.due = now + if early { Duration::from_millis(500) } else { it.timeout };
            it.sent += 1;
            forms.push((it.to, it.form.clone()));
        }
        self.next_id = next_id;
        self.outstanding.retain(|it| it.sent != u32::MAX);
        self.site.observers.retain(|it| !given_up.contains(&json!(it.token)));
        for (to, form) in forms {
            self.send(now, to, &form, out);
        }
    }
}
