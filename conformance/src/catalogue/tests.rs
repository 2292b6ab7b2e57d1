use std::path::Path;

use super::*;

fn numbered(document: &str) -> usize {
    let document = Catalogue::embedded().document(document).unwrap();
    let unnumbered = |r: &&Requirement| !r.label.starts_with("section ");
    document.requirements.iter().filter(unnumbered).count()
}

#[test]
fn embedded_documents_load_without_a_problem() {
    let catalogue = Catalogue::parse(DOCUMENTS).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(check::problems(catalogue.documents()), []);
    for (document, (file, _)) in catalogue.documents().iter().zip(DOCUMENTS) {
        assert_eq!(format!("{}.json", document.document), *file);
    }
}

#[test]
fn every_numbered_statement_is_there() {
    assert_eq!(numbered("mqtt-5.0"), 251);
    assert_eq!(numbered("mqtt-3.1.1"), 141);
}

#[test]
fn a_requirement_is_found_by_its_id() {
    let catalogue = Catalogue::embedded();
    assert!(catalogue.iter().all(|r| catalogue.get(&r.id) == Some(r)));
    let alive = catalogue.get("WIRECHECK-alive").unwrap();
    assert_eq!((alive.level, alive.subject), (Level::Must, Subject::Server));
    assert!(catalogue.get("MQTT5-9.9.9-1").is_none());
}

#[test]
fn files_have_one_requirement_per_line() {
    for (file, content) in DOCUMENTS {
        let lines = content.lines().filter(|line| line.starts_with("  {\"id\": ")).count();
        let document: Document = serde_json::from_str(content).unwrap();
        assert_eq!(lines, document.requirements.len(), "{file}");
    }
}

#[test]
fn the_level_decides_what_a_breach_is_worth() {
    let worth = |level: &str| {
        let level: Level = serde_json::from_value(level.into()).unwrap();
        level.verdict_on_breach()
    };
    assert_eq!(["MUST", "MUST NOT"].map(worth), [Breach::Fail; 2]);
    assert_eq!(["SHOULD", "SHOULD NOT", "stated"].map(worth), [Breach::Warn; 3]);
    assert_eq!(worth("MAY"), Breach::Info);
}

#[test]
fn a_subject_binds_the_roles_it_names() {
    for subject in [Subject::Both, Subject::Sender, Subject::Receiver] {
        assert!(subject.binds(Role::Server) && subject.binds(Role::Client));
    }
    assert!(Subject::Server.binds(Role::Server) && !Subject::Server.binds(Role::Client));
    assert!(Subject::Client.binds(Role::Client) && !Subject::Client.binds(Role::Server));
}

#[test]
fn a_reason_keeps_its_words() {
    let text = "duplicate: of X-1";
    let why: WhyNot = serde_json::from_value(text.into()).unwrap();
    assert_eq!((why.reason, why.because.as_str()), (Reason::Duplicate, "of X-1"));
    assert_eq!(String::from(why), text);
    assert!(WhyNot::try_from("too-hard".to_owned()).is_err());
}

/// A document with one requirement, `good` with the edits applied.
fn altered(edits: &[(&str, serde_json::Value)]) -> String {
    let mut entry = serde_json::json!({
        "id": "X-1.2.0-1", "label": "X-1.2-1", "section": "1.2", "level": "MUST",
        "subject": "both", "text": "Something.", "observe": ["codec"],
    });
    for (key, value) in edits {
        entry[*key] = value.clone();
    }
    serde_json::json!({
        "schema": SCHEMA, "document": "x", "title": "X", "prefix": "X-", "source": "X",
        "requirements": [entry],
    })
    .to_string()
}

#[test]
fn every_rule_is_enforced() {
    let problem = |edits: &[(&str, serde_json::Value)]| {
        Catalogue::parse(&[("x.json", &altered(edits))]).err().map(|error| error.to_string())
    };
    assert_eq!(problem(&[]), None);
    assert_eq!(problem(&[("id", "X-1.2.0-p1".into()), ("label", "section 1.2".into())]), None);
    let rejected: &[(&str, &str, serde_json::Value)] = &[
        ("does not begin with", "id", "Y-1.2.0-1".into()),
        ("has no number", "id", "X-1".into()),
        ("is not a number", "id", "X-1.2.0-01".into()),
        ("is not inside", "section", "1.20".into()),
        ("the label is not", "id", "X-1.2.0-p1".into()),
        ("say `never`", "observe", serde_json::json!([])),
        ("occurs twice", "observe", serde_json::json!(["codec", "codec"])),
        ("stands beside", "observe", serde_json::json!(["codec", "never"])),
        ("without `why_not`", "observe", serde_json::json!(["never"])),
        ("without `never`", "why_not", "duplicate".into()),
        ("unknown reason `no`", "why_not", "no".into()),
        ("text is empty", "text", " ".into()),
        ("more than 300", "text", "x".repeat(301).into()),
        ("does not exist", "same_as", "X-1.2.0-9".into()),
        ("itself is the same", "same_as", "X-1.2.0-1".into()),
        (
            "has no note",
            "unproven",
            serde_json::json!({"reason": "stated-for-humans", "note": " "}),
        ),
        ("of what", "unproven", serde_json::json!({"reason": "duplicate", "note": "n"})),
        (
            "stands beside `stated",
            "unproven",
            serde_json::json!({"reason": "stated-for-humans", "of": "X-1.2.0-1", "note": "n"}),
        ),
        (
            "names itself",
            "unproven",
            serde_json::json!({"reason": "duplicate", "of": "X-1.2.0-1", "note": "n"}),
        ),
        (
            "is not there",
            "unproven",
            serde_json::json!({"reason": "contradicts", "of": "X-1.2.0-9", "note": "n"}),
        ),
        (
            "unknown variant `too-hard`",
            "unproven",
            serde_json::json!({"reason": "too-hard", "note": "n"}),
        ),
        ("unknown field `probe`", "probe", "codec".into()),
        ("unknown variant `ANY`", "level", "ANY".into()),
    ];
    for (expected, key, value) in rejected {
        let found = problem(&[(key, value.clone())]).unwrap_or_default();
        assert!(found.starts_with("x.json: ") && found.contains(expected), "{key}: {found}");
    }
    let twice = altered(&[]);
    let error = Catalogue::parse(&[("x.json", &twice), ("x.json", &twice)]).unwrap_err();
    assert_eq!(error.to_string(), "x.json: X-1.2.0-1: the id occurs twice");
}

/// `WIRECHECK_BLESS=1` writes the schema anew; without it, the committed file must be current.
#[test]
fn the_schema_file_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/requirements.schema.json");
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Document)).unwrap() + "\n";
    if std::env::var_os("WIRECHECK_BLESS").is_some() {
        std::fs::write(&path, &schema).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, schema, "run the tests with WIRECHECK_BLESS=1 and look at the diff");
}

#[test]
fn the_documents_fit_the_schema() {
    let schema = serde_json::to_value(schemars::schema_for!(Document)).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (file, content) in DOCUMENTS {
        let document = serde_json::from_str(content).unwrap();
        let errors: Vec<_> = validator.iter_errors(&document).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{file}: {errors:?}");
    }
}
