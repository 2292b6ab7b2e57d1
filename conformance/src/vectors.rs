//! The vectors as rows of cases: what a target owes on receipt of wrong bytes.

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};

use crate::case::Row;
use crate::plan::row;

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../vectors");

/// The vectors of `vectors/<spec>/<area>.json` that a client sends and on which a server owes
/// something. A row has `hex`, `kind`, `requirement`, `breaks` if the bytes break a requirement,
/// and `twin_hex` if there is a twin.
///
/// # Errors
/// No such file, or one that is not what it should be.
pub fn rows(spec: &str, area: &str) -> Result<Vec<Row>, String> {
    let name = format!("{spec}/{area}.json");
    let file = EMBEDDED.get_file(&name).ok_or_else(|| format!("there is no vectors/{name}"))?;
    let file: Value = serde_json::from_slice(file.contents())
        .map_err(|error| format!("vectors/{name}: {error}"))?;
    let vectors = file["vectors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut rows = Vec::new();
    for vector in vectors {
        let text = |key: &str| vector[key].as_str();
        let (Some(id), Some(hex), Some("refuses")) = (text("id"), text("hex"), text("receiver"))
        else {
            continue;
        };
        let (Some("client"), Some(requirement)) = (text("from"), text("on_receipt")) else {
            continue;
        };
        let mut values = Map::new();
        values.insert("hex".into(), hex.into());
        values.insert("kind".into(), vector["error"]["kind"].clone());
        values.insert("requirement".into(), requirement.into());
        if let Some(breaks) = text("requirement") {
            values.insert("breaks".into(), breaks.into());
        }
        let twin = text("twin").and_then(|twin| vectors.iter().find(|v| v["id"] == twin));
        if let Some(twin) = twin.and_then(|twin| twin["hex"].as_str()) {
            values.insert("twin_hex".into(), twin.into());
        }
        let name = id.rsplit('/').next().unwrap_or(id).to_ascii_lowercase();
        rows.push(row(&name, values)?);
    }
    Ok(rows)
}
