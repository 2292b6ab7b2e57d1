//! CONNECT and CONNACK (3.1, 3.2).

use tokio::time::Duration;
use wirecheck_codecs::mqtt::{
    ConnAck, Connect, Disconnect, Message, Properties, Property, QoS, ReasonCode, Version,
};

use super::authenticate::METHOD;
use super::owned::Request;
use super::state::{LinkId, Phase, State, limits};
use super::will::End;

impl State {
    pub(super) fn connect(&mut self, id: LinkId, version: Version, connect: &Connect<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.version = version;
        if version == Version::V31 {
            link.version = Version::V311;
            self.decline(id, 1, "");
            return;
        }
        let mut request = Request::of(connect, version, self.now);
        link.maximum_packet_size = request.maximum_packet_size;
        link.problem_information = request.problem_information;
        if self.faulty("packet-before-connack") {
            self.send(id, &Message::PingResp);
        }
        if let Some((code, text)) = self.objection(connect, &request) {
            if matches!(code, 0x86 | 4) && self.faulty("ignores-bad-credentials") {
                return;
            }
            self.decline(id, code, text);
            return;
        }
        if self.faulty("case-insensitive-client-identifiers") {
            request.client_identifier = request.client_identifier.to_lowercase();
        }
        match request.method.as_deref() {
            None if self.faulty("auth-unasked") && version == Version::V5 => {
                self.challenge(id, METHOD);
                self.admit(id, request);
            }
            None => self.admit(id, request),
            Some(method) if method != METHOD && !self.faulty("accepts-unknown-method") => {
                self.decline(id, 0x8C, "the authentication method is not known");
            }
            Some(method) => {
                let method = method.to_owned();
                if let Some(link) = self.links.get_mut(&id) {
                    link.method = Some(method.clone());
                    link.phase = Phase::Authenticating(Box::new(request));
                }
                self.challenge(id, &method);
            }
        }
    }

    /// Why a well-formed CONNECT is refused: the code of its version, and a text.
    fn objection(&self, connect: &Connect<'_>, request: &Request) -> Option<(u8, &'static str)> {
        let v5 = request.version == Version::V5;
        let code = |five, three| if v5 { five } else { three };
        let identifier = connect.client_identifier;
        if !self.options.accounts.is_empty() && !self.faulty("accepts-bad-credentials") {
            let known = connect.user_name.and_then(|name| self.options.accounts.get(name));
            if known.is_none() || known.map(String::as_bytes) != connect.password {
                return Some((code(0x86, 4), "the user name or password is not good"));
            }
        }
        let rejected = identifier.len() > limits::CLIENT_IDENTIFIER
            || identifier.len() > 22 && self.faulty("refuses-23-byte-identifiers")
            || identifier.bytes().any(|byte| byte.is_ascii_uppercase())
                && self.faulty("refuses-upper-case-identifiers")
            || self.faulty("refuses-connect-without-session")
                && !request.clean_start
                && !self.sessions.contains_key(identifier);
        if rejected {
            return Some((code(0x85, 2), "the client identifier is not accepted"));
        }
        if let Some(will) = &connect.will {
            let takes = self.faulty("accepts-will-retain-unavailable");
            if v5 && will.retain && self.varies("no-retain") && !takes {
                return Some((0x9A, "retained messages are not supported"));
            }
            let takes = self.faulty("accepts-will-qos-above-maximum");
            if v5 && will.qos > self.maximum_qos() && !takes {
                return Some((0x9B, "the QoS of the Will is not supported"));
            }
        }
        let full =
            self.sessions.len() >= limits::SESSIONS && !self.sessions.contains_key(identifier);
        full.then_some((code(0x97, 3), "too many sessions"))
    }

    /// The highest QoS that is announced.
    pub(super) fn maximum_qos(&self) -> QoS {
        if self.varies("maximum-qos-0") {
            QoS::AtMostOnce
        } else if self.varies("maximum-qos-1") {
            QoS::AtLeastOnce
        } else {
            QoS::ExactlyOnce
        }
    }

    /// Refuses a CONNECT and closes the connection.
    pub(super) fn decline(&mut self, id: LinkId, code: u8, text: &str) {
        let stays = self.faulty("refuses-without-closing");
        if self.version(id) == Version::V5 && !stays {
            self.fail(id, code, text);
            return;
        }
        if self.version(id) == Version::V311 && self.faulty("refuses-without-connack") {
            self.shut(id);
            return;
        }
        let properties = Properties::EMPTY;
        let reason_code = ReasonCode(code);
        self.send(
            id,
            &Message::ConnAck(ConnAck { session_present: false, reason_code, properties }),
        );
        if !stays {
            self.shut(id);
        }
    }

