//! The vectors of SCRAM: both sides of every exchange, messages that are wrong, and exchanges that
//! were tampered with.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::xmpp::sasl::Data;
use wirecheck_codecs::xmpp::scram::{
    ChannelBinding, Client, ClientFinal, ClientFirst, Error, ErrorKind, Hash, Keys, Server,
    ServerError, ServerFinal, ServerFirst,
};

fn file() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/xmpp/scram.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn list(key: &str) -> Vec<Value> {
    file()[key].as_array().unwrap().clone()
}

fn text<'v>(vector: &'v Value, key: &str) -> &'v str {
    vector[key].as_str().unwrap_or_else(|| panic!("{}: {key}", vector["id"]))
}

/// Plays the exchange; `instead` takes the place of one message.
fn play(vector: &Value, instead: Option<(&str, &str)>) -> Result<[String; 4], Error> {
    let hash = Hash::of_mechanism(text(vector, "mechanism")).unwrap();
    let flag = match vector["flag"].as_str() {
        None => ChannelBinding::Unsupported,
        Some("y") => ChannelBinding::Unused,
        Some(flag) => ChannelBinding::Required(flag.strip_prefix("p=").unwrap()),
    };
    let channel = from_hex(vector["channel"].as_str().unwrap_or("")).unwrap();
    let salt = Data::from_text(text(vector, "salt")).bytes().unwrap().to_vec();
    let iterations = vector["iterations"].as_u64().unwrap() as u32;
    let password = text(vector, "password");
    let sent = |name: &str, message: &str| match instead {
        Some((of, other)) if of == name => other.to_owned(),
        _ => message.to_owned(),
    };

    let client = Client::new(hash, text(vector, "username"), text(vector, "client_nonce"))
        .with_header(flag, vector["authzid"].as_str(), &channel);
    let first = sent("client_first", &client.first());
    let parsed = ClientFirst::parse(first.as_bytes())?;
    assert_eq!(parsed.username, text(vector, "username"));
    assert_eq!(parsed.authzid.as_deref(), vector["authzid"].as_str());
    let keys = Keys::derive(hash, password, &salt, iterations);
    let server = Server::new(&parsed, text(vector, "server_nonce"), &salt, iterations, keys);
    let server_first = sent("server_first", server.first());
    let answer = client.answer(server_first.as_bytes(), password)?;
    let client_final = sent("client_final", &answer.message);
    let verified = server.verify(client_final.as_bytes(), &channel)?;
    let server_final = sent("server_final", &verified.message);
    answer.check(server_final.as_bytes())?;
    Ok([first, server_first, client_final, server_final])
}

#[test]
fn exchanges_are_as_printed() {
    for vector in list("exchanges") {
        let played = play(&vector, None).unwrap_or_else(|error| panic!("{vector}: {error}"));
        let names = ["client_first", "server_first", "client_final", "server_final"];
        assert_eq!(played, names.map(|name| text(&vector, name)), "{}", vector["id"]);
    }
}

#[test]
fn wrong_messages_are_refused() {
    for vector in list("messages") {
        let message = text(&vector, "text").as_bytes();
        let error = match text(&vector, "of") {
            "client_first" => ClientFirst::parse(message).err(),
            "server_first" => ServerFirst::parse(message).err(),
            "client_final" => ClientFinal::parse(message).err(),
            _ => ServerFinal::parse(message).err(),
        };
        let error = error.unwrap_or_else(|| panic!("{} is taken", vector["id"]));
        assert_eq!(error.kind.name(), vector["error"]["kind"], "{}", vector["id"]);
        assert_eq!(error.at, vector["error"]["at"], "{}", vector["id"]);
        assert_eq!(error.field, vector["error"]["field"], "{}", vector["id"]);
        assert_eq!(error.requirement, vector["requirement"].as_str(), "{}", vector["id"]);
    }
}

#[test]
fn tampering_is_noticed() {
    let exchanges = list("exchanges");
    for vector in list("tampered") {
        let exchange = exchanges.iter().find(|of| of["id"] == vector["exchange"]).unwrap();
        let instead = Some((text(&vector, "instead_of"), text(&vector, "text")));
        let error = play(exchange, instead).expect_err(text(&vector, "id"));
        assert_eq!(error.kind.name(), vector["error"]["kind"], "{}", vector["id"]);
        assert_eq!(error.requirement, vector["requirement"].as_str(), "{}", vector["id"]);
    }
}

#[test]
fn every_kind_has_a_vector() {
    let mut seen: BTreeSet<String> = ["messages", "tampered"]
        .iter()
        .flat_map(|key| list(key))
        .map(|vector| vector["error"]["kind"].as_str().unwrap().to_owned())
        .collect();
    let error = ServerFirst::parse(b"r=\xff").unwrap_err();
    seen.insert(error.kind.name().to_owned());
    for kind in ErrorKind::ALL {
        assert!(seen.contains(kind.name()), "{}", kind.name());
        assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
    }
}

#[test]
fn optional_extensions_are_ignored_and_errors_named() {
    assert!(ServerFirst::parse(b"r=abc,s=YQ==,i=1,x=y,z=,").is_err());
    assert_eq!(ServerFirst::parse(b"r=abc,s=YQ==,i=1,x=y").unwrap().iterations, 1);
    let last = ClientFinal::parse(b"c=biws,r=abc,x=,p=z,p=YQ==");
    assert!(last.is_err(), "an extension without value");
    let last = ClientFinal::parse(b"c=biws,r=abc,x=p,p=YQ==").unwrap();
    assert_eq!(last.without_proof, "c=biws,r=abc,x=p");
    let ServerFinal::Error(error) = ServerFinal::parse(b"e=new-error").unwrap() else { panic!() };
    assert_eq!((error.0.as_str(), error.meaning()), ("new-error", "other-error"));
    assert_eq!(ServerError("unknown-user".into()).meaning(), "unknown-user");
}
