//! How an implementation is started for a run and stopped again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the target is started and stopped.
///
/// In the arguments `{dir}` is a folder that is made for the run and removed after it, holds copies
/// of the files beside the target file, and is where the commands run; `{port.NAME}` is the port of
/// the endpoint NAME.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// A program and its arguments. It stays in the foreground.
    #[schemars(length(min = 1))]
    pub command: Vec<String>,
    /// How one sees that it serves.
    pub ready: Ready,
    /// A program and its arguments that stop it; without them its process is asked to end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}

/// How one sees that the target serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Ready {
    /// A connection to this `host:port` is taken.
    Tcp(String),
    /// Somebody has bound this `host:port`.
    Udp(String),
    /// It prints a line that contains this.
    Line(String),
}

impl Start {
    /// What is wrong, and under which key.
    pub(super) fn problem<'n>(
        &self,
        endpoints: impl Iterator<Item = &'n String>,
    ) -> Option<(&'static str, String)> {
        if self.command.is_empty() {
            return Some(("command", "there is no command".to_owned()));
        }
        let known: Vec<_> = endpoints.collect();
        let (Ready::Tcp(place) | Ready::Udp(place) | Ready::Line(place)) = &self.ready;
        let ready = ("ready", std::slice::from_ref(place));
        for (key, texts) in [("command", &self.command[..]), ready, ("stop", &self.stop[..])] {
            for name in texts.iter().flat_map(|text| ports(text)) {
                if !known.iter().any(|endpoint| *endpoint == name) {
                    return Some((key, format!("`{{port.{name}}}`: there is no such endpoint")));
                }
            }
        }
        None
    }
}

/// The names of the endpoints whose ports a text asks for.
fn ports(text: &str) -> impl Iterator<Item = &str> {
    text.split("{port.").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_name_endpoints() {
        let problem = |argument: &str, ready: &str| {
            let command = vec!["program".to_owned(), argument.to_owned()];
            let ready = Ready::Tcp(ready.to_owned());
            let start = Start { command, ready, stop: Vec::new() };
            start.problem([&"main".to_owned()].into_iter()).map(|(key, _)| key)
        };
        assert_eq!(problem("{dir}/{port.main}", "h:{port.main}"), None);
        assert_eq!(problem("{port.man}", "h:1"), Some("command"));
        assert_eq!(problem("1", "h:{port.tls}"), Some("ready"));
    }
}
