//! What a recording says was done, in its order.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::mqtt::topic;

use crate::capture::{Time, Told};
use crate::codec::Sender;
use crate::plan::glob;

/// One side of a conversation and the other, over one connection or between two ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// `tcp 192.0.2.1:50000 > 192.0.2.2:1883`, the client first.
    pub name: String,
    /// The messages that are exchanged, by the name of their codec.
    pub spec: String,
}

/// One thing that was done.
#[derive(Clone, Debug)]
pub struct Step {
    /// The index of its flow.
    pub flow: usize,
    /// Who did it.
    pub from: Sender,
    /// The frame it was seen in.
    pub frame: u64,
    /// Nanoseconds since 1970.
    pub time: Time,
    /// What it was.
    pub what: What,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A message was sent.
    Message(Value),
    /// Bytes that are no valid message were sent.
    Wrong(Vec<u8>),
    /// The connection was ended, by a reset or in order.
    End {
        /// By a reset.
        reset: bool,
    },
}

impl What {
    /// The form under which it is compared.
    #[must_use]
    pub fn form(&self) -> Value {
        match self {
            Self::Message(form) => form.clone(),
            Self::Wrong(bytes) => json!({"raw": wirecheck_codecs::json::to_hex(bytes)}),
            Self::End { .. } => json!({"end": {}}),
        }
    }
}

/// What of a recording is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Only {
    /// The flows whose names fit.
    Flow(String),
    /// The PUBLISH packets whose Topic Names match, with what belongs to them; everything that is
    /// no PUBLISH stays.
    Topic(String),
}

impl std::str::FromStr for Only {
    type Err = String;

    /// `flow=GLOB` or `topic=FILTER`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some(("flow", glob)) if !glob.is_empty() => Ok(Self::Flow(glob.to_owned())),
            Some(("topic", filter)) if !filter.is_empty() => Ok(Self::Topic(filter.to_owned())),
            _ => Err("write it as flow=GLOB or topic=FILTER".to_owned()),
        }
    }
}

/// A recording as something to be done again.
#[derive(Debug, Default)]
pub struct Script {
    /// The flows, in the order in which they began.
    pub flows: Vec<Flow>,
    /// What was done on them.
    pub steps: Vec<Step>,
    known: HashMap<String, usize>,
}

impl Script {
    /// Takes over what a recording tells.
    pub fn take(&mut self, told: Told<'_>) {
        match told {
            Told::Message(line) => self.message(line),
            Told::End { flow, from, reset } => {
                let Some(flow) = self.known.get(flow).copied() else { return };
                let (frame, time) = self.steps.last().map_or((0, 0), |it| (it.frame, it.time));
                self.steps.push(Step { flow, from, frame, time, what: What::End { reset } });
            }
        }
    }

    fn message(&mut self, line: &Value) {
        let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_default();
        let (seconds, nanos) = text("time").split_once('.').unwrap_or_default();
        let number = |text: &str| text.parse::<Time>().unwrap_or_default();
        let what = match line.get("message") {
            Some(form) => What::Message(form.clone()),
            None => What::Wrong(from_hex(text("raw")).unwrap_or_default()),
        };
        let flow = self.flow(text("flow"), text("protocol"));
        self.steps.push(Step {
            flow,
            from: if text("from") == "client" { Sender::Client } else { Sender::Server },
            frame: line.get("frame").and_then(Value::as_u64).unwrap_or_default(),
            time: number(seconds) * 1_000_000_000 + number(nanos),
            what,
        });
    }

    fn flow(&mut self, name: &str, spec: &str) -> usize {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let place = self.flows.len();
        self.known.insert(name.to_owned(), place);
        self.flows.push(Flow { name: name.to_owned(), spec: spec.to_owned() });
        place
    }

