//! The one rule that holds without knowing what went before: that messages can be read.

use crate::capture::output::{Party, Scene, fair};
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};
use crate::driver;
use crate::passive::{Findings, Rule, UNREADABLE};

/// Judges the messages of one side.
#[derive(Debug)]
pub(super) struct Readable {
    protocol: Protocol,
    sender: Sender,
    rule: Option<Rule>,
    findings: Findings,
    told: usize,
}

impl Readable {
    pub(super) fn new(protocol: Protocol, sender: Sender) -> Self {
        let rules = driver::of(protocol).map(driver::Driver::rules).unwrap_or_default();
        let rule = rules.into_iter().find(|rule| rule.name == UNREADABLE);
        // What a client sends has to be a message as much as what a server sends.
        let rule = rule.map(|rule| Rule { of_clients: true, ..*rule });
        Self { protocol, sender, rule, findings: Findings::new(protocol, sender), told: 0 }
    }

    pub(super) fn kept(&mut self) {
        if let Some(rule) = &self.rule {
            self.findings.kept(rule);
        }
    }

    pub(super) fn broken(&mut self, error: Rejection, scene: &mut Scene<'_, '_>) {
        if let Some(rule) = &self.rule {
            self.findings.unreadable(rule, &fair(error, self.sender), scene.frame as usize);
            let party = Party::of(self.sender);
            scene.judge(self.protocol, party, &self.findings, &mut self.told);
        }
    }

    pub(super) fn end(&self, scene: &mut Scene<'_, '_>) {
        scene.applied(self.protocol, Party::of(self.sender), &self.findings);
    }
}
