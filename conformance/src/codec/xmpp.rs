//! XMPP: what a stream consists of, one first-level element or stream header at a time.

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::xmpp::json::{encode, envelope, fields_of, to_json};
use wirecheck_codecs::xmpp::{
    Context, DecodeError, Document, Element, ErrorKind, Event, Start, Tokenizer, decode, fields,
    namespace,
};

use super::words::field;
use super::{Codec, Seen, Sender, Taken};

/// How many characters of an element a line shows.
const MOST_CHARACTERS: usize = 240;
/// Conditions by which a server refuses because of policy or load (RFC 6120, 4.9.3, 6.5, 8.3.3).
const POLICY: [&str; 5] = [
    "policy-violation",
    "resource-constraint",
    "system-shutdown",
    "host-gone",
    "temporary-auth-failure",
];

/// The elements of RFC 6120. Bytes that stand alone may begin with a stanza: `jabber:client` and the
/// prefix `stream` are in scope then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xmpp;

/// The element of a form `{"xml": …}`.
#[must_use]
pub fn document(form: &Value) -> Option<Document> {
    Document::parse(form.get("xml")?.as_str()?).ok()
}

fn taken(found: Result<Decoded<Event<'_>>, DecodeError>) -> Taken {
    found.map(|found| found.map(|message| to_json(&message))).into()
}

impl Codec for Xmpp {
    fn take(&self, bytes: &[u8], _: Sender) -> Taken {
        let ctx = Context::new(Start::Either);
        taken(decode(bytes, &ctx, &mut Tokenizer::new(ctx)))
    }

    fn fields(&self, bytes: &[u8], _: Sender, seen: &mut Seen) -> Taken {
        let ctx = Context::new(Start::Either);
        taken(fields(bytes, &ctx, &mut Tokenizer::new(ctx), seen))
    }

    fn envelope(&self, bytes: &[u8], _: Sender) -> Value {
        envelope(bytes, &Context::new(Start::Either))
    }

    fn encode(&self, form: &Value) -> Result<Vec<u8>, String> {
        encode(form).map_err(|error| error.to_string())
    }

    /// The element itself, `stream header to="…" version="1.0"`, `end of stream`.
    fn describe(&self, form: &Value) -> String {
        let entry = form.as_object().filter(|form| form.len() == 1);
        let Some((kind, value)) = entry.and_then(|form| form.iter().next()) else {
            return super::compact(form);
        };
        match (kind.as_str(), value) {
            ("xml", Value::String(text)) if text.chars().count() > MOST_CHARACTERS => {
                let head: String = text.chars().take(MOST_CHARACTERS).collect();
                format!("{head}... ({} bytes)", text.len())
            }
            ("xml", Value::String(text)) => text.clone(),
            ("stream", Value::Object(header)) => {
                let fields = header.iter().map(|(key, value)| field(key, value));
                format!("stream header{}", fields.collect::<String>())
            }
            ("stream_end", _) => "end of stream".to_owned(),
            ("space", bytes) => format!("white space, {bytes} bytes"),
            _ => super::compact(form),
        }
    }

    fn name(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let text = match text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
            Some((_, rest)) => rest.trim_start(),
            None => text.as_ref(),
        };
        let is_name = |c: char| c.is_alphanumeric() || "/:_-.".contains(c);
        let name: String =
            text.strip_prefix('<').unwrap_or("").chars().take_while(|c| is_name(*c)).collect();
        match name.trim_end_matches('/') {
            "" if text.trim().is_empty() => "white space".to_owned(),
            "" => "XML".to_owned(),
            name => format!("<{name}>"),
        }
    }

    fn fields_of(&self, kind: &str) -> Option<&'static [&'static str]> {
        fields_of(kind)
    }

    fn error_kinds(&self) -> Vec<&'static str> {
        ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
    }

    fn policy(&self, form: &Value) -> Option<String> {
        let document = document(form)?;
        let element = document.element();
        let carries =
            element.is(namespace::STREAMS, "error") || element.is(namespace::SASL, "failure");
        let holder = if carries { element } else { element.child(namespace::CLIENT, "error")? };
        let condition = holder.elements().find(|child| POLICY.contains(&child.name()))?;
        Some(condition.name().to_owned())
    }

    fn has_one_kind(&self) -> bool {
        true
    }

    fn is_text(&self) -> bool {
        true
    }

    /// The name of the element, with its namespace unless it is that of stanzas.
    fn kind(&self, form: &Value) -> Option<String> {
        match document(form) {
            Some(document) => Some(label(&document.element())),
            None => crate::pattern::kind_of(form).map(str::to_owned),
        }
    }

    fn is_farewell(&self, kind: &str) -> bool {
        kind == "stream_end"
    }
}

fn label(element: &Element<'_>) -> String {
    match element.namespace() {
        namespace::CLIENT => element.name().to_owned(),
        namespace::STREAMS => format!("stream:{}", element.name()),
        namespace => format!("{}[{namespace}]", element.name()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(xml: &str) -> Value {
        match Xmpp.take(xml.as_bytes(), Sender::Either) {
            Taken::Message { form, used } if used == xml.len() => form,
            other => panic!("{xml}: {other:?}"),
        }
    }

    #[test]
    fn what_a_stream_consists_of_is_taken_alone() {
        assert_eq!(form("<iq id='1' type='get'/>"), json!({"xml": "<iq id='1' type='get'/>"}));
        assert_eq!(form("</stream:stream>"), json!({"stream_end": {}}));
        assert_eq!(form("  "), json!({"space": 2}));
        let header = form(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' to='example.com' version='1.0'>",
        );
        assert_eq!(header["stream"]["to"], "example.com");
        assert!(Xmpp.describe(&header).contains("to=\"example.com\""));
    }

    #[test]
    fn a_rejection_names_its_kind() {
        let Taken::Rejected(error) = Xmpp.take(b"<a><!-- b --></a>", Sender::Either) else {
            panic!("a comment was taken")
        };
        assert_eq!(error.kind, "comment");
        assert_eq!(Xmpp.take(b"<a>", Sender::Either), Taken::Incomplete { need: 1 });
    }

    #[test]
    fn names_are_those_of_the_first_tag() {
        for (bytes, name) in [
            ("<iq type='get'/>", "<iq>"),
            ("<r/>", "<r>"),
            ("<?xml version='1.0'?> <stream:stream>", "<stream:stream>"),
            (" ", "white space"),
            ("x", "XML"),
        ] {
            assert_eq!(Xmpp.name(bytes.as_bytes()), name);
        }
    }

    #[test]
    fn a_kind_is_the_name_of_the_element() {
        let kind = |xml: &str| Xmpp.kind(&json!({ "xml": xml }));
        assert_eq!(kind("<iq/>").as_deref(), Some("iq"));
        assert_eq!(kind("<stream:error/>").as_deref(), Some("stream:error"));
        assert_eq!(kind("<r xmlns='urn:xmpp:sm:3'/>").as_deref(), Some("r[urn:xmpp:sm:3]"));
        assert_eq!(Xmpp.kind(&json!({"stream_end": {}})).as_deref(), Some("stream_end"));
    }

    #[test]
    fn only_policy_and_load_excuse() {
        let load = "<stream:error><resource-constraint \
                    xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
        assert!(Xmpp.refusal(&json!({ "xml": load })).is_some());
        let wrong = "<stream:error><bad-format \
                     xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
        assert!(Xmpp.refusal(&json!({ "xml": wrong })).is_none());
        assert!(Xmpp.refusal(&json!({ "xml": "<message/>" })).is_none());
    }
}
