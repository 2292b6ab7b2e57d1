//! What came, beside what had come.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::play::Heard;
use super::script::Script;

/// One message that is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Another one came.
    Differs {
        /// The frame of then.
        frame: u64,
        /// The message of then.
        then: Value,
        /// The message of now.
        now: Value,
        /// What is compared of both.
        plain: [Value; 2],
    },
    /// It did not come.
    Missing {
        /// The frame of then.
        frame: u64,
        /// The message of then.
        then: Value,
    },
    /// There was none like it.
    Extra {
        /// The message of now.
        now: Value,
    },
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
        comparison.differences.sort_by_key(Difference::frame);
    }
    found
}

impl Comparison {
    fn add(&mut self, script: &Script, then: &[&Heard], now: &[&Heard]) {
        let key = |heard: &&Heard| heard.plain.to_string();
        let keys = [then, now].map(|row| row.iter().map(key).collect::<Vec<_>>());
        let missing = |one: &&Heard| {
            let frame = one.step.and_then(|step| script.steps.get(step)).map_or(0, |it| it.frame);
            Difference::Missing { frame, then: one.form.clone() }
        };
        let extra = |one: &&Heard| Difference::Extra { now: one.form.clone() };
        for op in capture_diff_slices(Algorithm::Myers, &keys[0], &keys[1]) {
            if let DiffOp::Equal { len, .. } = op {
                self.same += len;
                continue;
            }
            let old = then.get(op.old_range()).unwrap_or_default();
            let new = now.get(op.new_range()).unwrap_or_default();
            let paired = old.len().min(new.len());
            for (old, new) in old.iter().zip(new) {
                if let Difference::Missing { frame, then } = missing(old) {
                    let (now, plain) = (new.form.clone(), [old.plain.clone(), new.plain.clone()]);
                    self.differences.push(Difference::Differs { frame, then, now, plain });
                }
            }
            self.differences.extend(old.iter().skip(paired).map(missing));
            self.differences.extend(new.iter().skip(paired).map(extra));
        }
    }
}

impl Difference {
    fn frame(&self) -> u64 {
        match self {
            Self::Differs { frame, .. } | Self::Missing { frame, .. } => *frame,
            Self::Extra { .. } => u64::MAX,
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
        let script = Script { flows: vec![flow], steps, ..Script::default() };
        let then = ["a", "b", "a", "c"].iter().enumerate();
        let mut all: Vec<_> = then.map(|(at, row)| heard(Some(at), row, at as u64)).collect();
        all.extend([heard(None, "a", 0), heard(None, "a", 7), heard(None, "b", 1)]);
        all.push(heard(None, "d", 1));
        let found = compare(&script, &all);
        let wanted = vec![
            Difference::Differs {
                frame: 3,
                then: json!({"a": 2}),
                now: json!({"a": 7}),
                plain: [json!(2), json!(7)],
            },
            Difference::Missing { frame: 4, then: json!({"c": 3}) },
            Difference::Extra { now: json!({"d": 1}) },
        ];
        assert_eq!(found, [Comparison { same: 2, differences: wanted }]);
    }
}
