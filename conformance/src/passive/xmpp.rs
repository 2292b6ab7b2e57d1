//! The passive rules for XMPP. They know one stream, that of the target, and judge what the target
//! says on its own behalf: what it delivers for others is theirs.

use std::collections::BTreeSet;

use wirecheck_codecs::xmpp::sasl::{self, Data, Sasl};
use wirecheck_codecs::xmpp::{
    Element, Stanza, StanzaCondition, StanzaKind, namespace, stream_error,
};

use super::{Findings, Rule, UNREADABLE, xmpp_framing};
use crate::case::Protocol;
use crate::codec::xmpp_framing::Flaw;
use crate::codec::{Rejection, Sender};

/// The namespace of rosters.
const ROSTER: &str = "jabber:iq:roster";

/// What a client sends has to be XML of a stream as much as what a server sends.
const VALID: Rule =
    Rule { of_clients: true, ..Rule::new(UNREADABLE, &[(Protocol::Xmpp, "RFC6120-11.3-1")], &[]) };

macro_rules! named {
    ($($constant:ident $name:literal $requirement:literal [$($bites:literal),*];)*) => {
        $(const $constant: Rule =
            Rule::new($name, &[(Protocol::Xmpp, $requirement)], &[$($bites),*]);)*
        /// Every rule.
        pub(crate) const RULES: &[Rule] = &[VALID, $($constant),*];
    };
}

named! {
    PREFIXED "no-prefix-for-stanzas" "RFC6120-4.8.5-3" ["answers-prefixed"];
    DECLARATION "declaration-comes-first" "RFC6120-11.5-2" ["restarts-after-binding"];
    STANDALONE "declaration-without-standalone" "RFC6120-11.5-3" ["standalone-declaration"];
    SPACE "no-space-during-sasl" "RFC6120-6.3.5-1" ["spaces-during-sasl"];
    BASE64 "base64-of-sasl" "RFC6120-6.3.5-2" ["padding-bits-in-sasl"];
    MECHANISMS "mechanisms-each-once" "RFC6120-6.4.1-5" ["repeats-mechanisms"];
    CONTENT "no-stanzas-of-servers" "RFC6120-4.8.3-8" ["sends-stanzas-of-servers"];
    STREAM_NAMESPACE "stream-error-namespace" "RFC6120-4.9.2-4"
        ["stream-conditions-in-other-namespace"];
    STREAM_CONDITION "stream-error-condition" "RFC6120-4.9.2-2" ["stream-conditions-of-its-own"];
    IQ_TYPE "iq-has-type" "RFC6120-8.2.3-2" ["pushes-without-type"];
    IQ_ID "iq-has-id" "RFC6120-8.2.3-1" ["pushes-without-id"];
    REQUEST "iq-request-payload" "RFC6120-8.2.3-7" ["pushes-two-queries"];
    RESULT "iq-result-payload" "RFC6120-8.2.3-8" ["results-with-two-payloads"];
    ERROR "error-has-element" "RFC6120-8.3.1-6" ["error-without-element"];
    ERROR_ALONE "error-element-in-errors-alone" "RFC6120-8.3.1-10" ["results-with-error-element"];
    ERROR_TYPE "error-has-type" "RFC6120-8.3.2-3" ["error-without-type"];
    CONDITION "error-has-condition" "RFC6120-8.3.2-4" ["stanza-conditions-of-its-own"];
    FAILED "failed-condition" "XEP0198-6-2" ["failures-of-its-own"];
    HANDLED "ack-has-h" "XEP0198-4-1" ["acknowledges-without-h"];
    ITEM "roster-item-has-jid" "RFC6121-2.1.2.3-1" ["items-without-jid"];
    ACKNOWLEDGED "acknowledges-what-was-sent" "XEP0198-4-3" ["counts-too-high"];
}

/// Watches what the target sends on a stream.
#[derive(Debug)]
pub struct Observer {
    findings: Findings,
    /// The client has begun to sign in, and the server has not said how it ends.
    authenticating: bool,
}

impl Observer {
    /// Watches a stream of a target that is a client or a server.
    #[must_use]
    pub fn new(target: Sender) -> Self {
        Self { findings: Findings::new(Protocol::Xmpp, target), authenticating: false }
    }

    /// What was found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The target sent something, which may be part of an element.
    pub fn received(&mut self) {
        self.findings.kept(&VALID);
    }

    /// The target sent what our codec rejects.
    pub fn unreadable(&mut self, error: &Rejection, entry: usize) {
        // What has a rule of its own is told as that.
        let rule = match error.kind {
            "prefixed-content" => &PREFIXED,
            "standalone-declaration" => &STANDALONE,
            "misplaced-declaration" | "malformed-declaration" => &DECLARATION,
            _ => &VALID,
        };
        self.findings.unreadable(rule, error, entry);
    }

    /// A client has begun to sign in.
    pub fn authenticates(&mut self) {
        self.authenticating = true;
    }

    /// The target sent a stream header that can be read.
    pub fn header(&mut self) {
        self.findings.kept(&STANDALONE);
        self.findings.kept(&DECLARATION);
    }

    /// The target sent white space between elements.
    pub fn space(&mut self, entry: usize) {
        let words = || {
            let text = "the target sent white space while a client signed in";
            (text.to_owned(), "white space".to_owned())
        };
        self.findings.judge(&SPACE, entry, self.authenticating, words);
    }

