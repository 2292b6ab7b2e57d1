//! OSCORE: the vectors are judged as they say, and protecting obeys its laws.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use wirecheck_codecs::coap::generate::{Taste, strategy};
use wirecheck_codecs::coap::oscore::json::{encode, envelope};
use wirecheck_codecs::coap::oscore::laws::{option_judged, protected};
use wirecheck_codecs::coap::oscore::{Binding, Content, ErrorKind, Failure, SecurityContext};
use wirecheck_codecs::coap::{Context, Message, decode};
use wirecheck_codecs::json::{from_hex, to_hex};

fn vectors() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/oscore");
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(file["area"], path.file_stem().unwrap().to_str().unwrap());
        for vector in file["vectors"].as_array().unwrap() {
            let id = vector["id"].as_str().unwrap().to_owned();
            assert!(id.starts_with(&format!("oscore/{}/", file["area"].as_str().unwrap())));
            assert!(all.insert(id.clone(), vector.clone()).is_none(), "{id} twice");
        }
    }
    assert!(all.len() > 45, "{} vectors", all.len());
    all
}

fn hex(value: &Value) -> Vec<u8> {
    from_hex(value.as_str().unwrap()).unwrap()
}

fn context(of: &Value) -> SecurityContext {
    let id_context = of.get("id_context").map(hex);
    let (sender, recipient) = (hex(&of["sender_id"]), hex(&of["recipient_id"]));
    let (secret, salt) = (hex(&of["master_secret"]), hex(&of["master_salt"]));
    SecurityContext::derive(&secret, &salt, id_context.as_deref(), &sender, &recipient).unwrap()
}

fn message(bytes: &[u8]) -> Message<'_> {
    decode(bytes, &Context::default()).unwrap().complete().unwrap().0
}

fn content<'a>(message: &Message<'a>) -> Content<'a> {
    Content { code: message.code, options: message.options, payload: message.payload }
}

fn whole(content: Content<'_>, of: Message<'_>) -> String {
    let Content { code, options, payload } = content;
    let mut bytes = vec![0; 512];
    let message = Message { code, options, payload, ..of };
    let length = message.encode(&mut bytes, &Context::default()).unwrap();
    to_hex(&bytes[..length])
}