    /// Accepts a CONNECT.
    pub(super) fn admit(&mut self, id: LinkId, mut request: Request) {
        let v5 = request.version == Version::V5;
        let assigned = request.client_identifier.is_empty();
        if assigned {
            self.assign(&mut request);
        }
        let client = request.client_identifier.clone();
        let taken = self.sessions.get(&client).is_some_and(|session| session.link.is_some());
        if taken && self.faulty("takeover-refuses-second") {
            let code = if v5 { 0x85 } else { 2 };
            self.decline(id, code, "the client identifier is in use");
            return;
        }
        self.take_over(&client, request.clean_start);
        // MQTT5-3.1.2-4, MQTT311-3.1.2-6
        if request.clean_start && !self.faulty("keeps-session-after-clean-start")
            || self.faulty("forgets-session")
        {
            self.end_session(&client);
        }
        let existed = self.sessions.contains_key(&client);
        self.limit_expiry(&mut request);
        self.resume(id, &client, &request);

        // MQTT5-3.2.2-2, MQTT5-3.2.2-3
        let mut session_present = existed && !request.clean_start;
        if self.faulty("hides-session-present") {
            session_present = false;
        }
        if request.clean_start && self.faulty("session-present-on-clean-start")
            || !request.clean_start && self.faulty("session-present-without-session")
        {
            session_present = true;
        }
        self.establish(id, &client, &request);
        let mut properties = Vec::new();
        let response = format!("wirecheck/response/{client}");
        if v5 {
            self.connack_properties(&request, &mut properties);
            if assigned && !self.faulty("no-assigned-client-identifier") {
                properties.push(Property::AssignedClientIdentifier(&client));
            }
            let asked = request.response_information;
            if asked || self.faulty("response-information-unasked") {
                properties.push(Property::ResponseInformation(&response));
            }
        }
        let connack = Message::ConnAck(ConnAck {
            session_present,
            reason_code: ReasonCode::SUCCESS,
            properties: Properties::Given(&properties),
        });
        if !self.send(id, &connack) {
            // Not even CONNACK fits the Client's Maximum Packet Size.
            self.leave(id, End::Error);
            self.shut(id);
            return;
        }
        if self.faulty("two-connacks") {
            self.send(id, &connack);
        }
        self.redeliver(&client);
    }

    /// MQTT5-3.1.3-6, MQTT5-3.2.2-16, MQTT311-3.1.3-6
    fn assign(&mut self, request: &mut Request) {
        loop {
            self.assigned += 1;
            let number =
                if self.faulty("assigns-one-identifier-to-all") { 1 } else { self.assigned };
            let name = format!("wirecheck{number:08}");
            if !self.sessions.contains_key(&name) || self.faulty("assigns-one-identifier-to-all") {
                if let Some(will) = &mut request.will {
                    will.message.publisher.clone_from(&name);
                }
                request.client_identifier = name;
                return;
            }
        }
    }

    /// MQTT5-3.1.4-3, MQTT311-3.1.4-2
    fn take_over(&mut self, client: &str, clean: bool) {
        let Some(old) = self.sessions.get(client).and_then(|session| session.link) else { return };
        if self.faulty("takeover-keeps-both") {
            return;
        }
        if self.version(old) == Version::V5 && !self.faulty("takeover-silent") {
            let reason_code = ReasonCode(0x8E);
            let properties = Properties::EMPTY;
            self.send(old, &Message::Disconnect(Disconnect { reason_code, properties }));
        }
        self.leave(old, End::TakenOver { clean });
        if !self.faulty("stays-open-after-own-disconnect") {
            self.shut(old);
        }
    }

    fn limit_expiry(&self, request: &mut Request) {
        if request.version == Version::V5
            && request.session_expiry > 30
            && self.varies("server-assigned-session-expiry")
        {
            request.session_expiry = 30;
        }
    }

