//! The vectors: every one decodes as it says, and together they leave nothing out.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use wirecheck_codecs::Decoded;
use wirecheck_codecs::json::{from_hex, to_hex};
use wirecheck_codecs::mqtt::json::{encode, envelope, fields_of};
use wirecheck_codecs::mqtt::{
    Context, ErrorKind, Party, Property, QoS, Version, connect_version, decode, topic,
};

/// A file with what its head says.
struct File {
    name: String,
    version: Version,
    schema: String,
    vectors: Vec<Value>,
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors");
    let mut files = Vec::new();
    for version in [Version::V311, Version::V5] {
        let folder = root.join(version.name());
        let mut paths: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap().to_string();
            assert_eq!(value["protocol"], version.name(), "{}", path.display());
            let schema = value["schema"].as_str().unwrap().to_string();
            if schema == "wirecheck/no-invalid-form/1" {
                continue;
            }
            assert_eq!(value["area"], *name, "{}", path.display());
            let vectors = value["vectors"].as_array().unwrap().clone();
            files.push(File { name, version, schema, vectors });
        }
    }
    files
}

fn packets() -> Vec<(Version, Value)> {
    files()
        .into_iter()
        .filter(|file| file.schema == "wirecheck/vectors/1")
        .flat_map(|file| file.vectors.into_iter().map(move |vector| (file.version, vector)))
        .collect()
}

fn context(version: Version, vector: &Value) -> Context {
    let from = if vector["from"] == "client" { Party::Client } else { Party::Server };
    let mut ctx = Context::new(version, from);
    if let Some(size) = vector["profile"]["maximum_packet_size"].as_u64() {
        ctx.limits.maximum_packet_size = size as usize;
    }
    ctx.profile.shared_subscriptions_before_5 =
        vector["profile"]["shared_subscriptions_before_5"] == true;
    ctx
}

fn bytes(vector: &Value) -> Vec<u8> {
    from_hex(vector["hex"].as_str().unwrap()).unwrap()
}

fn id(vector: &Value) -> &str {
    vector["id"].as_str().unwrap()
}

#[test]
fn valid_vectors_decode_and_round_trip() {
    for (version, vector) in packets().iter().filter(|(_, vector)| vector["valid"] == true) {
        let (id, ctx, bytes) = (id(vector), context(*version, vector), bytes(vector));
        let found = envelope(&bytes, &ctx);
        assert_eq!(found["message"], vector["message"], "{id}: {found}");
        let (kind, form) = found["message"].as_object().unwrap().iter().next().unwrap();
        let known = fields_of(kind).unwrap();
        for field in form.as_object().unwrap().keys() {
            assert!(known.contains(&&**field), "{id}: {field}");
        }
        assert_eq!(found["used"], bytes.len(), "{id}");
        let notes: Vec<_> =
            found["notes"].as_array().unwrap().iter().map(|note| note["note"].clone()).collect();
        let expected = vector["notes"].as_array().cloned().unwrap_or_default();
        assert_eq!(notes, expected, "{id}");

        let Ok(Decoded::Complete { message, .. }) = decode(&bytes, &ctx) else { panic!("{id}") };
        let mut buffer = vec![0; bytes.len()];
        let length = message.encode(&mut buffer, &ctx).unwrap();
        let canonical = vector.get("canonical_hex").unwrap_or(&vector["hex"]);
        assert_eq!(canonical, &to_hex(&buffer[..length]), "{id}");
        assert_eq!(canonical, &to_hex(&encode(&vector["message"], *version).unwrap()), "{id}");
        if let Some(canonical) = vector.get("canonical_hex") {
            assert_ne!(canonical, &vector["hex"], "{id}: nothing to say");
        }
    }
}

#[test]
fn invalid_vectors_are_refused_as_they_say() {
    for (version, vector) in packets().iter().filter(|(_, vector)| vector["valid"] == false) {
        let (id, ctx, bytes) = (id(vector), context(*version, vector), bytes(vector));
        let found = envelope(&bytes, &ctx);
        let error = &found["error"];
        for key in ["kind", "at", "field"] {
            assert_eq!(error[key], vector["error"][key], "{id}: {found}");
        }
        let also = vector["also"].as_array().cloned().unwrap_or_default();
        let cited = error.get("requirement");
        assert!(
            cited.is_none_or(|cited| *cited == vector["requirement"] || also.contains(cited)),
            "{id}: the codec cites {cited:?}"
        );
    }
}

