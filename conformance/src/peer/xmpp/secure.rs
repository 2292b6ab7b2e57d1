//! STARTTLS (RFC 6120, 5) and TLS from the first byte (XEP-0368).

use std::future::pending;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ProtocolVersion;
use wirecheck_codecs::xmpp::{Element, XmlWriter, namespace};

use super::server::{LinkId, Server, Stage};
use crate::peer::stream::{Layering, Shell};
use crate::peer::{Options, tls};
use crate::transport::Stream;
use crate::transport::binding::{EXPORTED, LABEL};
use crate::transport::switch::{Handle, Switch};

faults! {
    "hides-starttls" ["RFC6120-5.4.1-3"]
        "Does not offer STARTTLS, but goes along with who asks for it.";
    "requires-tls-silently" ["RFC6120-5.4.1-4"]
        "Offers nothing but STARTTLS, and does not say that it is required.";
    "required-with-content" ["RFC6120-5.4.1-4"]
        "Writes something into the element that says that TLS is required.";
    "required-among-others" ["RFC6120-5.3.1-2"]
        "Offers SASL beside TLS that is required.";
    "requires-tls-in-vain" ["RFC6120-5.3.1-1"]
        "Says that TLS is required, and lets in who goes without.";
    "ignores-starttls" ["RFC6120-5.4.2.1-1"]
        "Says nothing to who asks for TLS.";
    "space-before-proceed" ["RFC6120-5.3.3-1"]
        "Sends white space before it proceeds to TLS.";
    "xml-behind-proceed" ["RFC6120-5.4.3.1-2"]
        "Sends an element between its consent to TLS and the handshake.";
    "no-tls-behind-proceed" ["RFC6120-5.4.2.3-2"]
        "Says that it proceeds to TLS, and reads on without.";
    "no-certificate" ["RFC6120-5.4.3.1-3"]
        "Has no certificate to show.";
    "stays-open-after-tls-failure" ["RFC6120-5.4.3.2-1"]
        "Keeps the connection after a handshake that failed.";
    "end-tag-after-tls-failure" ["RFC6120-5.4.3.2-2"]
        "Ends the stream after a handshake that failed.";
    "remembers-what-was-before-tls" ["RFC6120-5.4.3.3-3"]
        "Goes on from what the client said in its stream header before TLS.";
    "same-id-after-tls" ["RFC6120-5.4.3.3-5"]
        "Uses the id of the stream before TLS again.";
    "no-restart-after-tls" ["RFC6120-5.3.2-1"]
        "Answers no stream header over TLS.";
    "offers-tls-again" ["RFC6120-5.4.3.3-6", "XEP0368-3-1"]
        "Offers STARTTLS over TLS.";
    "no-sasl-after-tls" ["RFC6120-5.4.3.3-p1"]
        "Offers no SASL over TLS.";
    "mixes-up-accounts-over-tls" ["RFC6120-4.3.6-4"]
        "Binds a resource of somebody else for who comes over TLS.";
    "takes-unused-channel-binding" ["RFC5802-6-8"]
        "Lets in who says that it would have bound the channel if that had been offered.";
    "takes-text-behind-starttls" ["RFC6120-5.4.3.3-3"]
        "Takes what came in the clear behind a request for TLS as if it had come over TLS.";
    "answers-text-behind-starttls" ["RFC6120-5.4.3.1-2"]
        "Answers, before TLS, what came in the clear behind a request for TLS.";
    "proceeds-twice" ["RFC6120-5.4.2.2-1"]
        "Proceeds to TLS over TLS.";
    "stays-open-after-starttls-failure" ["RFC6120-5.4.2.2-1"]
        "Refuses TLS, and keeps the connection.";
}

/// Which server stands at an end of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Certificate,
    Nothing,
}

/// Who shows a certificate, which is made once, and who has none.
fn acceptor(shown: Shown) -> Option<TlsAcceptor> {
    static USUAL: LazyLock<Option<TlsAcceptor>> = LazyLock::new(|| tls::acceptor(&[]).ok());
    static EMPTY: LazyLock<Option<TlsAcceptor>> = LazyLock::new(|| tls::without_certificate().ok());
    match shown {
        Shown::Certificate => USUAL.clone(),
        Shown::Nothing => EMPTY.clone(),
    }
}

