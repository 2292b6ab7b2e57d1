//! The JSON Schema of case files, made from the types.

use serde_json::Value;

use super::CaseFile;

/// The schema, draft 2020-12, as committed in `conformance/schema/case.schema.json`.
#[must_use]
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(CaseFile);
    schema.insert("$id".to_owned(), super::SCHEMA.into());
    schema.to_value()
}
