//! What came, beside what had come.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::play::Heard;
use super::script::Script;

/// One message that is not as it was: another one came, or none, or there was none like it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// The frame of then.
    pub frame: Option<u64>,
    /// The message of then.
    pub then: Option<Message>,
    /// The message of now.
    pub now: Option<Message>,
}

/// A message, and what is compared of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The message.
    pub form: Value,
    /// What is compared of it.
    pub plain: Value,
}

/// What became of one flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// How many messages are as they were.
    pub same: usize,
    /// The others, by the frames of then; what is extra comes last.
    pub differences: Vec<Difference>,
}

/// Compares by flow, and within it row by row: rows may overtake each other.
#[must_use]
pub fn compare(script: &Script, heard: &[Heard]) -> Vec<Comparison> {
    let mut rows: BTreeMap<(usize, &str), [Vec<&Heard>; 2]> = BTreeMap::new();
    for one in heard {
        let place = usize::from(one.step.is_none());
        rows.entry((one.flow, &one.row)).or_default()[place].push(one);
    }
    let mut found = vec![Comparison::default(); script.flows.len()];
    for ((flow, _), [then, now]) in rows {
        if let Some(comparison) = found.get_mut(flow) {
            comparison.add(script, &then, &now);
        }
    }
    for comparison in &mut found {
        comparison.differences.sort_by_key(|it| it.frame.unwrap_or(u64::MAX));
    }
    found
}

impl Comparison {
    fn add(&mut self, script: &Script, then: &[&Heard], now: &[&Heard]) {
        let key = |heard: &&Heard| heard.plain.to_string();
        let keys = [then, now].map(|row| row.iter().map(key).collect::<Vec<_>>());
        let message = |one: &&Heard| Message { form: one.form.clone(), plain: one.plain.clone() };
        let frame = |one: &&Heard| Some(script.steps.get(one.step?)?.frame);
        for op in capture_diff_slices(Algorithm::Myers, &keys[0], &keys[1]) {
            if let DiffOp::Equal { len, .. } = op {
                self.same += len;
                continue;
            }
            let old = then.get(op.old_range()).unwrap_or_default();
            let new = now.get(op.new_range()).unwrap_or_default();
            for place in 0..old.len().max(new.len()) {
                let (then, now) = (old.get(place), new.get(place));
                self.differences.push(Difference {
                    frame: then.and_then(frame),
                    then: then.map(message),
                    now: now.map(message),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codec::Sender;
    use crate::playback::{Flow, Step, What};

    #[test]
    fn rows_are_compared_each_for_itself() {
        let heard = |step: Option<usize>, row: &str, value: u64| Heard {
            flow: 0,
            step,
            row: row.to_owned(),
            form: json!({ row: value }),
            plain: json!(value),
        };
        let flow = Flow { name: "f".to_owned(), spec: "mqtt-5.0".to_owned() };
        let step = |frame| Step {
            flow: 0,
            from: Sender::Server,
            frame,
            time: 0,
            what: What::Message(json!({})),
        };
        let steps = (1..=4).map(step).collect();
        let mut script = Script::default();
        (script.flows, script.steps) = (vec![flow], steps);
        let then = ["a", "b", "a", "c"].iter().enumerate();
        let mut all: Vec<_> = then.map(|(at, row)| heard(Some(at), row, at as u64)).collect();
        all.extend([heard(None, "a", 0), heard(None, "a", 7), heard(None, "b", 1)]);
        all.push(heard(None, "d", 1));
        let found = compare(&script, &all);
        let message = |row: &str, value: u64| {
            Some(Message { form: json!({ row: value }), plain: json!(value) })
        };
        let wanted = vec![
            Difference { frame: Some(3), then: message("a", 2), now: message("a", 7) },
            Difference { frame: Some(4), then: message("c", 3), now: None },
            Difference { frame: None, then: None, now: message("d", 1) },
        ];
        assert_eq!(found, [Comparison { same: 2, differences: wanted }]);
    }
}
