//! An implementation that we have started ourselves.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Ready, Start, Target, Url};

/// How long it may take until it serves.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to end when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How much of what it printed is shown where it does not start, in lines.
const LAST_WORDS: usize = 5;

/// A process that serves a target, in a folder of its own. Dropping it ends the process.
#[derive(Debug)]
pub struct Process {
    start: Start,
    /// Ports by the names of endpoints.
    ports: Vec<(String, u16)>,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Process {
    /// Prepares the folder: copies of the files that lie beside the target file.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn prepare(target: &Target) -> Result<Option<Self>, String> {
        let Some(start) = target.start.clone() else { return Ok(None) };
        let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
        let beside = if target.folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            target.folder.as_path()
        };
        copy_files(beside, folder.path())
            .map_err(|error| format!("cannot copy {}: {error}", beside.display()))?;
        let mut ports = Vec::new();
        for (name, endpoint) in &target.endpoints {
            ports.push((name.clone(), Url::parse(&endpoint.url)?.port));
        }
        Ok(Some(Self { start, ports, folder, child: None }))
    }

    /// What `version` of a target prints, if it is installed.
    #[must_use]
    pub fn version(&self, target: &Target) -> Option<String> {
        let mut command = self.command(&target.version)?;
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { number(&text) } else { None }
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// Its port is taken, it ended, or it was not ready in time; with its last words.
    pub fn start(&mut self) -> Result<(), String> {
        if self.is_ready()? && !matches!(self.start.ready, Ready::Line(_)) {
            return Err(format!("somebody else serves at {}", self.filled(self.place())));
        }
        let log = self.log();
        let output = File::create(&log).map_err(|error| error.to_string())?;
        let errors = output.try_clone().map_err(|error| error.to_string())?;
        let mut command = self.command(&self.start.command).ok_or("there is no command")?;
        // A group of its own, so that whatever it starts ends with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let program = self.start.command.first().cloned().unwrap_or_default();
        let child = command.spawn().map_err(|error| format!("cannot start {program}: {error}"))?;
        self.child = Some(child);
        let deadline = Instant::now() + READY_LIMIT;
        while !self.is_ready()? {
            let ended = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
            if let Some(status) = ended {
                self.child = None;
                return Err(format!("{program} ended: {status}{}", last_words(&log)));
            }
            if Instant::now() >= deadline {
                self.stop();
                let seconds = READY_LIMIT.as_secs();
                let words = last_words(&log);
                return Err(format!("{program} is not ready after {seconds} s{words}"));
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Ends it: by its own command, by asking, by force.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let asked = self.command(&self.start.stop).is_some_and(|mut stop| {
            stop.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            stop.status().is_ok_and(|status| status.success())
        });
        if !asked || !ends(&mut child) {
            signal("TERM", &child);
            if !ends(&mut child) {
                signal("KILL", &child);
                // Nothing outlives that.
                let _ = child.wait();
            }
        }
        // Whatever it has left behind in its group.
        signal("KILL", &child);
    }

    fn is_ready(&self) -> Result<bool, String> {
        let place = self.filled(self.place());
        let addresses = || -> Result<Vec<SocketAddr>, String> {
            let found = place.to_socket_addrs();
            Ok(found.map_err(|error| format!("`ready`: {place}: {error}"))?.collect())
        };
        Ok(match self.start.ready {
            Ready::Tcp(_) => addresses()?.iter().any(|at| TcpStream::connect(at).is_ok()),
            Ready::Udp(_) => addresses()?.iter().any(|at| {
                UdpSocket::bind(at).is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse)
            }),
            Ready::Line(_) => std::fs::read(self.log())
                .is_ok_and(|text| String::from_utf8_lossy(&text).contains(&place)),
        })
    }

    fn place(&self) -> &str {
        let (Ready::Tcp(place) | Ready::Udp(place) | Ready::Line(place)) = &self.start.ready;
        place
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("wirecheck-lab.log")
    }

    /// A command with its placeholders filled in; `None` if there is none.
    fn command(&self, words: &[String]) -> Option<Command> {
        let (program, arguments) = words.split_first()?;
        let mut command = Command::new(self.filled(program));
        command.args(arguments.iter().map(|word| self.filled(word)));
        command.current_dir(self.folder.path());
        Some(command)
    }

    fn filled(&self, text: &str) -> String {
        let text = text.replace("{dir}", &self.folder.path().to_string_lossy());
        self.ports.iter().fold(text, |text, (name, port)| {
            text.replace(&format!("{{port.{name}}}"), &port.to_string())
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Copies the files of a folder, not those of folders in it.
fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn ends(child: &mut Child) -> bool {
    let deadline = Instant::now() + STOP_LIMIT;
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    false
}

/// Sends a signal to the group of a process.
fn signal(name: &str, child: &Child) {
    let mut kill = Command::new("kill");
    kill.args([format!("-{name}"), "--".to_owned(), format!("-{}", child.id())]);
    // A group that is gone needs no signal.
    let _ = kill.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// The last lines that it printed, to go on after an error.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines.iter().rev().take(LAST_WORDS).rev();
    last.map(|line| format!("\n  {line}")).collect()
}

/// The first version number in a text: `2.0.11` of `mosquitto version 2.0.11-1`.
fn number(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    let word = words.find(|word| {
        let parts: Vec<_> = word.split('.').collect();
        parts.len() > 1 && parts.iter().all(|part| !part.is_empty())
    })?;
    Some(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(number("mosquitto version 2.0.11"), Some("2.0.11".to_owned()));
        assert_eq!(number("2.0.11-1+deb12u1\n"), Some("2.0.11".to_owned()));
        assert_eq!(number("v0.12.1"), Some("0.12.1".to_owned()));
        assert_eq!(number("none ... 7"), None);
    }
}