/// What a connection has of TLS.
#[derive(Debug, Default)]
pub(super) struct Security {
    /// The stream, where TLS can begin on it.
    switch: Option<Handle>,
    /// TLS begins behind what is queued.
    beginning: bool,
    /// TLS is there.
    pub(super) on: bool,
    /// What binds an authentication to the connection.
    exported: Arc<Mutex<Option<Vec<u8>>>>,
    /// What came in the clear behind the request for TLS, under a fault.
    injected: Vec<u8>,
    /// The id of the stream before TLS, under a fault.
    id: Option<String>,
    /// What the client said before TLS of who it is, under a fault.
    from: Option<String>,
}

impl Security {
    /// The handshake, if it is due.
    pub(super) fn begin(&mut self, set: &Options) -> Option<Layering> {
        if !std::mem::take(&mut self.beginning) {
            return None;
        }
        let exported = self.exported.clone();
        let (switch, stays) = (self.switch.clone()?, set.faulty("stays-open-after-tls-failure"));
        let ends = set.faulty("end-tag-after-tls-failure");
        let bare = set.faulty("no-certificate");
        let acceptor = acceptor(if bare { Shown::Nothing } else { Shown::Certificate })?;
        Some(Box::pin(async move {
            let Some(stream) = switch.take() else { return false };
            match acceptor.accept(stream).into_fallible().await {
                Ok(stream) => {
                    let (_, session) = stream.get_ref();
                    let is_13 = session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
                    let data = session.export_keying_material(
                        vec![0; EXPORTED],
                        LABEL,
                        Some(b"".as_slice()),
                    );
                    let data = data.ok().filter(|_| is_13);
                    *exported.lock().unwrap_or_else(PoisonError::into_inner) = data;
                    switch.put(Some(Box::new(stream)));
                    true
                }
                Err((_, mut stream)) => {
                    if ends {
                        let _ = stream.write_all(b"</stream:stream>").await;
                        let _ = stream.flush().await;
                    }
                    if stays {
                        pending::<()>().await;
                    }
                    let _ = stream.shutdown().await;
                    switch.put(None);
                    false
                }
            }
        }))
    }
}

impl Server {
    /// Tells a connection by which stream it can come to TLS.
    pub(super) fn can_begin_tls(&mut self, id: LinkId, switch: Handle) {
        if let Some(link) = self.links.get_mut(&id) {
            link.tls.switch = Some(switch);
        }
    }

    /// Tells a connection that it is one by TLS.
    pub(super) fn is_by_tls(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(&id) {
            link.tls.on = true;
        }
    }

    /// Whether TLS must come before anything else.
    pub(super) fn requires_tls(&self, id: LinkId) -> bool {
        let open =
            self.links.get(&id).is_some_and(|link| !link.tls.on && link.tls.switch.is_some());
        let silently = self.faulty("requires-tls-silently");
        open && (silently || self.varies("requires-tls") || self.says_required())
    }

    fn says_required(&self) -> bool {
        ["required-with-content", "required-among-others", "requires-tls-in-vain"]
            .iter()
            .any(|fault| self.faulty(fault))
    }

    /// The offer of STARTTLS among the features, where there is one.
    pub(super) fn offer_tls(&self, id: LinkId, xml: XmlWriter) -> XmlWriter {
        let Some(link) = self.links.get(&id) else { return xml };
        let open = !link.tls.on && link.tls.switch.is_some();
        let offers = open && !self.faulty("hides-starttls");
        let again = link.tls.on && self.faulty("offers-tls-again");
        if !offers && !again {
            return xml;
        }
        let xml = xml.start("starttls").attribute("xmlns", namespace::TLS);
        if !self.requires_tls(id) || self.faulty("requires-tls-silently") {
            return xml.end();
        }
        let xml = xml.start("required");
        let xml = if self.faulty("required-with-content") { xml.text("yes") } else { xml };
        xml.end().end()
    }

