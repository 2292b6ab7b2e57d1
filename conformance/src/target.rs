//! What is tested: the built-in peer, a URL, or a target file that says what a URL cannot.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path as FilePath;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::builtin::Fixed;
use crate::case::Protocol;
use crate::case::locate::{Path, locate};
use crate::driver::{Address, Connector};
use crate::peer;
use crate::run::Verbs;
use crate::secret::Secrets;
use crate::transport::{Link, is_stream};

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
    /// Where it listens, by name; `main` is the one that cases talk to.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Who may log in; the first is used for every connection.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// How many cases may run at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub jobs: Option<usize>,
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

/// The parts of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// How it is spoken to: `mqtt`, `coap`.
    pub scheme: String,
    /// The host as it was given, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user, if one was given.
    pub user: Option<String>,
    /// The protocol that was asked for by `?v=`.
    pub protocol: Option<Protocol>,
}

impl Url {
    /// Reads `mqtt://[user@]host[:port][?v=5.0]`.
    ///
    /// # Errors
    /// What is wrong, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("`{text}` is neither a URL like mqtt://127.0.0.1:1883 nor a file"));
        };
        let Some(known) = main_endpoints().find(|known| known.scheme == scheme) else {
            let schemes: Vec<_> = main_endpoints().map(|known| known.scheme).collect();
            let schemes = schemes.join(", ");
            return Err(format!("{text}: `{scheme}` cannot be tested yet; it can be {schemes}"));
        };
        let (place, query) = rest.split_once('?').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (user, place) = match place.rsplit_once('@') {
            Some((user, place)) => (Some(user.to_owned()), place),
            None => (None, place),
        };
        if user.as_ref().is_some_and(|user| user.contains(':')) {
            return Err("a password does not belong in a URL, where other users of the machine \
                        see it; write mqtt://user@host and set WIRECHECK_PASSWORD"
                .to_owned());
        }
        let place = place.strip_suffix('/').unwrap_or(place);
        let (host, port) = split_port(place, known.port).map_err(|why| format!("{text}: {why}"))?;
        let protocol =
            query.map(|query| version(query, scheme).map_err(|why| format!("{text}: {why}")));
        let scheme = scheme.to_owned();
        Ok(Self { scheme, host, port, user, protocol: protocol.transpose()? })
    }
}

/// What the reference peers are at their main endpoints: the schemes that there are drivers for.
fn main_endpoints() -> impl Iterator<Item = &'static peer::Endpoint> {
    peer::TABLE.iter().filter_map(|peer| peer.endpoints().first())
}

/// The protocols that a URL of this scheme may mean.
#[must_use]
pub fn protocols_of(scheme: &str) -> &'static [Protocol] {
    main_endpoints().find(|known| known.scheme == scheme).map_or(&[], |known| known.protocols)
}

fn split_port(place: &str, usual: u16) -> Result<(String, u16), String> {
    let (host, port) = match (place.strip_prefix('['), place.rsplit_once(':')) {
        (Some(rest), _) => match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) => (host, port.strip_prefix(':').or(Some(port))),
            None => return Err("the bracket of the IPv6 address is not closed".to_owned()),
        },
        (None, Some((host, _))) if host.contains(':') => {
            return Err(format!("write an IPv6 address in brackets: [{place}]"));
        }
        (None, Some((host, port))) => (host, Some(port)),
        (None, None) => (place, None),
    };
    if host.is_empty() || host.contains(['/', ' ']) {
        return Err(format!("`{host}` is not a host"));
    }
    let port = match port {
        None => usual,
        Some(port) => {
            let number = port.parse().ok().filter(|port| *port != 0);
            number.ok_or_else(|| format!("`{port}` is not a port from 1 to 65535"))?
        }
    };
    Ok((host.to_owned(), port))
}