    /// Puts the Session on the connection, a new one if there is none.
    fn resume(&mut self, id: LinkId, client: &str, request: &Request) {
        let not_cancelled = self.faulty("will-delay-not-cancelled");
        let loses_subscriptions = self.faulty("loses-subscriptions");
        let loses_received = self.faulty("loses-received-identifiers");
        let forgets_will = self.faulty("no-will");
        let keeps_will = self.faulty("keeps-old-will") && request.version == Version::V311;
        let unkept = self.faulty("creates-no-session-unless-clean")
            && !request.clean_start
            && !self.sessions.contains_key(client);
        let session = self.sessions.entry(client.to_owned()).or_default();
        session.link = Some(id);
        session.expiry = if unkept { 0 } else { request.session_expiry };
        session.ends = None;
        // MQTT5-3.1.3-9: a Will that still waits is not published any more.
        let due = session.will_due.take();
        if let Some(will) = session.will.take()
            && let Some(due) = due
            && not_cancelled
        {
            self.stray_wills.push((due, will.message));
        }
        if keeps_will && let Some(will) = &request.will {
            self.old_wills.insert(client.to_owned(), will.clone());
        }
        let old_will = self.old_wills.get(client).cloned();
        session.will = if forgets_will { None } else { request.will.clone().or(old_will) };
        if loses_subscriptions {
            session.subscriptions.clear();
        }
        if loses_received {
            session.received.clear();
        }
    }

    fn establish(&mut self, id: LinkId, client: &str, request: &Request) {
        let keep_alive = self.keep_alive(request);
        let ignores = self.faulty("ignores-keep-alive");
        let hasty = self.faulty("closes-without-keep-alive");
        let halves = self.faulty("halves-keep-alive");
        let keeps_aliases = self.faulty("keeps-aliases-over-connections");
        let aliases = self.old_aliases.get(client).cloned().unwrap_or_default();
        let now = self.now;
        let Some(link) = self.links.get_mut(&id) else { return };
        link.phase = Phase::Connected;
        link.heard = now;
        link.client = client.to_owned();
        link.receive_maximum = request.receive_maximum;
        link.topic_alias_maximum = request.topic_alias_maximum;
        // MQTT5-3.1.2-22, MQTT311-3.1.2-24
        link.patience = (keep_alive > 0 && !ignores).then(|| {
            let share = if halves { 500 } else { 1500 };
            Duration::from_millis(u64::from(keep_alive) * share)
        });
        if keep_alive == 0 && hasty {
            link.patience = Some(Duration::from_secs(5));
        }
        if keeps_aliases {
            link.aliases_in = aliases;
        }
    }

    fn keep_alive(&self, request: &Request) -> u16 {
        match request.keep_alive {
            asked if request.version != Version::V5 || !self.varies("server-keep-alive") => asked,
            0 => 120,
            asked => asked.min(240).div_ceil(2),
        }
    }

    fn connack_properties(&self, request: &Request, properties: &mut Vec<Property<'_>>) {
        properties.push(Property::ReceiveMaximum(self.receive_maximum()));
        properties.push(Property::MaximumPacketSize(
            u32::try_from(self.maximum_packet_size()).unwrap_or(u32::MAX),
        ));
        if self.topic_alias_maximum() > 0 {
            properties.push(Property::TopicAliasMaximum(self.topic_alias_maximum()));
        }
        if self.maximum_qos() < QoS::ExactlyOnce {
            properties.push(Property::MaximumQoS(self.maximum_qos().level()));
        }
        if self.varies("no-retain") {
            properties.push(Property::RetainAvailable(0));
        }
        if self.varies("no-wildcards") {
            properties.push(Property::WildcardSubscriptionAvailable(0));
        }
        if self.varies("no-subscription-identifiers") {
            properties.push(Property::SubscriptionIdentifierAvailable(0));
        }
        if self.varies("no-shared-subscriptions") {
            properties.push(Property::SharedSubscriptionAvailable(0));
        }
        if self.keep_alive(request) != request.keep_alive {
            properties.push(Property::ServerKeepAlive(self.keep_alive(request)));
        }
        if request.session_expiry == 30 && self.varies("server-assigned-session-expiry") {
            properties.push(Property::SessionExpiryInterval(30));
        }
        if let Some(method) = &request.method
            && !self.faulty("connack-without-method")
        {
            // The method is one of ours; any other was refused, or taken by a fault.
            let named = if method == METHOD { METHOD } else { "" };
            properties.push(Property::AuthenticationMethod(named));
        }
    }

    /// Receive Maximum as announced.
    pub(super) fn receive_maximum(&self) -> u16 {
        if self.varies("receive-maximum-1") { 1 } else { limits::RECEIVE_MAXIMUM }
    }

    /// Topic Alias Maximum as announced.
    pub(super) fn topic_alias_maximum(&self) -> u16 {
        if self.varies("topic-alias-maximum-0") { 0 } else { limits::TOPIC_ALIASES }
    }
}