    /// Answers a request for TLS; true if the stream starts over behind it.
    pub(super) fn start_tls(&mut self, id: LinkId, element: &Element<'_>) -> bool {
        if self.faulty("ignores-starttls") {
            return false;
        }
        let Some(link) = self.links.get_mut(&id) else { return false };
        let early = link.stage == Stage::Unknown && !link.tls.on;
        let again = link.tls.on && self.options.faulty("proceeds-twice");
        let possible = early && link.tls.switch.is_some() && element.name() == "starttls";
        if !possible && !again {
            if self.varies("stream-error-on-late-starttls") {
                self.fail_stream(id, "unsupported-stanza-type", "");
                return false;
            }
            self.send(id, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            self.send(id, "</stream:stream>");
            if !self.faulty("stays-open-after-starttls-failure") {
                self.shut(id);
            }
            return false;
        }
        if self.faulty("space-before-proceed") {
            self.send(id, "\n");
        }
        self.send(id, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        if again || self.faulty("no-tls-behind-proceed") {
            return false;
        }
        if self.faulty("xml-behind-proceed") {
            self.send(id, "<presence from='localhost'/>");
        }
        let remembers = self.faulty("remembers-what-was-before-tls");
        let Some(link) = self.links.get_mut(&id) else { return false };
        link.tls.switch.iter().for_each(Handle::hold);
        link.tls.beginning = true;
        link.stage = Stage::Header;
        link.header_sent = false;
        if !remembers {
            link.tls.from = None;
        }
        true
    }

    /// Whether what came behind a request for TLS is left alone: it came in the clear.
    pub(super) fn leaves_alone(&mut self, id: LinkId, rest: &[u8]) -> bool {
        let takes = self.faulty("takes-text-behind-starttls");
        if self.faulty("answers-text-behind-starttls") {
            return false;
        }
        let Some(link) = self.links.get_mut(&id) else { return true };
        if link.tls.beginning && takes {
            link.tls.injected = rest.to_vec();
        }
        link.tls.beginning
    }

    /// What an authentication can be bound to.
    pub(super) fn exported(&self, id: LinkId) -> Option<Vec<u8>> {
        let known = &self.links.get(&id)?.tls.exported;
        known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// TLS is there.
    pub(super) fn secured(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(&id) else { return };
        link.tls.on = true;
        let injected = std::mem::take(&mut link.tls.injected);
        self.take(id, &injected);
    }

    /// The id of a new stream.
    pub(super) fn stream_id(&mut self, id: LinkId) -> String {
        if self.faulty("repeats-stream-id") {
            return "same".to_owned();
        }
        let fresh = self.fresh();
        let again = self.faulty("same-id-after-tls");
        let Some(link) = self.links.get_mut(&id) else { return fresh };
        match &link.tls.id {
            Some(known) if again && link.tls.on => known.clone(),
            _ => link.tls.id.insert(fresh).clone(),
        }
    }

    /// Who the client says it is in its stream header, or has said before TLS, under a fault.
    pub(super) fn said_from(&mut self, id: LinkId, from: Option<&str>) -> Option<String> {
        let now = from.map(str::to_owned);
        let remembers = self.faulty("remembers-what-was-before-tls");
        let Some(link) = self.links.get_mut(&id) else { return now };
        if remembers && link.tls.on {
            return now.or_else(|| link.tls.from.clone());
        }
        link.tls.from.clone_from(&now);
        now
    }
}

/// Serves one connection that can come to TLS.
pub(super) async fn serve<S: Stream + 'static>(shell: Shell<Server>, stream: S) {
    let switch = Switch::new(Box::new(stream));
    let known = switch.handle();
    shell.serve_known(switch, move |server, id| server.can_begin_tls(id, known)).await;
}

/// Serves one connection by TLS.
pub(super) async fn serve_by_tls<S>(shell: Shell<Server>, stream: S) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = tls::acceptor(&[b"xmpp-client"])?.accept(stream).await?;
    shell.serve_known(stream, |server, id| server.is_by_tls(id)).await;
    Ok(())
}
