//! Every requirement that the source cites is in the catalogue.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wirecheck::catalogue::Catalogue;

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

const PREFIXES: [&str; 14] = [
    "MQTT5-", "MQTT311-", "MQTTSN-", "MQTTSN2-", "RFC6690-", "RFC7252-", "RFC7641-", "RFC7959-",
    "RFC7967-", "RFC8323-", "RFC8613-", "RFC8768-", "RFC8974-", "RFC9177-",
];

/// The ids in a text: a prefix, numbers with dots, `-`, a number that may have a `p` before it.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    PREFIXES.into_iter().flat_map(move |prefix| {
        text.match_indices(prefix).filter_map(move |(start, _)| {
            let tail = &text[start + prefix.len()..];
            let end = tail
                .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | 'p'))
                .unwrap_or(tail.len());
            let id = tail[..end].trim_end_matches(['.', '-', 'p']);
            id.contains('-').then(|| &text[start..start + prefix.len() + id.len()])
        })
    })
}

#[test]
fn cited_requirements_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    source_files(&root.join("src"), &mut paths);
    source_files(&root.join("../codecs/src"), &mut paths);
    let catalogue = Catalogue::embedded();
    let mut cited = BTreeSet::new();
    let mut unknown = Vec::new();
    for path in paths {
        // Tests of the loader cite what must not be there.
        if path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable source");
        for id in ids(&text) {
            cited.insert(id.to_string());
            if catalogue.get(id).is_none() {
                unknown.push(format!("{}: {id}", path.display()));
            }
        }
    }
    assert!(cited.len() > 100, "only {} ids found: the scan is broken", cited.len());
    assert!(unknown.is_empty(), "not in the catalogue:\n{}", unknown.join("\n"));
}

#[test]
fn ids_end_where_the_number_ends() {
    let text = "// MQTT5-3.4.2.1-p2, MQTT311-2.2.2-1: see MQTT5-4.9. (\"MQTT5-3.1.2-3\").";
    let found: Vec<_> = ids(text).collect();
    assert_eq!(found, ["MQTT5-3.4.2.1-p2", "MQTT5-3.1.2-3", "MQTT311-2.2.2-1"]);
}
