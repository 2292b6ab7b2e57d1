//! What is tested: the built-in peer, a URL, or a target file that says what a URL cannot.

mod discover;
mod keys;
pub mod process;
mod reach;
mod start;
mod url;

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::reach::Endpoints;
pub use self::start::{Ready, Start};
pub use self::url::{Url, protocols_of};
use crate::capability::{KNOWN, is_known};
use crate::case::locate::{Path, locate};
use crate::case::{Protocol, suggest};
use crate::result::read;
use crate::run::Verbs;
use crate::secret::Secrets;

/// The value of `schema` in every target file.
pub const SCHEMA: &str = "wirecheck/target/1";
/// How long a verb of the target may take.
const VERB_LIMIT: Duration = Duration::from_secs(60);

/// A target file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Always `wirecheck/target/1`.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: String,
    /// What the implementation is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What in it was written for the test: a small server around a library, for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// How a person installs it, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// A command, as a program and its arguments, that prints which version is installed. It may
    /// have the placeholders of `start`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub version: Vec<String>,
    /// How it is started for a run and stopped again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// Where it listens, by name; `main` is the one that cases talk to.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Who may log in; the first is used for every connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
    /// Who we are in TLS, and whom we trust.
    #[serde(default)]
    pub tls: TlsFiles,
    /// The key that the target shares with us, for DTLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psk: Option<Psk>,
    /// The OSCORE context that the target shares with us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oscore: Option<OscoreContext>,
    /// What names must begin with.
    #[serde(default)]
    pub prefix: Prefix,
    /// What the target stands.
    #[serde(default)]
    pub limits: Limits,
    /// What cases ask for by name: paths of resources in CoAP, and in MQTT-SN `predefined-id` and
    /// `predefined-topic`, a pre-defined topic id and its topic name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub resources: BTreeMap<String, String>,
    /// What it can do, as far as that cannot be found out by asking it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub capabilities: Map<String, Value>,
    /// Commands that do something to the target.
    #[serde(default)]
    pub verbs: Commands,
    /// The file of known failures, relative to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// The folder that names of files are relative to: that of the target file.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// One place where a target listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// `mqtt://host:port`.
    pub url: String,
    /// The protocols it speaks there; empty if that is to be found out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protocols: Vec<Protocol>,
}

/// A user and where the password is; never the password itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The user name.
    pub user: String,
    /// The environment variable that holds the password.
    pub password_env: String,
}

/// Who we are in TLS, and whom we trust. Files are in PEM, relative to the target file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Certificates of those who may have signed the target's; those that the system trusts
    /// without it. Used with `verify`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Our certificate, for a target that asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<String>,
    /// The key of our certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether the target's certificate must be right; without it any is taken.
    #[serde(default)]
    pub verify: bool,
}

/// What the target calls us in DTLS, and where the key is; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Psk {
    /// The PSK identity.
    pub identity: String,
    /// The environment variable that holds the key: as text, or in hex behind `0x`.
    pub key_env: String,
}

/// An OSCORE context as we see it. Identifiers and the salt are in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OscoreContext {
    /// The environment variable that holds the Master Secret: as text, or in hex behind `0x`.
    pub secret_env: String,
    /// The Master Salt.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// The ID Context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_context: Option<String>,
    /// Our Sender ID.
    pub sender_id: String,
    /// Our Recipient ID, which is the target's Sender ID.
    pub recipient_id: String,
}

/// What names must begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    /// Topics.
    #[serde(default)]
    pub topic: String,
    /// Client identifiers.
    #[serde(default)]
    pub client_id: String,
}

/// What the target stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How many cases may run at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub jobs: Option<usize>,
    /// How many connections it takes in a second; `0.5` is one every two seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.01))]
    pub connects_per_second: Option<f64>,
    /// How many bytes a Client Identifier may have. A target that takes fewer than the names of a
    /// run have cannot be tested; cases about long names are not left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_client_id: Option<usize>,
}

