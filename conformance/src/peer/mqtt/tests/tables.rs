//! Every fault and variant that is asked for stands in its table, and the other way round.

use std::collections::BTreeSet;

use crate::peer::mqtt::{VARIANTS, all, faults::table};

const SOURCES: &[&str] = &[
    include_str!("../authenticate.rs"),
    include_str!("../connect.rs"),
    include_str!("../deliver.rs"),
    include_str!("../incoming.rs"),
    include_str!("../matching.rs"),
    include_str!("../outgoing.rs"),
    include_str!("../publish.rs"),
    include_str!("../retained.rs"),
    include_str!("../route.rs"),
    include_str!("../send.rs"),
    include_str!("../../stream.rs"),
    include_str!("../state.rs"),
    include_str!("../subscribe.rs"),
    include_str!("../timers.rs"),
    include_str!("../tolerate.rs"),
    include_str!("../websocket.rs"),
    include_str!("../will.rs"),
];

#[test]
fn faults_asked_for_are_those_of_the_table() {
    let asked: BTreeSet<&str> = ids("faulty(").chain(ids("wrong(")).collect();
    let listed: BTreeSet<&str> = table().map(|fault| fault.id.as_ref()).collect();
    assert_eq!(listed.len(), table().count(), "an id stands twice");
    for id in &listed {
        assert!(asked.contains(id), "nothing asks for {id}");
    }
    for id in asked {
        assert!(all().iter().any(|fault| fault.id == id), "{id} is in no table");
    }
}

#[test]
fn variants_asked_for_are_those_of_the_table() {
    // These two name what the broker does anyway.
    let mut asked: BTreeSet<&str> = ids("varies(").collect();
    asked.extend(["one-copy", "publish-after-puback"]);
    let listed: BTreeSet<&str> = VARIANTS.iter().map(|variant| variant.id).collect();
    assert_eq!(asked, listed);
}

#[test]
fn every_fault_is_described() {
    for fault in all() {
        assert!(fault.doc.ends_with('.'), "{}", fault.id);
        let generated = fault.id.starts_with("tolerates-");
        assert_eq!(fault.breaks.is_empty(), generated, "{}", fault.id);
    }
}

/// The first string in each call of `function`.
fn ids(function: &'static str) -> impl Iterator<Item = &'static str> {
    SOURCES.iter().flat_map(move |source| {
        source.split(function).skip(1).filter_map(|rest| {
            let call = rest.split(')').next()?;
            let mut parts = call.split('"');
            parts.next()?;
            parts.next()
        })
    })
}
