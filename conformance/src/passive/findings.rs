//! What the rules of a protocol say of one link.

use std::collections::BTreeSet;

use super::Rule;
use crate::case::Protocol;
use crate::codec::{Rejection, Sender};

/// A rule that was broken, the first time on its link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, an entry of the protocol's table.
    pub rule: &'static str,
    /// The requirement it rests on.
    pub requirement: &'static str,
    /// What was seen, for people.
    pub text: String,
    /// What was seen, without anything that changes from run to run.
    pub outcome: String,
    /// Position in the log.
    pub entry: usize,
}

/// The rules that had something to judge on a link, and those that were broken, each once.
#[derive(Debug)]
pub struct Findings {
    protocol: Protocol,
    /// What the target is on the link.
    target: Sender,
    applied: BTreeSet<&'static str>,
    broken: Vec<Finding>,
}

impl Findings {
    /// Nothing yet of a link to a target that is a client or a server.
    #[must_use]
    pub fn new(protocol: Protocol, target: Sender) -> Self {
        Self { protocol, target, applied: BTreeSet::new(), broken: Vec::new() }
    }

    /// The broken rules.
    #[must_use]
    pub fn broken(&self) -> &[Finding] {
        &self.broken
    }

    /// The names of the rules that had something to judge.
    #[must_use]
    pub fn applied(&self) -> &BTreeSet<&'static str> {
        &self.applied
    }

    /// There was something to judge by the rule, and it was kept.
    pub fn kept(&mut self, rule: &Rule) {
        self.judge(rule, 0, false, || (String::new(), String::new()));
    }

    /// There was something to judge by the rule, which is the entry of the log; if it was broken,
    /// `words` say how: for people, and as an outcome.
    pub fn judge(
        &mut self,
        rule: &Rule,
        entry: usize,
        broken: bool,
        words: impl FnOnce() -> (String, String),
    ) {
        if let Some(requirement) = self.applies(rule)
            && broken
        {
            let (text, outcome) = words();
            self.add(Finding { rule: rule.name, requirement, text, outcome, entry });
        }
    }

    /// The target sent what our codec rejects, and `rule` is that for such messages.
    pub fn unreadable(&mut self, rule: &Rule, error: &Rejection, entry: usize) {
        if let Some(requirement) = self.applies(rule) {
            self.add(Finding {
                rule: rule.name,
                requirement: error.requirement.unwrap_or(requirement),
                text: format!("the target sent what is no valid message: {error}"),
                outcome: format!("{} {}", error.kind, error.field),
                entry,
            });
        }
    }

    /// The requirement of a rule that the target is judged by.
    fn applies(&mut self, rule: &Rule) -> Option<&'static str> {
        let judged = if self.target == Sender::Client { rule.of_clients } else { rule.of_servers };
        if !judged {
            return None;
        }
        let requirement = rule.requirement(self.protocol)?;
        self.applied.insert(rule.name);
        Some(requirement)
    }

    fn add(&mut self, finding: Finding) {
        if self.broken.iter().all(|known| known.rule != finding.rule) {
            self.broken.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule::new("rule", &[(Protocol::Coap, "A-1")], &[]);

    fn broken(findings: &mut Findings, rule: &Rule, entry: usize) {
        findings.judge(rule, entry, true, || ("text".into(), "outcome".into()));
    }

    #[test]
    fn a_broken_rule_is_found_the_first_time() {
        let mut findings = Findings::new(Protocol::Coap, Sender::Server);
        findings.kept(&RULE);
        assert!(findings.broken().is_empty());
        broken(&mut findings, &RULE, 3);
        broken(&mut findings, &RULE, 4);
        let found: Vec<_> = findings.broken().iter().map(|it| (it.requirement, it.entry)).collect();
        assert_eq!(found, [("A-1", 3)]);
        assert!(findings.applied().contains("rule"));
    }

    #[test]
    fn a_rule_judges_only_whom_it_is_about() {
        let mut findings = Findings::new(Protocol::Coap, Sender::Client);
        broken(&mut findings, &RULE, 0);
        assert!(findings.applied().is_empty() && findings.broken().is_empty());
        broken(&mut findings, &Rule { of_clients: true, ..RULE }, 0);
        assert_eq!(findings.broken().len(), 1);
        let mut findings = Findings::new(Protocol::Xmpp, Sender::Server);
        broken(&mut findings, &RULE, 0);
        assert!(findings.applied().is_empty() && findings.broken().is_empty());
    }
}