/// The most bytes that a run puts behind the prefix of a Client Identifier.
const NAME: usize = 14;

impl Limits {
    /// The least time between two connections.
    #[must_use]
    pub fn between_connections(&self) -> Duration {
        self.connects_per_second.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }
}

/// Commands that do something to the target, by name, as a program and its arguments: `restart`
/// without losing its state, `change` a resource, and what a client is told. `{path}` in an argument
/// is what the case says of `path`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Commands(pub BTreeMap<String, Vec<String>>);

/// An argument with what a case says of its names.
fn filled(argument: &str, with: &Map<String, Value>) -> String {
    with.iter().fold(argument.to_owned(), |text, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("{{{name}}}"), &value)
    })
}

impl Target {
    /// A target of which only the URL is known.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let endpoint = Endpoint { url: url.to_owned(), protocols: Vec::new() };
        let endpoints = BTreeMap::from([("main".to_owned(), endpoint)]);
        Self { schema: SCHEMA.to_owned(), endpoints, ..Self::default() }
    }

    /// Reads a target file.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn load(file: &FilePath) -> Result<Self, String> {
        let name = file.display();
        let text = read(file)?;
        let target = Self::parse(&text).map_err(|problem| format!("{name}:{problem}"))?;
        let folder = file.parent().unwrap_or(FilePath::new("")).to_owned();
        Ok(Self { folder, ..target })
    }

    /// Reads the text of a target file; the error begins with line and column.
    fn parse(text: &str) -> Result<Self, String> {
        let target: Self = serde_json::from_str(text).map_err(|error| {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or_default();
            format!("{}:{}: {words}", error.line(), error.column())
        })?;
        let wrong = |path: &[&str], words: String| {
            let path = path.iter().fold(Path::default(), |path, key| path.key(key));
            let (line, column) = locate(text, &path);
            Err(format!("{line}:{column}: {words}"))
        };
        if target.schema != SCHEMA {
            return wrong(&["schema"], format!("the schema must be `{SCHEMA}`"));
        }
        if !target.endpoints.contains_key("main") {
            return wrong(&["endpoints"], "there is no endpoint `main`".to_owned());
        }
        for (name, endpoint) in &target.endpoints {
            match Url::parse(&endpoint.url) {
                Err(why) => return wrong(&["endpoints", name, "url"], why),
                Ok(url) if name == "main" && url.scheme.websocket.is_some_and(|it| it.in_text) => {
                    let words = "most cases of XMPP are about streams over TCP: name this endpoint \
                                 `websocket`, beside a `main` one";
                    return wrong(&["endpoints", name, "url"], words.to_owned());
                }
                Ok(_) => {}
            }
        }
        let of_start = |start: &Start| start.problem(target.endpoints.keys());
        if let Some((key, words)) = target.start.as_ref().and_then(of_start) {
            return wrong(&["start", key], words);
        }
        for account in &target.accounts {
            if std::env::var_os(&account.password_env).is_none() {
                let words = format!(
                    "the environment variable {} is not set; it holds the password of {}",
                    account.password_env, account.user
                );
                return wrong(&["accounts"], words);
            }
        }
        if let Some(words) = target.psk.as_ref().and_then(Psk::problem) {
            return wrong(&["psk"], words);
        }
        if let Some(words) = target.oscore.as_ref().and_then(OscoreContext::problem) {
            return wrong(&["oscore"], words);
        }
        if let Some(id) = target.capabilities.keys().find(|id| !is_known(id)) {
            let known = KNOWN.iter().map(|known| known.id);
            let words = format!("unknown capability `{id}`{}", suggest::phrase(id, known));
            return wrong(&["capabilities", id], words);
        }
        if target.limits.jobs == Some(0) {
            return wrong(&["limits", "jobs"], "at least one case runs at a time".to_owned());
        }
        if target.limits.connects_per_second.is_some_and(|rate| !(0.01..=1e6).contains(&rate)) {
            let words = "a number of connections from 0.01 to 1000000".to_owned();
            return wrong(&["limits", "connects_per_second"], words);
        }
        let name = target.prefix.client_id.len() + NAME;
        if target.limits.max_client_id.is_some_and(|most| most < name) {
            let words = format!("the Client Identifiers of a run have up to {name} bytes");
            return wrong(&["limits", "max_client_id"], words);
        }
        Ok(target)
    }

    /// The URL of the main endpoint.
    ///
    /// # Errors
    /// There is none, or it is wrong.
    pub fn url(&self) -> Result<Url, String> {
        let main = self.endpoints.get("main").ok_or("there is no endpoint `main`")?;
        Url::parse(&main.url)
    }

    /// This target once for its main endpoint, and once for each endpoint where other protocols of
    /// the same family are spoken.
    ///
    /// # Errors
    /// A URL that is wrong.
    pub fn parts(self) -> Result<Vec<Self>, String> {
        let mut parts = vec![self.clone()];
        let family = self.url()?.scheme.family;
        let main = self.endpoints.get("main").map(|main| main.protocols.clone());
        let mut taken = main.unwrap_or_default();
        for (name, endpoint) in &self.endpoints {
            let same = Url::parse(&endpoint.url)?.scheme.family == family && name != "main";
            let new = |it: &Protocol| !taken.contains(it);
            if taken.is_empty() || !same || !endpoint.protocols.iter().any(new) {
                continue;
            }
            let protocols = endpoint.protocols.iter().copied().filter(new).collect::<Vec<_>>();
            taken.extend(&protocols);
            let mut part = self.clone();
            let endpoint = Endpoint { url: endpoint.url.clone(), protocols };
            part.endpoints.insert("main".to_owned(), endpoint);
            parts.push(part);
        }
        Ok(parts)
    }

    /// User and password for every connection, and all secrets: of the target file, of the URL's
    /// user, or of `WIRECHECK_ACCOUNTS`.
    ///
    /// # Errors
    /// A variable that is not set.
    pub fn credentials(&self) -> Result<(Vec<(String, String)>, Secrets), String> {
        let mut named = Vec::new();
        for account in &self.accounts {
            named.push((account.user.clone(), account.password_env.clone()));
        }
        if let Some(user) = self.url()?.user {
            let own = format!("WIRECHECK_PASSWORD_{}", user.to_uppercase());
            let own = Some(own).filter(|own| std::env::var_os(own).is_some());
            named.push((user, own.unwrap_or_else(|| "WIRECHECK_PASSWORD".to_owned())));
        }
        if let Ok(list) = std::env::var("WIRECHECK_ACCOUNTS") {
            for pair in list.split(',').filter(|pair| !pair.is_empty()) {
                let (user, variable) = pair.split_once(':').ok_or_else(|| {
                    format!("WIRECHECK_ACCOUNTS: `{pair}` is not of the form user:VARIABLE")
                })?;
                named.push((user.to_owned(), variable.to_owned()));
            }
        }
        let (mut accounts, mut secrets) = (Vec::new(), Secrets::default());
        for (user, variable) in named {
            let password = std::env::var(&variable).map_err(|_| {
                format!("set the environment variable {variable} to the password of {user}")
            })?;
            secrets.add(&password, &variable);
            accounts.push((user, password));
        }
        let psk = self.psk.iter().map(|psk| &psk.key_env);
        for variable in psk.chain(self.oscore.iter().map(|oscore| &oscore.secret_env)) {
            if let Ok(key) = std::env::var(variable) {
                secrets.add(&key, variable);
            }
        }
        Ok((accounts, secrets))
    }

    /// What is spoken at the endpoints beside the main one.
    #[must_use]
    pub fn other_endpoints(&self) -> BTreeMap<String, Protocol> {
        let others = self.endpoints.iter().filter(|(name, _)| *name != "main");
        let first = |endpoint: &Endpoint| {
            let of_scheme = Url::parse(&endpoint.url).ok().map(|url| protocols_of(url.scheme));
            let named = endpoint.protocols.first().copied();
            named.or_else(|| of_scheme.and_then(|protocols| protocols.first().copied()))
        };
        let mut found: BTreeMap<_, _> =
            others.filter_map(|(name, endpoint)| Some((name.clone(), first(endpoint)?))).collect();
        if let Some(main) = self.endpoints.get("main")
            && let Ok(url) = Url::parse(&main.url)
            && let Some(also) = reach::also(url.scheme)
            && let Some(protocol) = first(main)
        {
            found.entry(also.to_owned()).or_insert(protocol);
        }
        found
    }
}

