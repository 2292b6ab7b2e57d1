//! The schema, the loader, the lint and the documentation of the case language agree.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wirecheck::case::lint::{Known, RequirementInfo, lint};
use wirecheck::case::load::{LoadedFile, load_embedded, load_text};
use wirecheck::case::{SCHEMA, schema};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = here("schema/case.schema.json");
    let mut text = serde_json::to_string_pretty(&schema::schema()).expect("JSON");
    text.push('\n');
    if std::env::var_os("WIRECHECK_BLESS").is_some() {
        std::fs::create_dir_all(here("schema")).expect("the folder can be made");
        std::fs::write(&path, &text).expect("the schema can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "run this test with WIRECHECK_BLESS=1 and look at the diff");
}

#[test]
fn every_case_file_fits_the_schema() {
    let validator = jsonschema::validator_for(&schema::schema()).expect("a valid schema");
    for file in load_embedded().expect("valid cases") {
        let text = std::fs::read_to_string(here(&file.name)).expect("a readable file");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let errors = validator.iter_errors(&value);
        let errors: Vec<String> =
            errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.name);
        // What we write ourselves fits as well, and means the same.
        let written = serde_json::to_value(&file.file).expect("JSON");
        assert!(validator.is_valid(&written), "{} as written", file.name);
        assert_eq!(serde_json::from_value(written).ok(), Some(file.file), "{}", file.name);
    }
}

#[test]
fn schema_and_loader_refuse_the_same() {
    let validator = jsonschema::validator_for(&schema::schema()).expect("a valid schema");
    let check = json!({"name": "n", "requirement": "MQTT5-1.1.1-1", "bites": ["x"]});
    let with = |members: Value| {
        let mut step = members;
        for (key, value) in check.as_object().expect("an object") {
            step[key] = value.clone();
        }
        step
    };
    let steps = [
        (true, json!({"open": "a", "at": "tls", "auto": [], "session": {"clean": "${each.c}"}})),
        (true, json!({"send": "a", "bytes": "10", "split": {"every": 1, "pause": "10ms"}})),
        (
            true,
            json!({"send": "a", "message": {}, "split": [1, "${each.n}"], "refused_as": "x",
            "mutate": [{"set": {"field": "f", "to": 1}}, {"length": {"add": -1}}, {"remove": "f"}]}),
        ),
        (true, json!({"repeat": "${cap.n}", "as": "i", "steps": [{"do": "restart"}]})),
        (true, json!({"wait": "${each.n*2}s", "because": "x"})),
        (true, with(json!({"expect": "a", "nothing": {}, "until": {"for": "1s"}}))),
        (false, json!({"open": "a", "at": "moon"})),
        (false, json!({"open": "A"})),
        (false, json!({"opn": "a"})),
        (false, json!({"open": "a", "speed": 1})),
        (false, json!({"close": "a"})),
        (false, json!({"wait": "1 s", "because": "x"})),
        (false, json!({"send": "a", "mutate": [{"twist": 1}]})),
        (false, json!({"send": "a", "split": {"pause": "1s"}})),
        (false, json!({"send": "a", "breaks": "5-1.1.1-1"})),
        (false, json!({"repeat": "many", "as": "i", "steps": [{"do": "restart"}]})),
        (false, json!({"collect": ["a"], "until": {"for": "1s"}})),
        (false, with(json!({"expect": "a", "any_of": [{"nothing": false}, {"closed": "any"}]}))),
    ];
    for (valid, step) in steps {
        let file = json!({"schema": SCHEMA, "family": "mqtt", "cases": [
            {"id": "a/b", "title": "t", "protocols": ["mqtt-5.0"], "steps": [step]}]});
        let loaded = load_text("t.json", "mqtt", "a", &file.to_string());
        assert_eq!(loaded.is_ok(), valid, "{step}: {loaded:?}");
        assert_eq!(validator.is_valid(&file), valid, "{step}");
    }
}

#[test]
fn the_examples_of_the_documentation_load() {
    let text = std::fs::read_to_string(here("cases/README.md")).expect("the documentation");
    let mut examples = 0;
    for block in text.split("\n```json\n").skip(1) {
        let (example, _) = block.split_once("\n```").expect("the end of the example");
        let value: Value =
            serde_json::from_str(example).unwrap_or_else(|error| panic!("{error}:\n{example}"));
        let whole = value.is_object();
        let case = if whole { value } else { case_of_steps(value) };
        let found = problems(&case, whole);
        assert!(found.is_empty(), "{found:#?}\n{example}");
        examples += 1;
    }
    assert!(examples >= 10, "{examples}");
}

fn case_of_steps(steps: Value) -> Value {
    json!({"id": "example/steps", "title": "t", "protocols": ["mqtt-3.1.1", "mqtt-5.0"],
        "steps": steps})
}

/// Whole cases are linted too; parts use actors and values that are not there.
fn problems(case: &Value, whole: bool) -> Vec<String> {
    let file = json!({"schema": SCHEMA, "family": "mqtt", "cases": [case]});
    let area = case["id"].as_str().and_then(|id| id.split('/').next()).unwrap_or_default();
    match load_text("README.md", "mqtt", area, &file.to_string()) {
        Err(problems) => problems.iter().map(|p| format!("{}: {}", p.path, p.text)).collect(),
        Ok(file) if whole => lint_all(&file),
        Ok(_) => Vec::new(),
    }
}

fn lint_all(file: &LoadedFile) -> Vec<String> {
    let any = |_: &str| {
        let level = "MUST".to_owned();
        Some(RequirementInfo { binds_server: true, binds_client: true, level })
    };
    let known = Known {
        requirement: &any,
        procedures: None,
        opening: None,
        faults: None,
        error_kinds: None,
        fields: None,
        proof: true,
    };
    lint(file, &known).iter().map(|p| format!("{}: {}", p.path, p.text)).collect()
}