    /// Keeps what is wanted: flows that fit one of the names, messages on one of the topics.
    pub fn keep(&mut self, only: &[Only]) {
        let mut topics = Topics::default();
        let (mut names, mut filters) = (Vec::new(), Vec::new());
        for one in only {
            match one {
                Only::Flow(glob) => names.push(glob),
                Only::Topic(filter) => filters.push(filter.as_str()),
            }
        }
        let flows = &self.flows;
        self.steps.retain(|step| {
            let name = flows.get(step.flow).map_or("", |flow| &flow.name);
            let named = names.is_empty() || names.iter().any(|pattern| glob(pattern, name));
            named && (filters.is_empty() || topics.keeps(step, &filters))
        });
    }
}

/// The PUBLISH packets that are left out, until their exchanges are over.
#[derive(Default)]
struct Topics {
    left_out: HashSet<(usize, bool, u64)>,
    aliases: HashMap<(usize, bool, u64), String>,
}

impl Topics {
    fn keeps(&mut self, step: &Step, filters: &[&str]) -> bool {
        let What::Message(Value::Object(form)) = &step.what else { return true };
        let Some((kind, body)) = form.iter().next() else { return true };
        let (flow, by_client) = (step.flow, step.from == Sender::Client);
        let id = body.get("packet_identifier").and_then(Value::as_u64);
        match (kind.as_str(), id) {
            ("publish", id) => {
                let name = body.get("topic_name").and_then(Value::as_str).unwrap_or_default();
                let mut name = name.to_owned();
                let properties = body.get("properties").and_then(Value::as_array);
                let alias = properties.into_iter().flatten().find_map(|it| it.get("topic_alias"));
                if let Some(alias) = alias.and_then(Value::as_u64) {
                    let known = self.aliases.entry((flow, by_client, alias)).or_default();
                    if name.is_empty() { name.clone_from(known) } else { known.clone_from(&name) }
                }
                let wanted = filters.iter().any(|filter| topic::matches(filter, &name));
                if let Some(id) = id {
                    match wanted {
                        true => self.left_out.remove(&(flow, by_client, id)),
                        false => self.left_out.insert((flow, by_client, id)),
                    };
                }
                wanted
            }
            ("puback" | "pubcomp", Some(id)) => !self.left_out.remove(&(flow, !by_client, id)),
            ("pubrec", Some(id)) => !self.left_out.contains(&(flow, !by_client, id)),
            ("pubrel", Some(id)) => !self.left_out.contains(&(flow, by_client, id)),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(from: &str, message: &Value) -> Value {
        json!({"frame": 1, "time": "1.000000002", "flow": "tcp a > b", "from": from,
            "protocol": "mqtt-5.0", "message": message})
    }

    #[test]
    fn a_topic_is_left_out_with_its_acknowledgements() {
        let mut script = Script::default();
        let said = [
            ("client", json!({"subscribe": {"packet_identifier": 1}})),
            ("client", json!({"publish": {"topic_name": "a/b", "packet_identifier": 1}})),
            (
                "client",
                json!({"publish": {"topic_name": "c", "packet_identifier": 2,
                "properties": [{"topic_alias": 4}]}}),
            ),
            ("server", json!({"puback": {"packet_identifier": 2}})),
            ("server", json!({"puback": {"packet_identifier": 1}})),
            (
                "client",
                json!({"publish": {"topic_name": "", "packet_identifier": 3,
                "properties": [{"topic_alias": 4}]}}),
            ),
            ("server", json!({"pubrec": {"packet_identifier": 3}})),
            ("client", json!({"pubrel": {"packet_identifier": 3}})),
            ("server", json!({"pubcomp": {"packet_identifier": 3}})),
            ("server", json!({"publish": {"topic_name": "a/c", "packet_identifier": 3}})),
        ];
        for (from, message) in &said {
            script.take(Told::Message(&line(from, message)));
        }
        assert_eq!(script.steps[0].time, 1_000_000_002);
        script.keep(&["topic=a/#".parse().unwrap()]);
        let left: Vec<_> = script.steps.iter().map(|step| step.what.form()).collect();
        let wanted = [0, 1, 4, 9].map(|place| said[place].1.clone());
        assert_eq!(left, wanted);
        script.keep(&["flow=udp*".parse().unwrap()]);
        assert!(script.steps.is_empty());
        assert!("topic".parse::<Only>().is_err() && "frame=1".parse::<Only>().is_err());
    }
}