#[test]
fn option_values_are_judged_as_they_say() {
    let mut kinds = BTreeSet::new();
    for (id, vector) in vectors().iter().filter(|(_, vector)| vector.get("hex").is_some()) {
        let bytes = hex(&vector["hex"]);
        let found = envelope(&bytes);
        option_judged(&bytes);
        if vector["valid"] == true {
            assert_eq!(found["message"], vector["message"], "{id}: {found}");
            assert_eq!(to_hex(&encode(&vector["message"]).unwrap()), vector["hex"], "{id}");
            continue;
        }
        for key in ["kind", "at", "field"] {
            assert_eq!(found["error"][key], vector["error"][key], "{id}: {found}");
        }
        assert_eq!(found["error"]["requirement"], vector["requirement"], "{id}");
        kinds.insert(vector["error"]["kind"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ErrorKind::ALL.iter().map(|kind| kind.name().to_owned()).collect());
}

#[test]
fn keys_are_derived_as_printed() {
    let mut judged = 0;
    for (id, vector) in vectors().iter().filter(|(_, vector)| vector.get("keys").is_some()) {
        let context = context(&vector["context"]);
        let (sender, recipient, common_iv) = context.keys();
        assert_eq!(to_hex(sender), vector["keys"]["sender_key"], "{id}");
        assert_eq!(to_hex(recipient), vector["keys"]["recipient_key"], "{id}");
        assert_eq!(to_hex(common_iv), vector["keys"]["common_iv"], "{id}");
        judged += 1;
    }
    assert_eq!(judged, 6);
}

/// The binding of a request, as its sender has it.
fn sent(request: &Value, buffer: &mut [u8]) -> (String, Binding) {
    let mut sender = context(&request["sender"]);
    sender.sender_sequence_number = request["sender_sequence_number"].as_u64().unwrap();
    let unprotected = hex(&request["unprotected"]);
    let unprotected = message(&unprotected);
    let kid_context = request.get("kid_context").map(hex);
    let made = sender.protect_request(&content(&unprotected), kid_context.as_deref(), buffer);
    let (protected, binding) = made.unwrap();
    (whole(protected, unprotected), binding)
}

#[test]
fn printed_messages_are_protected_and_verified() {
    let all = vectors();
    let mut judged = 0;
    for (id, vector) in all.iter().filter(|(_, vector)| vector.get("unprotected").is_some()) {
        let (mut buffer, mut other) = ([0; 512], [0; 512]);
        let mut recipient = context(&vector["recipient"]);
        let bytes = hex(&vector["protected"]);
        let protected = message(&bytes);
        let taken = match vector.get("request") {
            None => {
                let (made, _) = sent(vector, &mut buffer);
                assert_eq!(made, vector["protected"], "{id}");
                recipient.unprotect_request(&content(&protected), &mut other).unwrap().0
            }
            Some(request) => {
                let request = &all[request.as_str().unwrap()];
                let (_, mut binding) = sent(request, &mut buffer);
                let mut sender = context(&vector["sender"]);
                let asked = hex(&request["protected"]);
                let asked = content(&message(&asked));
                let received = sender.unprotect_request(&asked, &mut other).unwrap();
                let mut theirs = received.1;
                let unprotected = hex(&vector["unprotected"]);
                let unprotected = message(&unprotected);
                let own = vector["own_partial_iv"] == true;
                let plain = content(&unprotected);
                let made = sender.protect_response(&plain, &mut theirs, own, &mut buffer).unwrap();
                assert_eq!(whole(made, unprotected), vector["protected"], "{id}");
                let outer = content(&protected);
                recipient.unprotect_response(&outer, &mut binding, &mut other).unwrap()
            }
        };
        assert_eq!(whole(taken, protected), vector["unprotected"], "{id}");
        judged += 1;
    }
    assert_eq!(judged, 5);
}

#[test]
fn wrong_messages_are_refused_as_they_say() {
    let all = vectors();
    for (id, vector) in all.iter().filter(|(_, vector)| vector.get("failure").is_some()) {
        let (mut buffer, mut other) = ([0; 512], [0; 512]);
        let mut recipient = context(&vector["recipient"]);
        for before in vector["after"].as_array().into_iter().flatten() {
            let bytes = hex(&all[before.as_str().unwrap()]["protected"]);
            recipient.unprotect_request(&content(&message(&bytes)), &mut other).unwrap();
        }
        let bytes = hex(&vector["protected"]);
        let outer = content(&message(&bytes));
        let failure = match vector.get("request") {
            None => recipient.unprotect_request(&outer, &mut other).unwrap_err(),
            Some(request) => {
                let (_, mut binding) = sent(&all[request.as_str().unwrap()], &mut buffer);
                recipient.unprotect_response(&outer, &mut binding, &mut other).unwrap_err()
            }
        };
        assert_eq!(vector["failure"], failure.name(), "{id}");
        assert_eq!(vector["requirement"].as_str(), failure.requirement(), "{id}");
        assert_eq!(all[vector["twin"].as_str().unwrap()]["valid"], true, "{id}");
    }
}

fn pair() -> (SecurityContext, SecurityContext) {
    let derive =
        |own: &[u8], other: &[u8]| SecurityContext::derive(b"secret", b"", None, own, other);
    (derive(b"c", b"server7").unwrap(), derive(b"server7", b"c").unwrap())
}

#[test]
fn notifications_are_taken_once_and_in_order() {
    let (mut client, mut server) = pair();
    let observe = hex(&"4001000160".into());
    let notification = hex(&"60450001610aff78".into());
    let (mut one, mut two, mut plain) = ([0; 64], [0; 64], [0; 64]);
    let request = content(&message(&observe));
    let (outer, mut binding) = client.protect_request(&request, None, &mut one).unwrap();
    assert_eq!(outer.code.to_string(), "0.05");
    let (taken, mut theirs) = server.unprotect_request(&outer, &mut two).unwrap();
    assert_eq!(taken, request);
    let mut sent = Vec::new();
    for _ in 0..3 {
        let mut buffer = [0; 64];
        let note = content(&message(&notification));
        let outer = server.protect_response(&note, &mut theirs, false, &mut buffer).unwrap();
        assert_eq!(outer.code.to_string(), "2.05");
        let Content { code, options, payload } = outer;
        let of = message(&notification);
        sent.push(hex(&whole(Content { code, options, payload }, of).into()));
    }
    let mut take = |at: usize| {
        let outer = content(&message(&sent[at]));
        client.unprotect_response(&outer, &mut binding, &mut plain).map(|found| found.code)
    };
    assert!(take(0).is_ok());
    assert_eq!(take(0), Err(Failure::Replay));
    assert!(take(2).is_ok());
    assert_eq!(take(2), Err(Failure::Replay));
    assert_eq!(take(1), Err(Failure::Replay));
}

#[test]
fn numbers_run_out_and_identifiers_have_a_length() {
    let (mut client, _) = pair();
    client.sender_sequence_number = (1 << 40) - 1;
    let get = hex(&"40010001".into());
    let get = content(&message(&get));
    let mut buffer = [0; 64];
    assert!(client.protect_request(&get, None, &mut buffer).is_ok());
    let failure = client.protect_request(&get, None, &mut buffer).unwrap_err();
    assert_eq!(failure, Failure::Exhausted);
    let derived = SecurityContext::derive(b"s", b"", None, &[0; 8], b"");
    assert_eq!(derived.unwrap_err(), Failure::TooLong);
}

#[test]
fn no_heap_is_used() {
    let (mut client, mut server) = pair();
    let get = hex(&"40010001b161ff78".into());
    let used = allocation_counter::measure(|| {
        let (mut one, mut two) = ([0; 64], [0; 64]);
        let get = content(&message(&get));
        let (outer, _) = client.protect_request(&get, None, &mut one).unwrap();
        server.unprotect_request(&outer, &mut two).unwrap();
    });
    assert_eq!(used.count_total, 0);
}

proptest! {
    #[test]
    fn whatever_is_protected_comes_back_and_nothing_else_does(
        form in strategy(false, Taste::Valid), change: u16, number in 0..1u64 << 40
    ) {
        let bytes = wirecheck_codecs::coap::json::encode(&form).unwrap();
        protected(&bytes, number, change);
    }

    #[test]
    fn any_option_value_is_judged(bytes: Vec<u8>) {
        option_judged(&bytes);
    }
}
