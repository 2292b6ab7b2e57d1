//! Stream headers and features (RFC 6120, 4.3 and 4.7).

use wirecheck_codecs::xmpp::{Header, XmlWriter, namespace};

use super::server::{LinkId, Server, Stage};

/// Whether a stream header may declare a namespace: those of stanzas belong into the stanzas (4.8.5).
fn is_of_streams(namespace: &str) -> bool {
    const DIALBACK: &str = "jabber:server:dialback";
    [namespace::STREAMS, namespace::CLIENT, namespace::SERVER, namespace::XML, DIALBACK, ""]
        .contains(&namespace)
}

impl Server {
    /// Answers a stream header, and says what can be negotiated.
    pub(super) fn header(&mut self, id: LinkId, header: &Header<'_>) {
        let to = header.to().unwrap_or_default().to_owned();
        let known = self.is_own(&to);
        let deaf = self.faulty("no-restart-after-tls");
        let Some(link) = self.links.get_mut(&id) else { return };
        if deaf && link.tls.on {
            return;
        }
        let shown = if known { to.clone() } else { link.host.clone() };
        if known {
            link.host.clone_from(&to);
        }
        link.lang = header.lang().map(str::to_owned);
        link.header_sent = true;
        let (authenticated, plain) = (link.user.is_some(), link.plain);
        let host = match self.faulty("unknown-host-as-its-own") {
            true => to,
            false => shown,
        };
        if plain && self.faulty("closes-after-plain") {
            self.shut(id);
            return;
        }
        let first = !authenticated;
        let stream_id = self.stream_id(id);
        let from = self.said_from(id, header.from());
        let mut xml = XmlWriter::new().start("stream:stream");
        let of_servers = first && self.faulty("header-with-content-of-servers");
        let content = if of_servers { namespace::SERVER } else { namespace::CLIENT };
        xml = xml.attribute("xmlns", content);
        xml = xml.attribute("xmlns:stream", namespace::STREAMS);
        if !self.faulty("header-without-from") {
            xml = xml.attribute("from", &host);
        }
        if !self.faulty("header-without-id") {
            xml = xml.attribute("id", &stream_id);
        }
        if let Some(from) = &from {
            if !self.faulty("header-without-to") {
                xml = xml.attribute("to", from.split('/').next().unwrap_or_default());
            }
        } else if self.faulty("header-with-to") {
            xml = xml.attribute("to", "somebody@localhost");
        }
        if !self.faulty("header-without-lang") {
            xml = xml.attribute("xml:lang", "en");
        }
        // Who names no version has 0.9, which knows neither versions nor features (4.7.5).
        let versioned = header.version().is_some() || self.faulty("features-without-version");
        if versioned {
            let version = match self.options.fault.as_deref() {
                Some("header-version-too-high") => "1.1",
                Some("echoes-version") => header.version().unwrap_or("1.0"),
                _ => "1.0",
            };
            xml = xml.attribute("version", version);
        }
        let mut bytes = match self.faulty("header-without-declaration") {
            true => Vec::new(),
            false => b"<?xml version='1.0'?>".to_vec(),
        };
        bytes.extend(xml.finish());
        // A start tag without its end.
        if !bytes.ends_with(b">") {
            bytes.push(b'>');
        }
        self.send(id, bytes);
        if !known {
            self.fail_stream(id, "host-unknown", "");
            return;
        }
        let other = header.element().prefix() != "stream";
        if other && self.faulty("silent-on-other-prefixes") {
            return;
        }
        let foreign = header.prefixes().any(|(_, namespace)| !is_of_streams(namespace));
        if foreign && !self.faulty("takes-extension-namespaces") {
            self.fail_stream(id, "invalid-namespace", "");
            return;
        }
        let stage = if authenticated { Stage::Authenticated } else { Stage::Unknown };
        if let Some(link) = self.links.get_mut(&id) {
            link.stage = stage;
        }
        let silent = self.faulty("no-features") || plain && self.faulty("no-features-after-plain");
        if versioned && !silent {
            let features = self.features(id, first);
            self.send(id, features);
        }
    }

    fn features(&self, id: LinkId, first: bool) -> Vec<u8> {
        let mut xml = XmlWriter::new().start("stream:features");
        if self.faulty("comments-in-features") {
            xml = xml.raw(b"<!-- welcome -->");
        }
        if self.varies("extra-features") {
            xml = xml.start("c").attribute("xmlns", "http://jabber.org/protocol/caps");
            xml = xml.attribute("hash", "sha-1").attribute("ver", "x").end();
            xml = xml.start("x").attribute("xmlns", "urn:example:extra").start("y").end().end();
        }
        let manages =
            |xml: XmlWriter| xml.start("sm").attribute("xmlns", namespace::STREAM_MANAGEMENT).end();
        let turned = self.varies("features-reversed");
        if first {
            xml = self.offer_tls(id, xml);
        }
        let secured = self.links.get(&id).is_some_and(|link| link.tls.on);
        let without = self.requires_tls(id) && !self.faulty("required-among-others")
            || secured && self.faulty("no-sasl-after-tls");
        if first && without {
            return xml.end().finish();
        }
        if first {
            xml = xml.start("mechanisms").attribute("xmlns", namespace::SASL);
            let offered = match self.options.variant.as_deref() {
                Some("scram-only") => ["SCRAM-SHA-1"].as_slice(),
                Some("features-reversed") => &["PLAIN", "SCRAM-SHA-1"],
                _ => &["SCRAM-SHA-1", "PLAIN"],
            };
            let plus = self.exported(id).is_some();
            let times = match self.options.fault.as_deref() {
                Some("no-mechanisms") => 0,
                Some("repeats-mechanisms") => 2,
                _ => 1,
            };
            let all = plus.then_some(&"SCRAM-SHA-1-PLUS").into_iter().chain(offered);
            for mechanism in all.flat_map(|of| std::iter::repeat_n(of, times)) {
                xml = xml.start("mechanism").text(mechanism).end();
            }
            xml = xml.end();
        } else if turned {
            xml = manages(xml);
        }
        let binds = if first { self.faulty("bind-before-sasl") } else { !self.faulty("no-bind") };
        if binds {
            xml = xml.start("bind").attribute("xmlns", namespace::BIND).end();
        }
        if !first && !turned {
            xml = manages(xml);
        }
        if !first && !self.faulty("versions-undeclared") {
            xml = xml.start("ver").attribute("xmlns", "urn:xmpp:features:rosterver").end();
        }
        xml.end().finish()
    }
}
