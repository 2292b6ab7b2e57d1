//! The vectors of XMPP: every one is judged as it says, and no kind of error is left out.
#![allow(clippy::unwrap_used, missing_docs)]

mod data;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wirecheck_codecs::xmpp::json::{encode, envelope, error_to_json, fields_of};
use wirecheck_codecs::xmpp::laws::{chunked, chunks_make_the_same, judged};
use wirecheck_codecs::xmpp::{
    Context, Document, ErrorKind, Stanza, Start, StreamCondition, stream_error,
};

use data::{bytes, id};

fn vectors() -> Vec<Value> {
    data::vectors("xmpp")
}

fn context(vector: &Value) -> Context {
    let profile = &vector["profile"];
    let mut ctx = Context::new(match profile["start"].as_str() {
        Some("stream") => Start::Stream,
        Some("element") => Start::Element,
        _ => Start::Either,
    });
    ctx.profile.only_stream_prefix = profile["only_stream_prefix"] == true;
    ctx.profile.only_xmpp_content = profile["only_xmpp_content"] == true;
    let limits = &mut ctx.limits;
    for (name, limit) in [
        ("stanza_bytes", &mut limits.stanza_bytes),
        ("depth", &mut limits.depth),
        ("attributes", &mut limits.attributes),
        ("name_bytes", &mut limits.name_bytes),
    ] {
        if let Some(most) = profile["limits"][name].as_u64() {
            *limit = most as usize;
        }
    }
    ctx
}

#[test]
fn valid_vectors_are_read_as_they_say() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == true) {
        let (id, bytes, ctx) = (id(vector), bytes(vector), context(vector));
        let found = envelope(&bytes, &ctx);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        assert_eq!(found["used"], bytes.len(), "{id}");
        let (kind, form) = found["message"].as_object().unwrap().iter().next().unwrap();
        let known = fields_of(kind).unwrap();
        for field in form.as_object().into_iter().flat_map(|form| form.keys()) {
            assert!(known.contains(&&**field), "{id}: {field}");
        }
        let again = envelope(&encode(&found["message"]).unwrap(), &ctx);
        assert_eq!(again["message"], vector["message"], "{id}: {again}");
        judged(&bytes, &ctx);
        chunks_make_the_same(&bytes.chunks(1).collect::<Vec<_>>(), &ctx);
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let (id, bytes, ctx) = (id(vector), bytes(vector), context(vector));
        let (_, error) = chunked([bytes.as_slice()], &ctx);
        let error = error_to_json(&error.unwrap_or_else(|| panic!("{id} is taken")));
        for key in ["kind", "at", "field"] {
            assert_eq!(error[key], vector["error"][key], "{id}: {error}");
        }
        assert_eq!(error["condition"], vector["condition"], "{id}");
        assert_eq!(error.get("requirement"), vector.get("requirement"), "{id}");
        judged(&bytes, &ctx);
        chunks_make_the_same(&bytes.chunks(1).collect::<Vec<_>>(), &ctx);
    }
}

#[test]
fn ids_are_unique_and_twins_are_valid() {
    let mut valid = BTreeMap::new();
    for vector in vectors() {
        assert!(valid.insert(id(&vector).to_owned(), vector["valid"] == true).is_none());
    }
    for vector in vectors() {
        if let Some(twin) = vector["twin"].as_str() {
            assert_eq!(valid.get(twin), Some(&true), "{}: {twin}", id(&vector));
        }
    }
}

#[test]
fn every_error_kind_and_condition_has_a_vector() {
    let mut kinds = BTreeSet::new();
    let mut conditions = BTreeSet::new();
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        kinds.insert(vector["error"]["kind"].as_str().unwrap().to_owned());
        conditions.insert(vector["condition"].as_str().unwrap().to_owned());
    }
    for kind in ErrorKind::ALL {
        assert!(kinds.contains(kind.name()), "{}", kind.name());
        assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
    }
    assert!(conditions.iter().all(|name| StreamCondition::from_name(name).is_some()));
}

#[test]
fn stanzas_are_what_they_say() {
    let mut judged = 0;
    for vector in vectors().iter().filter(|vector| id(vector).starts_with("xmpp/stanza/")) {
        let document = Document::parse(vector["text"].as_str().unwrap()).unwrap();
        let stanza = Stanza::of(document.element());
        let said = vector.get("stanza");
        assert_eq!(stanza.is_some(), said.is_some(), "{}", id(vector));
        let (Some(stanza), Some(said)) = (stanza, said) else { continue };
        assert_eq!(stanza.kind.name(), said["kind"], "{}", id(vector));
        assert_eq!(stanza.kind_type(), said["type"].as_str(), "{}", id(vector));
        assert_eq!(stanza.broken_rule(), said["breaks"].as_str(), "{}", id(vector));
        if let Some(error) = said["error"].as_str() {
            assert_eq!(stanza.error().unwrap().to_string(), error, "{}", id(vector));
        }
        judged += 1;
    }
    assert!(judged > 10);
    let text = "<stream:error><reset xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let document = Document::parse(text).unwrap();
    let error = stream_error(&document.element()).unwrap();
    assert_eq!(error.condition, Some(StreamCondition::Reset));
}
