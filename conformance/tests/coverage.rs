//! What a server owes is proven, or there is a reason why not.
#![allow(missing_docs, clippy::unwrap_used)]

use wirecheck::case::load::load_embedded;
use wirecheck::catalogue::{Catalogue, Level};
use wirecheck::coverage::{Cited, account, in_reach};

#[test]
fn every_must_of_mqtt_and_mqtt_sn_is_proven_or_has_a_reason() {
    let cited = Cited::by(&load_embedded().unwrap()).unwrap();
    for name in ["mqtt-3.1.1", "mqtt-5.0", "mqtt-sn-1.2"] {
        let document = Catalogue::embedded().document(name).unwrap();
        let must = account(document, &cited, &[Level::Must, Level::MustNot]);
        let open: Vec<&str> = must.open.iter().map(|it| it.id.as_str()).collect();
        assert!(open.is_empty(), "{name}: {open:#?}");
        assert!(must.excused.len() * 20 < must.proven, "{name}: a reason is the exception");
        let should = account(document, &cited, &[Level::Should, Level::ShouldNot]);
        let settled = should.proven + should.excused.len();
        let open: Vec<&str> = should.open.iter().map(|it| it.id.as_str()).collect();
        assert!(settled * 10 >= (settled + open.len()) * 8, "{name}: {settled}, open {open:#?}");
    }
}

/// Live DTLS is not there yet, and nothing else is open.
#[test]
fn every_must_of_coap_but_for_raw_public_keys_is_proven_or_has_a_reason() {
    let cited = Cited::by(&load_embedded().unwrap()).unwrap();
    let documents = ["rfc6690", "rfc7252", "rfc7641", "rfc7959", "rfc7967", "rfc8132", "rfc8323"];
    for name in documents.into_iter().chain(["rfc8516", "rfc8768", "rfc8974", "rfc9175"]) {
        let document = Catalogue::embedded().document(name).unwrap();
        let must = account(document, &cited, &[Level::Must, Level::MustNot]);
        let open = must.open.iter().map(|it| it.id.as_str());
        let open: Vec<&str> = open.filter(|id| !id.starts_with("RFC7252-9.1.3.2-")).collect();
        assert!(open.is_empty(), "{name}: {open:#?}");
    }
}

#[test]
fn what_is_proven_has_no_reason_why_not() {
    let cited = Cited::by(&load_embedded().unwrap()).unwrap();
    for requirement in Catalogue::embedded().iter().filter(|it| it.unproven.is_some()) {
        let id = &requirement.id;
        assert!(in_reach(requirement), "{id} is not asked of a server");
        let proven = [&cited.kept, &cited.passive].into_iter().any(|by| by.contains(id));
        assert!(!proven, "{id} is proven");
    }
}
