//! The files of XMPP vectors have their form and cite what exists.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wirecheck::catalogue::{Catalogue, Observe, Role};

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a readable file");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

fn files() -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir(folder().join("xmpp")).expect("a folder of vectors");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.map(|path| (path.clone(), read(&path))).collect()
}

fn vectors() -> Vec<Value> {
    let lists = ["vectors", "exchanges", "messages", "tampered"];
    let of = |file: &Value| {
        lists.iter().flat_map(|key| file[key].as_array().cloned().unwrap_or_default()).collect()
    };
    files().iter().flat_map(|(_, file)| -> Vec<Value> { of(file) }).collect()
}

fn cited(vector: &Value) -> Vec<&str> {
    let also = vector["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let broken = vector["stanza"]["breaks"].as_str();
    vector["requirement"].as_str().into_iter().chain(broken).chain(also).collect()
}

#[test]
fn files_have_the_form_of_the_schema() {
    let schema = read(&folder().join("xmpp.schema.json"));
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for (path, value) in files() {
        if let Some(error) = validator.iter_errors(&value).next() {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        }
    }
    let mut wrong = read(&folder().join("xmpp/limits.json"));
    wrong["vectors"][0]["valid"] = false.into();
    assert!(!validator.is_valid(&wrong), "a valid vector's message in an invalid one");
}

#[test]
fn cited_requirements_exist_and_bind_the_receiver() {
    for vector in vectors() {
        for id in cited(&vector) {
            assert!(Catalogue::embedded().get(id).is_some(), "{}: {id}", vector["id"]);
        }
        if let Some(id) = vector["on_receipt"].as_str() {
            let rule = Catalogue::embedded().get(id);
            let rule = rule.unwrap_or_else(|| panic!("{}: {id}", vector["id"]));
            let receiver = if vector["from"] == "client" { Role::Server } else { Role::Client };
            assert!(rule.binds(receiver), "{}: {id} does not bind the receiver", vector["id"]);
        }
    }
}

#[test]
fn every_requirement_of_the_codec_has_a_vector() {
    let vectors = vectors();
    let mut cited: BTreeSet<&str> = vectors.iter().flat_map(cited).collect();
    cited.extend(vectors.iter().filter_map(|vector| vector["on_receipt"].as_str()));
    for document in ["rfc6120", "rfc6121", "xep0198", "rfc5802"] {
        let document = Catalogue::embedded().document(document).expect("a document");
        for requirement in &document.requirements {
            if requirement.is_observed_by(Observe::Codec) {
                assert!(cited.contains(requirement.id.as_str()), "{}", requirement.id);
            }
        }
    }
}
