//! The vectors as rows of cases: what a target owes on receipt of wrong bytes.

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};
use wirecheck_codecs::json::from_hex;

use crate::case::Row;
use crate::codec::{self, Codec};
use crate::plan::row;

/// The folder `vectors` as it was when this was built.
pub(crate) static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../vectors");

/// The vectors of `vectors/<spec>/<area>.json` that a client sends and on which a server owes
/// something. The area `first` is all those that begin a connection, `filters` those whose Topic
/// Filter a server may refuse in SUBACK, `later` all others. A row has `hex`, `kind`, `fault`, `requirement`, `breaks` if the bytes break a requirement, and
/// `twin_hex` if there is a twin.
///
/// # Errors
/// No such file, or one that is not what it should be.
pub fn rows(spec: &str, area: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let areas = areas(spec)?;
    let codec = codec::of(spec).ok_or_else(|| format!("there is no codec for {spec}"))?;
    let all: Vec<&Value> = areas.iter().flat_map(|(_, vectors)| vectors).collect();
    for (of, vectors) in &areas {
        for vector in vectors {
            let hex = vector["hex"].as_str().unwrap_or_default();
            let first = codec.begins_link(&from_hex(hex).unwrap_or_default());
            let wanted = match area {
                "first" => first && !has_return_code(vector),
                "without-answer" => first && vector["on_receipt"] == UNANSWERED,
                "filters" => !first && refused_by_code(vector),
                "later" => !first && !refused_by_code(vector),
                area => area == *of,
            };
            if wanted {
                rows.extend(one(codec, vector, &all)?);
            }
        }
    }
    if rows.is_empty() {
        return Err(format!("there are no vectors {spec}/{area} on which a server owes anything"));
    }
    Ok(rows)
}

/// Whether a SUBSCRIBE is wrong in the form of a Topic Filter only: SUBACK has codes for such.
fn refused_by_code(vector: &Value) -> bool {
    let error = &vector["error"];
    let form = error["kind"].as_str().is_some_and(|kind| {
        kind == "empty-topic" || kind.starts_with("misplaced-") && kind.ends_with("-wildcard")
    });
    form && error["field"] == "topic_filter"
        && vector["hex"].as_str().is_some_and(|hex| hex.starts_with("82"))
}

/// What a server of 3.1.1 owes on a CONNECT that does not conform: the end, and no CONNACK.
const UNANSWERED: &str = "MQTT311-3.1.4-1";

/// Whether a CONNECT of 3.1.1 is refused by a return code of its own, which a case looks for.
fn has_return_code(vector: &Value) -> bool {
    vector["on_receipt"] == "MQTT311-3.1.3-8"
}

/// Areas with their vectors.
pub(crate) fn areas(spec: &str) -> Result<Vec<(String, Vec<Value>)>, String> {
    let folder = EMBEDDED.get_dir(spec).ok_or_else(|| format!("there is no vectors/{spec}"))?;
    let mut areas = Vec::new();
    for file in folder.files().filter(|file| file.path().extension().is_some_and(|e| e == "json")) {
        let name = file.path().display();
        let mut content: Value = serde_json::from_slice(file.contents())
            .map_err(|error| format!("vectors/{name}: {error}"))?;
        if let Value::Array(vectors) = content["vectors"].take() {
            let area = file.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
            areas.push((area, vectors));
        }
    }
    areas.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(areas)
}

/// The row of a vector that a server must refuse.
fn one(codec: &dyn Codec, vector: &Value, all: &[&Value]) -> Result<Option<Row>, String> {
    let text = |key: &str| vector[key].as_str();
    let (Some(id), Some(hex), Some("refuses"), Some("client")) =
        (text("id"), text("hex"), text("receiver"), text("from"))
    else {
        return Ok(None);
    };
    let (Some(requirement), Some(kind)) = (text("on_receipt"), vector["error"]["kind"].as_str())
    else {
        return Ok(None);
    };
    // What a server may send and a client may not has a twin that a client cannot send either.
    let fits = |twin: &Value, id: &str| twin["id"] == id && twin["from"] == "client";
    let twin = text("twin").and_then(|id| all.iter().find(|twin| fits(twin, id)));
    let twin = twin.and_then(|twin| twin["hex"].as_str());
    let bytes = |hex: &str| from_hex(hex).unwrap_or_default();
    if codec.ends_anyway(&bytes(hex), &twin.map(bytes).unwrap_or_default()) {
        return Ok(None);
    }
    let mut values = Map::new();
    values.insert("hex".into(), hex.into());
    values.insert("kind".into(), kind.into());
    values.insert("fault".into(), format!("tolerates-{kind}").into());
    values.insert("requirement".into(), requirement.into());
    if let Some(breaks) = text("requirement") {
        values.insert("breaks".into(), breaks.into());
    }
    values.insert("also".into(), vector["also"].clone());
    if let Some(twin) = twin {
        values.insert("twin_hex".into(), twin.into());
    }
    let name = id.split_once('/').map_or(id, |(_, name)| name).replace('/', "-");
    row(&name.to_ascii_lowercase(), values).map(Some)
}
