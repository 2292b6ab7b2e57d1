//! Every committed input of every target, on stable and without libFuzzer.
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use wirecheck_fuzz::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    entries
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect()
}

#[test]
fn every_input_is_replayed() {
    let mut failed = Vec::new();
    for target in TARGETS {
        let folder = corpus().join(target.name);
        let inputs = names(&folder);
        assert!(!inputs.is_empty(), "{} has no corpus", target.name);
        for input in inputs {
            let bytes = fs::read(folder.join(&input)).expect("a readable file");
            if catch_unwind(|| (target.property)(&bytes)).is_err() {
                failed.push(format!("{}/{input}", target.name));
            }
        }
    }
    assert!(failed.is_empty(), "broken by {failed:#?}");
}

#[test]
fn targets_folders_and_binaries_are_the_same() {
    let targets: BTreeSet<_> = TARGETS.iter().map(|target| target.name.to_string()).collect();
    assert_eq!(targets.len(), TARGETS.len());
    assert_eq!(names(&corpus()), targets, "folders of corpus");
    let binaries: BTreeSet<_> = names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz_targets"))
        .into_iter()
        .map(|file| file.trim_end_matches(".rs").replace('_', "-"))
        .collect();
    assert_eq!(binaries, targets, "files of fuzz_targets");
}

#[test]
fn generated_packets_are_judged() {
    (0..500).for_each(|seed| wirecheck_fuzz::mqtt_decode(&wirecheck_fuzz::generated_packet(seed)));
    (0..500).for_each(|seed| wirecheck_fuzz::coap_decode(&wirecheck_fuzz::generated_message(seed)));
    for seed in 0..500 {
        wirecheck_fuzz::coap_tcp_decode(&wirecheck_fuzz::generated_stream(seed));
        wirecheck_fuzz::coap_ws_decode(&wirecheck_fuzz::generated_frame(seed));
        wirecheck_fuzz::link_format(&wirecheck_fuzz::generated_links(seed));
        wirecheck_fuzz::xmpp_scram(&wirecheck_fuzz::generated_exchange(seed));
    }
}

#[test]
fn empty_and_hopeless_inputs_are_harmless() {
    for target in TARGETS {
        for input in [&[][..], &[0], &[0xff; 3], &[0xff; 64]] {
            (target.property)(input);
        }
    }
}
