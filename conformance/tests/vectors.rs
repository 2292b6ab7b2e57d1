//! The vectors' files have their form, cite what exists, and leave no requirement out.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wirecheck::catalogue::{Catalogue, Observe, Role};

/// The folders of vectors, and the documents whose requirements they show.
const PROTOCOLS: [(&str, &[&str]); 7] = [
    ("mqtt-3.1.1", &["mqtt-3.1.1"]),
    ("mqtt-5.0", &["mqtt-5.0"]),
    ("mqtt-sn-1.2", &["mqtt-sn-1.2"]),
    ("mqtt-sn-2.0-draft", &["mqtt-sn-2.0-draft"]),
    ("coap", &["rfc7252", "rfc7641", "rfc7959", "rfc7967", "rfc8768", "rfc8974", "rfc9177"]),
    ("coap-tcp", &["rfc8323"]),
    // Its document is the same.
    ("coap-ws", &[]),
];

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a readable file");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

fn files() -> Vec<(PathBuf, Value)> {
    let mut files = Vec::new();
    for (protocol, _) in PROTOCOLS {
        for entry in fs::read_dir(folder().join(protocol)).expect("a folder of vectors") {
            let path = entry.expect("an entry").path();
            let value = read(&path);
            files.push((path, value));
        }
    }
    files
}

/// Every vector with the requirements that it cites as shown or broken.
fn cited(vectors: &[(PathBuf, Value)]) -> impl Iterator<Item = (&Value, Vec<&str>)> {
    vectors.iter().flat_map(|(_, file)| file["vectors"].as_array().into_iter().flatten()).map(
        |vector| {
            let also = vector["also"].as_array().into_iter().flatten();
            let ids = vector["requirement"].as_str().into_iter();
            (vector, ids.chain(also.filter_map(Value::as_str)).collect())
        },
    )
}

#[test]
fn files_have_the_form_of_the_schema() {
    let schema = read(&folder().join("schema.json"));
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for (path, value) in files() {
        if let Some(error) = validator.iter_errors(&value).next() {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        }
    }
    let mut wrong = read(&folder().join("mqtt-5.0/ping.json"));
    wrong["vectors"][0]["valid"] = false.into();
    assert!(!validator.is_valid(&wrong), "a valid vector's message in an invalid one");
}

#[test]
fn the_data_is_one_vector_a_line() {
    for (path, value) in files() {
        let key = if value.get("vectors").is_some() { "vectors" } else { "requirements" };
        let count = value[key].as_array().expect("a list").len();
        let text = fs::read_to_string(&path).expect("a readable file");
        let lines = text.lines().filter(|line| line.starts_with("  {")).count();
        assert_eq!(lines, count, "{}", path.display());
    }
}

#[test]
fn cited_requirements_exist_and_bind_the_receiver() {
    let catalogue = Catalogue::embedded();
    let files = files();
    for (vector, ids) in cited(&files) {
        for id in ids {
            assert!(catalogue.get(id).is_some(), "{}: {id}", vector["id"]);
        }
        if let Some(id) = vector["on_receipt"].as_str() {
            let rule = catalogue.get(id).unwrap_or_else(|| panic!("{}: {id}", vector["id"]));
            let receiver = if vector["from"] == "client" { Role::Server } else { Role::Client };
            assert!(rule.binds(receiver), "{}: {id} does not bind the receiver", vector["id"]);
        }
    }
}

#[test]
fn every_requirement_of_the_codec_has_a_vector() {
    let files = files();
    let by_validity = |valid: bool| -> BTreeSet<&str> {
        cited(&files)
            .filter(|(vector, _)| vector["valid"] == valid)
            .flat_map(|(_, ids)| ids)
            .collect()
    };
    let (invalid, valid) = (by_validity(false), by_validity(true));
    for (protocol, documents) in PROTOCOLS {
        let list = read(&folder().join(protocol).join("no-invalid-form.json"));
        let exempt: BTreeSet<&str> = list["requirements"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|entry| entry["requirement"].as_str())
            .collect();
        let catalogue = Catalogue::embedded();
        let codec: BTreeSet<&str> = documents
            .iter()
            .flat_map(|name| &catalogue.document(name).expect("a document").requirements)
            .filter(|requirement| requirement.is_observed_by(Observe::Codec))
            .map(|requirement| requirement.id.as_str())
            .collect();
        for id in &codec {
            let named = invalid.contains(id) || exempt.contains(id);
            assert!(named, "{id} has no invalid vector and is not in no-invalid-form.json");
        }
        for id in &exempt {
            assert!(codec.contains(id), "{id} is not observed by a codec");
            assert!(!invalid.contains(id), "{id} has an invalid vector: take it off the list");
            // A string of 65,536 bytes cannot be written, and one of 65,535 shows nothing.
            let too_long = id.ends_with("-4.7.3-3");
            assert!(valid.contains(id) != too_long, "{id} has no valid vector that shows it");
        }
    }
}
