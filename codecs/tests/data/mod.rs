//! The vectors, as the tests of more than one protocol read them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use wirecheck_codecs::json::from_hex;

/// The vectors of the files of one folder; each stands where its id says.
pub(crate) fn vectors(protocol: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(protocol);
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(file["protocol"], protocol, "{}", path.display());
        // Some files have other things than vectors.
        let Some(vectors) = file["vectors"].as_array() else { continue };
        assert_eq!(file["area"], path.file_stem().unwrap().to_str().unwrap());
        let place = format!("{protocol}/{}/", file["area"].as_str().unwrap());
        for vector in vectors {
            assert!(id(vector).starts_with(&place), "{} stands in {place}", id(vector));
            all.push(vector.clone());
        }
    }
    all
}

/// The id of a vector.
pub(crate) fn id(vector: &Value) -> &str {
    vector["id"].as_str().unwrap()
}

/// The bytes of a vector.
pub(crate) fn bytes(vector: &Value) -> Vec<u8> {
    match vector["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => from_hex(vector["hex"].as_str().unwrap()).unwrap(),
    }
}
