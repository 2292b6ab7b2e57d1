//! A small fixed result for the snapshots of what is rendered.

use super::*;
use crate::capability::Source;
use crate::catalogue::Level;
use crate::result::{Counts, KnownCapability, SCHEMA, Suite, Surroundings, TargetInfo};
use crate::verdict::{Blame, Verdict};
use crate::wire_log::{Entry, Event, Mark};

/// The result of a run in which one case fails, one warns and one never gets to its point.
pub(crate) fn sample() -> RunResult {
    let checks = vec![failing(), passing(), warning(), inconclusive(), skipped()];
    RunResult {
        schema: SCHEMA.to_owned(),
        suite: Suite { version: "0.1.0".to_owned(), commit: "0123456789ab".to_owned() },
        environment: Surroundings {
            os: "linux".to_owned(),
            cores: 2,
            patience: "1x".to_owned(),
            jobs: 8,
        },
        target: TargetInfo {
            url: "mqtt://127.0.0.1:1883".to_owned(),
            implementation: None,
            spec: vec!["mqtt-5.0".to_owned()],
        },
        started: "2026-01-02T03:04:05Z".to_owned(),
        seconds: 3,
        seed: 1,
        nonce: "abc123".to_owned(),
        partial: false,
        capabilities: vec![KnownCapability {
            protocol: "mqtt-5.0".to_owned(),
            id: "maximum_qos".to_owned(),
            value: 2.into(),
            source: Source::Default,
            evidence: "CONNACK has no maximum_qos".to_owned(),
        }],
        summary: Counts::of(&checks),
        checks,
        died_after: None,
    }
}

fn check(case: &str, name: &str, requirement: &str, verdict: Verdict) -> CheckResult {
    let case = format!("mqtt-5.0/{case}");
    CheckResult {
        id: format!("{case}#{name}"),
        again: format!("wirecheck run mqtt://127.0.0.1:1883 --case '{case}'"),
        case,
        protocol: "mqtt-5.0".to_owned(),
        role: "server".to_owned(),
        requirement: requirement.to_owned(),
        label: String::new(),
        breaks: None,
        level: Level::Must,
        verdict,
        outcome: "silence".to_owned(),
        expected: "CONNACK".to_owned(),
        observed: "CONNACK".to_owned(),
        ms: 9,
        limit_ms: 2000,
        reason: None,
        step: "2".to_owned(),
        blame: Blame::Unknown,
        frames: Vec::new(),
        log: None,
        log_of: None,
        by_hand: None,
        withheld: false,
    }
}

fn failing() -> CheckResult {
    let entry = |ms, event, hex: &str, text: &str| Entry {
        ms,
        actor: "a".to_owned(),
        event,
        hex: (!hex.is_empty()).then(|| hex.to_owned()),
        length: None,
        text: Some(text.to_owned()),
        auto: false,
        mark: None,
    };
    let mut connect = entry(
        1,
        Event::Send,
        "101500044d5154540503003c00000863313 76b326d3971".replace(' ', "").as_str(),
        "CONNECT, wrong on purpose: a reserved bit is set (byte 9)",
    );
    let text = "flags: a reserved bit is set".to_owned();
    connect.mark = Some(Mark { at: 9, length: 1, text });
    let mut failing = check("connect/reserved-flag", "refused", "MQTT5-3.1.2-3", Verdict::Fail);
    failing.breaks = Some("MQTT5-3.1.2-3".to_owned());
    failing.expected = "CONNACK 0x81 Malformed Packet, or the connection closed".to_owned();
    failing.observed = "CONNACK 0x00 Success".to_owned();
    failing.outcome = "connack reason_code=0".to_owned();
    failing.frames = vec![2];
    failing.log = Some(vec![
        entry(0, Event::Open, "", "connected"),
        connect,
        entry(9, Event::Recv, "2003000000", "CONNACK 0x00 Success"),
    ]);
    failing.by_hand =
        Some("printf '\\020' | bash -c 'exec 3<>/dev/tcp/127.0.0.1/1883; …'".to_owned());
    failing
}

fn passing() -> CheckResult {
    check("connect/plain", "accepted", "MQTT5-3.1.4-5", Verdict::Pass)
}

fn warning() -> CheckResult {
    let mut warning = check("connect/reserved-flag", "reason", "MQTT5-4.13.1-p1", Verdict::Warn);
    warning.level = Level::Should;
    warning.observed = "closed | without <a> reason".to_owned();
    warning
}

fn inconclusive() -> CheckResult {
    let mut check = check("session/kept", "kept", "MQTT5-3.1.2-5", Verdict::Inconclusive);
    check.reason = Some("step 3.1: refused: 0x97 Quota exceeded".to_owned());
    check.observed.clear();
    check.expected.clear();
    check
}

fn skipped() -> CheckResult {
    let mut check = check("shared/one-each", "one-each", "MQTT5-4.8.2-4", Verdict::Skip);
    check.reason = Some("shared-subscriptions is false: CONNACK says so".to_owned());
    check
}
