//! The vectors around CoAP that have a form of their own: they keep it, cite what exists, and show
//! every requirement of the codec.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wirecheck::catalogue::{Catalogue, Observe};

/// The folders, and the document whose requirements they show.
const FOLDERS: [(&str, &str); 2] = [("link-format", "rfc6690"), ("oscore", "rfc8613")];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(name: &str) -> Vec<(PathBuf, Value)> {
    let entries = fs::read_dir(folder().join(name)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), read(&path))).collect()
}

#[test]
fn files_have_the_form_of_their_schema() {
    for (name, _) in FOLDERS {
        let schema = read(&folder().join(format!("{name}.schema.json")));
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (path, value) in files(name) {
            if let Some(error) = validator.iter_errors(&value).next() {
                panic!("{}: {error} at {}", path.display(), error.instance_path());
            }
            let count = value["vectors"].as_array().unwrap().len();
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| line.starts_with("  {")).count();
            assert_eq!(lines, count, "{}: not one vector a line", path.display());
            let mut wrong = value.clone();
            wrong["vectors"][0]["valid"] = "yes".into();
            assert!(!validator.is_valid(&wrong), "the schema lets anything pass");
        }
    }
}

#[test]
fn every_requirement_of_the_codec_is_cited_and_exists() {
    for (name, document) in FOLDERS {
        let mut cited = BTreeSet::new();
        for (_, file) in files(name) {
            for vector in file["vectors"].as_array().unwrap() {
                let also = vector["also"].as_array().into_iter().flatten();
                let own = vector.get("requirement").into_iter();
                cited.extend(own.chain(also).map(|id| id.as_str().unwrap().to_owned()));
            }
        }
        let catalogue = Catalogue::embedded();
        for id in &cited {
            assert!(catalogue.get(id).is_some(), "{name}: {id}");
        }
        let document = catalogue.document(document).unwrap();
        for requirement in &document.requirements {
            if requirement.is_observed_by(Observe::Codec) {
                assert!(cited.contains(&requirement.id), "{name}: {} is not shown", requirement.id);
            }
        }
    }
}