fn version(query: &str, scheme: &str) -> Result<Protocol, String> {
    let wanted = query.strip_prefix("v=").unwrap_or_default();
    let protocol = Protocol::from_name(&format!("{scheme}-{wanted}"));
    protocol.ok_or_else(|| format!("`?{query}` is not known; it can be ?v=3.1.1 or ?v=5.0"))
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
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        Self::parse(&text).map_err(|problem| format!("{name}:{problem}"))
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
            if let Err(why) = Url::parse(&endpoint.url) {
                return wrong(&["endpoints", name, "url"], why);
            }
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
        if target.limits.jobs == Some(0) {
            return wrong(&["limits", "jobs"], "at least one case runs at a time".to_owned());
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
        Ok((accounts, secrets))
    }

    /// What is spoken at the endpoints beside the main one.
    #[must_use]
    pub fn other_endpoints(&self) -> BTreeMap<String, Protocol> {
        let others = self.endpoints.iter().filter(|(name, _)| *name != "main");
        let first = |endpoint: &Endpoint| {
            let of_scheme = Url::parse(&endpoint.url).ok().map(|url| protocols_of(&url.scheme));
            let named = endpoint.protocols.first().copied();
            named.or_else(|| of_scheme.and_then(|protocols| protocols.first().copied()))
        };
        others.filter_map(|(name, endpoint)| Some((name.clone(), first(endpoint)?))).collect()
    }

    /// Finds the addresses of all endpoints and connects to the main one.
    ///
    /// # Errors
    /// Host, port, what went wrong and what to try.
    pub async fn reach(&self) -> Result<Endpoints, String> {
        let mut found = BTreeMap::new();
        for (name, endpoint) in &self.endpoints {
            let url = Url::parse(&endpoint.url)?;
            let place = format!("{}:{}", url.host, url.port);
            let lookup = tokio::net::lookup_host((url.host.as_str(), url.port)).await;
            let addresses: Vec<SocketAddr> = lookup
                .map_err(|error| format!("cannot find the host {}: {error}", url.host))?
                .collect();
            let mut address = addresses.first().copied();
            // Whether anybody takes datagrams, only an answer tells.
            let stream = is_stream(&url.scheme);
            if name == "main" && stream {
                address = Some(first_that_answers(&addresses, &place).await?);
            }
            let address = address.ok_or_else(|| format!("{} has no address", url.host))?;
            found.insert(name.clone(), Fixed { scheme: url.scheme, address, host: url.host });
        }
        Ok(Endpoints(found))
    }
}

async fn first_that_answers(addresses: &[SocketAddr], place: &str) -> Result<SocketAddr, String> {
    let mut last = "it has no address".to_owned();
    for address in addresses {
        match Link::tcp(*address).await {
            Ok(_) => return Ok(*address),
            Err(error) => last = error.to_string(),
        }
    }
    Err(format!(
        "cannot connect to {place}: {last}\nIs the server running, and does it listen on this \
         address and port without TLS?"
    ))
}

/// The endpoints of a target, by name.
#[derive(Clone, Debug)]
pub struct Endpoints(pub BTreeMap<String, Fixed>);

impl Connector for Endpoints {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        Box::pin(async move {
            match self.0.get(endpoint) {
                Some(tcp) => tcp.connect(endpoint).await,
                None => {
                    let text = format!("the target has no endpoint `{endpoint}`");
                    Err(io::Error::new(io::ErrorKind::NotFound, text))
                }
            }
        })
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.0.get(endpoint)?.address(endpoint)
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
    fn urls() {
        let url = |text: &str| Url::parse(text).map(|url| (url.host, url.port, url.protocol));
        let found = |host: &str, port, protocol| Ok((host.to_owned(), port, protocol));
        assert_eq!(url("mqtt://h"), found("h", 1883, None));
        assert_eq!(url("mqtt://h:1/"), found("h", 1, None));
        assert_eq!(url("mqtt://[::1]:9?v=5.0"), found("::1", 9, Some(Protocol::Mqtt50)));
        assert_eq!(url("mqtt://[::1]"), found("::1", 1883, None));
        for (text, words) in [
            ("h:1883", "neither a URL"),
            ("mqtts://h", "cannot be tested yet"),
            ("mqtt://a:b@h", "WIRECHECK_PASSWORD"),
            ("mqtt://h:0", "not a port"),
            ("mqtt://h:x", "not a port"),
            ("mqtt://", "not a host"),
            ("mqtt://::1", "in brackets"),
            ("mqtt://h?v=4", "?v=3.1.1 or ?v=5.0"),
        ] {
            let error = Url::parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
        assert_eq!(Url::parse("mqtt://a@h").expect("a URL").user.as_deref(), Some("a"));
    }

    #[test]
    fn a_wrong_target_file_is_refused_with_its_place() {
        let with = |rest: &str| {
            let text = "{\"schema\": \"wirecheck/target/1\",\n \"endpoints\": {\"main\": ";
            Target::parse(&format!("{text}{{\"url\": \"mqtt://h\"}}}},\n {rest}}}"))
        };
        assert!(with("\"name\": \"n\"").is_ok());
        let error = with("\"prefx\": {}").expect_err("an unknown key");
        assert!(error.starts_with("3:") && error.contains("unknown field `prefx`"), "{error}");
        let error = with("\"limits\": {\"jobs\": 0}").expect_err("no jobs");
        assert!(error.starts_with("3:"), "{error}");
        let error = with("\"accounts\": [{\"user\": \"u\", \"password_env\": \"NOT_SET_9\"}]");
        assert!(error.expect_err("no password").contains("NOT_SET_9 is not set"));
        let error = Target::parse("{\"schema\": \"x\", \"endpoints\": {}}").expect_err("a schema");
        assert!(error.starts_with("1:2: the schema"), "{error}");
    }
}
