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

fn wirecheck(arguments: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_wirecheck");
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// What `decode --json` makes of bytes is written by `encode` as they were.
#[test]
fn the_verbs_know_every_form() {
    for (spec, hex) in [
        ("coap-tcp", "30e122048001e24221017fb161"),
        ("coap-ws", "00e1220480"),
        ("link-format", "3c2f613e3b72743d2262223b6f6273"),
        ("oscore", "19050544616c656b"),
    ] {
        let (code, forms) = wirecheck(&["decode", spec, hex, "--json"]);
        assert_eq!(code, Some(0), "{spec}: {forms}");
        let (code, bytes) = wirecheck(&["encode", spec, &forms]);
        assert_eq!((code, bytes.replace('\n', "").as_str()), (Some(0), hex), "{spec}");
    }
    for (spec, hex, said) in [
        ("coap-tcp", "20e12204", "truncated"),
        ("coap-tcp", "01e2", "incomplete: at least 1 more byte"),
        ("coap-ws", "1001b0", "RFC8323-4.2-1"),
        ("link-format", "3c2f61", "unclosed-target"),
        ("oscore", "290525", "RFC8613-6.1-2"),
    ] {
        let (code, text) = wirecheck(&["decode", spec, hex]);
        assert_eq!(code, Some(1), "{spec}: {text}");
        assert!(text.contains(said), "{spec}: {text}");
    }
}