impl Verbs for Commands {
    fn run<'a>(
        &'a self,
        verb: &'a str,
        with: &'a Map<String, Value>,
    ) -> Pin<Box<dyn Future<Output = Result<Value, String>> + Send + 'a>> {
        Box::pin(async move {
            let command = self.0.get(verb).map_or(&[][..], Vec::as_slice);
            let Some((program, arguments)) = command.split_first() else {
                return Err(format!("the target has no verb `{verb}`"));
            };
            let arguments = arguments.iter().map(|argument| filled(argument, with));
            let running = tokio::process::Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .output();
            let output = tokio::time::timeout(VERB_LIMIT, running).await;
            let output = output.map_err(|_| format!("`{verb}` did not end within 60 s"))?;
            let output = output.map_err(|error| format!("`{program}`: {error}"))?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok(json!({
                "stdout": text(&output.stdout),
                "stderr": text(&output.stderr),
                "code": output.status.code(),
            }))
        })
    }

    fn has(&self, verb: &str) -> bool {
        self.0.get(verb).is_some_and(|command| !command.is_empty())
    }
}

/// The JSON Schema of target files.
#[must_use]
pub fn schema() -> Value {
    schemars::schema_for!(Target).to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_target_file_is_refused_with_its_place() {
        let with = |rest: &str| {
            let text = "{\"schema\": \"wirecheck/target/1\",\n \"endpoints\": {\"main\": ";
            Target::parse(&format!("{text}{{\"url\": \"mqtt://h\"}}}},\n {rest}}}"))
        };
        assert!(with("\"name\": \"n\"").is_ok());
        let error = with("\"prefx\": {}").expect_err("an unknown key");
        assert!(error.starts_with("3:") && error.contains("unknown field `prefx`"), "{error}");
        let error = with("\"start\": {\"command\": [], \"ready\": {\"tcp\": \"h:1\"}}");
        let error = error.expect_err("no command");
        assert!(error.starts_with("3:") && error.ends_with("there is no command"), "{error}");
        let error = with("\"limits\": {\"jobs\": 0}").expect_err("no jobs");
        assert!(error.starts_with("3:"), "{error}");
        let error = with("\"limits\": {\"max_client_id\": 13}").expect_err("too short");
        assert!(error.ends_with("have up to 14 bytes"), "{error}");
        assert!(with("\"limits\": {\"max_client_id\": 23}").is_ok());
        let error = with("\"limits\": {\"connects_per_second\": 0}").expect_err("never");
        assert!(error.starts_with("3:") && error.contains("0.01"), "{error}");
        assert!(with("\"capabilities\": {\"retain\": false, \"feature:sm\": true}").is_ok());
        let error = with("\"capabilities\": {\"retian\": false}").expect_err("no such capability");
        assert!(error.starts_with("3:") && error.contains("`retain`"), "{error}");
        let error = with("\"accounts\": [{\"user\": \"u\", \"password_env\": \"NOT_SET_9\"}]");
        assert!(error.expect_err("no password").contains("NOT_SET_9 is not set"));
        let error = Target::parse("{\"schema\": \"x\", \"endpoints\": {}}").expect_err("a schema");
        assert!(error.starts_with("1:2: the schema"), "{error}");
    }
}
