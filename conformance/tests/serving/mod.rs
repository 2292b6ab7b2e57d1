//! The binary as tests call it, and reference peers that it serves.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The binary with arguments and without the variables of whoever runs the tests.
pub(crate) fn wirecheck(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirecheck"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["WIRECHECK_PASSWORD", "WIRECHECK_ACCOUNTS", "WIRECHECK_PATIENCE", "NO_COLOR"] {
        command.env_remove(variable);
    }
    command
}

/// Exit code, standard output and standard error.
pub(crate) fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> (i32, String, String) {
    ended(&wirecheck(arguments).output().unwrap())
}

/// The exit and the text, which must be on the right stream.
pub(crate) fn expect(arguments: &[&str], exit: i32, words: &[&str]) -> String {
    let (code, out, err) = run(arguments);
    assert_eq!(code, exit, "{arguments:?}\n{out}\n{err}");
    let text = if exit < 2 { &out } else { &err };
    for word in words {
        assert!(text.contains(word), "{word:?} is not in\n{out}\n{err}");
    }
    out
}

/// A path as an argument.
pub(crate) fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A reference peer in a process of its own, which ends with this value.
pub(crate) struct Served {
    child: Child,
    /// Where it is.
    pub(crate) url: String,
}

impl Served {
    /// The broker for MQTT 5.0 on a free port.
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::of("mqtt-5.0", more)
    }

    /// The peer of a protocol on a free port.
    pub(crate) fn of(spec: &str, more: &[&str]) -> Self {
        Self::at(spec, "", more)
    }

    /// The same, with the first URL that begins like this.
    pub(crate) fn at(spec: &str, begins: &str, more: &[&str]) -> Self {
        let arguments = [&["serve", spec, "--port", "0"], more].concat();
        let mut child = wirecheck(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
        let url = lines.find(|line| line.starts_with(begins)).unwrap();
        Self { child, url }
    }

    /// Its process, to be told to end by somebody else.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