#[test]
fn ids_are_unique_and_twins_are_valid() {
    let mut valid = BTreeMap::new();
    for file in files() {
        for vector in &file.vectors {
            let id = id(vector).to_string();
            let place = format!("{}/{}/", file.version.name(), file.name);
            assert!(id.starts_with(&place), "{id} stands in {place}");
            assert!(valid.insert(id.clone(), vector["valid"] == true).is_none(), "{id} twice");
        }
    }
    for (_, vector) in packets() {
        if let Some(twin) = vector.get("twin") {
            assert_eq!(valid.get(twin.as_str().unwrap()), Some(&true), "{}: {twin}", id(&vector));
        }
    }
}

#[test]
fn every_error_kind_has_a_vector_in_each_version() {
    for version in [Version::V311, Version::V5] {
        let seen: BTreeSet<_> = packets()
            .into_iter()
            .filter(|(of, vector)| *of == version && vector["valid"] == false)
            .map(|(_, vector)| vector["error"]["kind"].as_str().unwrap().to_string())
            .collect();
        for kind in ErrorKind::ALL {
            // Properties came with 5.0, which in turn takes an empty identifier in every CONNECT.
            let possible = match kind {
                ErrorKind::EmptyClientIdentifier => version == Version::V311,
                ErrorKind::UnknownProperty
                | ErrorKind::MisplacedProperty
                | ErrorKind::DuplicateProperty
                | ErrorKind::MissingProperty
                | ErrorKind::InvalidValue => version == Version::V5,
                _ => true,
            };
            assert_eq!(seen.contains(kind.name()), possible, "{} {}", version.name(), kind.name());
        }
    }
}

#[test]
fn every_packet_flag_and_property_has_a_valid_vector() {
    let mut seen = BTreeSet::new();
    for (version, vector) in packets().into_iter().filter(|(_, vector)| vector["valid"] == true) {
        let (kind, form) = vector["message"].as_object().unwrap().iter().next().unwrap();
        let mut see = |what: String| seen.insert(format!("{} {what}", version.name()));
        see(kind.clone());
        for (place, list) in
            [(kind.as_str(), &form["properties"]), ("will", &form["will"]["properties"])]
        {
            for property in list.as_array().into_iter().flatten() {
                see(format!("{place} {}", property.as_object().unwrap().keys().next().unwrap()));
            }
        }
        if kind == "publish" {
            see(format!("dup={} qos={} retain={}", form["dup"], form["qos"], form["retain"]));
        }
        if let Some(will) = form.get("will") {
            see(format!("will qos={} retain={}", will["qos"], will["retain"]));
        }
        for subscription in form["subscriptions"].as_array().into_iter().flatten() {
            for (option, value) in subscription.as_object().unwrap() {
                see(format!("{option}={value}"));
            }
        }
    }
    for version in ["mqtt-3.1.1", "mqtt-5.0"] {
        let must = |what: &str| assert!(seen.contains(&format!("{version} {what}")), "{what}");
        for qos in 0..3 {
            for retain in [false, true] {
                must(&format!("will qos={qos} retain={retain}"));
                must(&format!("dup=false qos={qos} retain={retain}"));
                if qos > 0 {
                    must(&format!("dup=true qos={qos} retain={retain}"));
                }
            }
            must(&format!("maximum_qos={qos}"));
        }
    }
    let places = seen.iter().filter(|what| {
        let last = what.rsplit(' ').next().unwrap();
        Property::NAMES.iter().any(|(_, name)| *name == last)
    });
    // The cells of Table 2-4: 27 properties and where each may stand.
    assert_eq!(places.count(), 64);
    let kinds = seen.iter().filter(|what| what.matches(' ').count() == 1 && !what.contains('='));
    assert_eq!(kinds.count(), 14 + 15);
}

#[test]
fn topics_match_as_they_say() {
    let mut count = 0;
    for file in files().into_iter().filter(|file| file.schema == "wirecheck/topics/1") {
        for vector in &file.vectors {
            let filter = vector["filter"].as_str().unwrap();
            let name = vector["topic"].as_str().unwrap();
            let filter = topic::shared(filter).map_or(filter, |(_, filter)| filter);
            assert_eq!(topic::matches(filter, name), vector["match"] == true, "{}", id(vector));
            count += 1;
        }
    }
    assert!(count > 80);
}

#[test]
fn connect_packets_tell_their_version() {
    for (version, vector) in packets() {
        if vector["message"].get("connect").is_some() {
            assert_eq!(connect_version(&bytes(&vector)), Some(version), "{}", id(&vector));
        }
    }
    assert_eq!(QoS::from_bits(3), None);
}
