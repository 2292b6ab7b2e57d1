//! From what was observed to what a check says: verdict, outcome, words.

use serde_json::Value;

use super::case::{Run, Stop};
use super::expect::Finding;
use super::record::{Declared, breach, cited};
use super::wait::Limit;
use crate::case::{Branch, BranchForm, BranchVerdict, Expect, Wanted};
use crate::codec::bytes_of_field;
use crate::pattern::match_value;
use crate::verdict::Verdict;
use crate::wire_log::Mark;

impl Run<'_> {
    pub(super) fn declare(
        &self,
        step: &Expect,
        found: &Finding<'_>,
        expected: String,
        limit: &Limit,
    ) -> Declared {
        let mut requirement = cited(self.instance, &step.requirement);
        let mut verdict = Verdict::Pass;
        if let Some(branch) = found.branch {
            if let Some(own) = &branch.requirement {
                requirement = cited(self.instance, own);
            }
            verdict = match branch.verdict {
                None | Some(BranchVerdict::Pass) => Verdict::Pass,
                Some(BranchVerdict::Fail) => breach(requirement.as_deref()),
                Some(BranchVerdict::Warn) => breach(requirement.as_deref()).min(Verdict::Warn),
                Some(BranchVerdict::Info) => Verdict::Info,
                Some(BranchVerdict::Skip) => Verdict::Skip,
                Some(BranchVerdict::Inconclusive) => Verdict::Inconclusive,
            };
        } else if found.broken {
            verdict = breach(requirement.as_deref());
        }
        let mismatch = found.mismatch.as_ref().map(ToString::to_string);
        Declared {
            requirement,
            verdict: found.verdict.unwrap_or(verdict),
            outcome: found.outcome.clone(),
            expected,
            observed: found.observed.clone(),
            ms: limit.ms(found.at),
            limit_ms: limit.limit_ms(),
            reason: found.reason.clone().or(mismatch),
            frames: found.message.iter().map(|message| message.entry).collect(),
            actor: Some(step.actor.to_string()),
        }
    }

    /// A further check of the message that an `expect` took.
    pub(super) fn further(
        &mut self,
        is: &Value,
        requirement: Option<String>,
        found: &Finding<'_>,
        limit: &Limit,
    ) -> Result<Declared, Stop> {
        let is = self.expand(is)?;
        let mut declared = Declared {
            verdict: Verdict::Pass,
            outcome: found.outcome.clone(),
            expected: self
                .codec(found.message.as_ref().map_or("", |message| &message.actor))
                .describe(&is),
            observed: found.observed.clone(),
            ms: limit.ms(found.at),
            limit_ms: limit.limit_ms(),
            reason: None,
            frames: found.message.iter().map(|message| message.entry).collect(),
            actor: found.message.as_ref().map(|message| message.actor.clone()),
            requirement,
        };
        let Some(message) = &found.message else {
            declared.verdict = Verdict::Inconclusive;
            declared.outcome = "not-reached".to_owned();
            declared.reason = Some("the message did not come".to_owned());
            return Ok(declared);
        };
        if let Err(mismatch) = match_value(&is, &message.form, &mut self.scope) {
            declared.verdict = breach(declared.requirement.as_deref());
            declared.outcome = mismatch.token(self.codec(&message.actor).changing());
            declared.reason = Some(mismatch.to_string());
            let field = mismatch.path.split_once('.').map_or("", |(_, field)| field);
            let codec = self.codec(&message.actor);
            let (at, length) = bytes_of_field(codec, &message.bytes, field);
            let text = mismatch.to_string();
            self.log.set_mark(message.entry, Mark { at, length, text });
        }
        Ok(declared)
    }

    /// What is wanted, for people.
    pub(super) fn expected(&self, actor: &str, wanted: &Wanted<'_>) -> Result<String, Stop> {
        let codec = self.codec(actor);
        let show = |pattern: &Value| Ok::<_, Stop>(codec.describe(&self.expand(pattern)?));
        Ok(match wanted {
            Wanted::Message { filter, is } => match is.or(*filter) {
                Some(pattern) => show(pattern)?,
                None => "any message".to_owned(),
            },
            Wanted::Closed(_) => "the connection closed".to_owned(),
            Wanted::Nothing { pattern, .. } => match show(pattern)? {
                // Any message would be too much.
                any if any.is_empty() => "no message".to_owned(),
                what => format!("no {what}"),
            },
            Wanted::AnyOf { branches, .. } => {
                let good = |branch: &&Branch| {
                    matches!(branch.verdict, None | Some(BranchVerdict::Pass | BranchVerdict::Info))
                };
                let mut alternatives = Vec::new();
                for branch in branches.iter().filter(good) {
                    alternatives.push(match branch.form() {
                        Some(BranchForm::Is(is)) => show(is)?,
                        Some(BranchForm::Closed(_)) => "the connection closed".to_owned(),
                        _ => "nothing".to_owned(),
                    });
                }
                alternatives.join(", or ")
            }
        })
    }
}
