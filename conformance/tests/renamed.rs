//! What was renamed leads to checks that there are, from checks that there are no more.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use wirecheck::case::load::load_embedded;
use wirecheck::case::{Step, walk};
use wirecheck::plan::{Selection, checks, plan};
use wirecheck::renamed::{Renamed, SCHEMA};

/// The ids of all cases and checks.
fn ids() -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for instance in plan(&load_embedded().unwrap(), &Selection::default()).unwrap() {
        ids.extend(checks(&instance).into_iter().map(|(name, _)| instance.check_id(&name)));
        // Those that only report cite nothing.
        walk::visit(&instance.case, &mut |step, _| {
            if let Step::Check(check) = step {
                ids.insert(instance.check_id(&check.name));
            }
        });
        ids.extend([instance.check_id("alive"), instance.id.clone()]);
    }
    ids
}

#[test]
fn every_new_id_exists_and_no_old_one_does() {
    let text = include_str!("../renamed.json");
    let file: Renamed = serde_json::from_str(text).unwrap();
    assert_eq!(file.schema, SCHEMA);
    assert_eq!(&file, Renamed::embedded());
    let ids = ids();
    assert!(ids.contains("mqtt-5.0/ping/answered#answered"), "ids are as they are written here");
    assert!(ids.contains("mqtt-5.0/shared/each-message-once#distribution"));
    for (old, new) in &file.renamed {
        assert!(ids.contains(new), "{old} is said to be {new} now, which does not exist");
        assert!(!ids.contains(old), "{old} still exists");
        assert_eq!(old.contains('#'), new.contains('#'), "{old}: a case is no check");
    }
}