    /// The target sent an element of SASL, or its features.
    fn sasl(&mut self, element: &Element<'_>, entry: usize) {
        if element.is(namespace::STREAMS, "features")
            && let Some(offered) = element.child(namespace::SASL, "mechanisms")
        {
            let names = sasl::mechanisms(element);
            let each: BTreeSet<_> = names.iter().collect();
            let odd = |name: &String| name.is_empty() || name.contains(char::is_whitespace);
            let broken = each.len() != names.len() || names.iter().any(odd);
            self.judge(&MECHANISMS, &offered, entry, broken);
        }
        let data = match Sasl::of(element) {
            Some(Sasl::Challenge(data)) => data,
            Some(Sasl::Success(data)) => {
                self.signed_in();
                data
            }
            Some(Sasl::Failure { .. }) => return self.signed_in(),
            _ => return,
        };
        self.judge(&BASE64, element, entry, matches!(data, Data::Wrong(_)));
    }

    fn signed_in(&mut self) {
        self.findings.kept(&SPACE);
        self.authenticating = false;
    }

    /// The target sent a text frame of WebSocket with these flaws.
    pub fn frame(&mut self, flaws: &[Flaw], entry: usize) {
        xmpp_framing::frame(&mut self.findings, flaws, entry);
    }

    /// The target sent a binary frame of WebSocket.
    pub fn binary_frame(&mut self, entry: usize) {
        xmpp_framing::binary_frame(&mut self.findings, entry);
    }

    /// The target sent a first-level element.
    pub fn element(&mut self, element: &Element<'_>, entry: usize) {
        if let Some(error) = stream_error(element) {
            let of_ours = |child: &Element<'_>| child.namespace() == namespace::STREAM_CONDITIONS;
            let named = element.elements().any(|child| of_ours(&child) && child.name() != "text");
            self.judge(&STREAM_NAMESPACE, element, entry, !named);
            if named {
                self.judge(&STREAM_CONDITION, element, entry, error.condition.is_none());
            }
        }
        self.sasl(element, entry);
        self.managed(element, entry);
        let Some(stanza) = Stanza::of(*element) else { return };
        self.findings.kept(&PREFIXED);
        self.judge(&CONTENT, element, entry, element.namespace() == namespace::SERVER);
        // Whoever has a resource is no server and no account.
        if !stanza.from().is_some_and(|from| from.contains('/')) {
            self.own_stanza(&stanza, entry);
        }
    }

    /// The target sent an element of stream management, if it is one.
    fn managed(&mut self, element: &Element<'_>, entry: usize) {
        if element.is(namespace::STREAM_MANAGEMENT, "a") {
            let handled = element.attribute("h").and_then(|handled| handled.parse::<u32>().ok());
            self.judge(&HANDLED, element, entry, handled.is_none());
        }
        if element.is(namespace::STREAM_MANAGEMENT, "failed") {
            let known = |child: &Element<'_>| {
                child.namespace() == namespace::STANZA_CONDITIONS
                    && (child.name() == "text"
                        || StanzaCondition::from_name(child.name()).is_some())
            };
            let broken = element.elements().count() > 0 && !element.elements().any(|of| known(&of));
            self.judge(&FAILED, element, entry, broken);
        }
    }

    fn own_stanza(&mut self, stanza: &Stanza<'_>, entry: usize) {
        let element = &stanza.element;
        let payloads = element.elements().count();
        if stanza.kind == StanzaKind::Iq {
            let known = matches!(stanza.kind_type(), Some("get" | "set" | "result" | "error"));
            self.judge(&IQ_TYPE, element, entry, !known);
            self.judge(&IQ_ID, element, entry, stanza.id().is_none());
            if let Some(roster) = element.child(ROSTER, "query") {
                let mut items = roster.elements().filter(|item| item.is(ROSTER, "item"));
                let nameless = items.any(|item| item.attribute("jid").is_none_or(str::is_empty));
                self.judge(&ITEM, element, entry, nameless);
            }
            match stanza.kind_type() {
                Some("get" | "set") => self.judge(&REQUEST, element, entry, payloads != 1),
                Some("result") => self.judge(&RESULT, element, entry, payloads > 1),
                _ => {}
            }
        }
        if stanza.kind_type() != Some("error") {
            let child = element.child(element.namespace(), "error");
            self.judge(&ERROR_ALONE, element, entry, child.is_some());
            return;
        }
        let error = stanza.error();
        self.judge(&ERROR, element, entry, error.is_none());
        if let Some(error) = error {
            self.judge(&ERROR_TYPE, element, entry, error.error_type.is_none());
            self.judge(&CONDITION, element, entry, error.condition.is_none());
        }
    }

    /// The target acknowledged so many stanzas, and was sent so many (XEP-0198).
    pub fn acknowledged(&mut self, element: &Element<'_>, handled: u32, sent: u32, entry: usize) {
        // The counts wrap around: what is more is little more.
        let more = handled.wrapping_sub(sent);
        let broken = more != 0 && more < u32::MAX / 2;
        self.judge(&ACKNOWLEDGED, element, entry, broken);
    }

    fn judge(&mut self, rule: &Rule, element: &Element<'_>, entry: usize, broken: bool) {
        let words = || {
            let kind = element.attribute("type").unwrap_or_default();
            (format!("the target sent {element}"), format!("{} {kind}", element.name()))
        };
        self.findings.judge(rule, entry, broken, words);
    }
}
