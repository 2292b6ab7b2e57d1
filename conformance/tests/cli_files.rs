//! Files that are computed and committed: schemas and coverage. `WIRECHECK_BLESS=1` rewrites them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::PathBuf;

use serde_json::Value;
use wirecheck::capability;
use wirecheck::case::load::load_embedded;
use wirecheck::coverage::{Cited, render};

fn compare(name: &str, wanted: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("WIRECHECK_BLESS").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == wanted,
        "{name} is not what is computed; run this test with WIRECHECK_BLESS=1 and look at the diff"
    );
}

fn schema(name: &str, schema: &Value) {
    compare(name, &format!("{}\n", serde_json::to_string_pretty(schema).unwrap()));
}

#[test]
fn the_schema_of_results() {
    schema("schema/result.schema.json", &wirecheck::result::schema());
}

#[test]
fn the_schema_of_target_files() {
    schema("schema/target.schema.json", &wirecheck::target::schema());
    schema("schema/known.schema.json", &wirecheck::known::schema());
    schema("schema/renamed.schema.json", &wirecheck::renamed::schema());
}

#[test]
fn the_list_of_capabilities() {
    schema("schema/capabilities.json", &serde_json::to_value(capability::KNOWN).unwrap());
}

#[test]
fn the_coverage() {
    let cited = Cited::by(&load_embedded().unwrap()).unwrap();
    compare("COVERAGE.md", &render(&cited, true));
}
