//! From a TARGET argument to an environment that cases can run in.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use super::Stop;
use super::options::fresh_nonce;
use super::run::{Args, again, declare, wanted};
use crate::builtin::{Tcp, serve_on_loopback};
use crate::case::{Protocol, suggest};
use crate::driver::mqtt::probe::INVALID;
use crate::driver::{self, Connector};
use crate::peer::mqtt::{Options, VARIANTS, all, fault, variant};
use crate::run::{Environment, Halt, NoVerbs, Verbs};
use crate::secret::Secrets;
use crate::target::{Target, Url};
use crate::transport::Link;

/// What is to be tested.
pub(super) enum Chosen {
    /// The built-in broker.
    BuiltIn(Options),
    /// A URL or a target file: as it was written, and what it says.
    Real { text: String, target: Box<Target>, url: Url },
}

/// A target that answers.
pub(super) struct Reached {
    pub(super) env: Environment,
    pub(super) url: String,
    pub(super) implementation: Option<String>,
    pub(super) secrets: Secrets,
    /// Protocols that it does not speak, and how we know.
    pub(super) silent: Vec<(Protocol, String)>,
    pub(super) hints: Vec<String>,
    /// Whether it is on this machine.
    pub(super) local: bool,
    /// How many cases it stands at a time.
    pub(super) jobs: Option<usize>,
}

impl Chosen {
    /// The targets of a command line.
    pub(super) fn all(args: &Args) -> Result<Vec<Self>, Stop> {
        if args.targets.is_empty() {
            let options = built_in(args.fault.as_deref(), args.variant.as_deref(), args.seed)?;
            return Ok(vec![Self::BuiltIn(options)]);
        }
        args.targets.iter().map(|text| Self::real(text).map_err(Stop::usage)).collect()
    }

    fn real(text: &str) -> Result<Self, String> {
        let is_file =
            !text.contains("://") && (text.ends_with(".json") || Path::new(text).exists());
        let target = if is_file { Target::load(Path::new(text))? } else { Target::at(text) };
        let url = target.url()?;
        // Variables that are missing are told before anything runs.
        target.credentials()?;
        Ok(Self::Real { text: text.to_owned(), target: Box::new(target), url })
    }

    /// The protocols to test.
    pub(super) fn protocols(&self, args: &Args) -> Vec<Protocol> {
        match self {
            Self::BuiltIn(_) => wanted(args, &[]),
            Self::Real { target, url, .. } => {
                let named = target.endpoints.get("main").map(|main| main.protocols.as_slice());
                let of_url = url.protocol.as_slice();
                wanted(args, if of_url.is_empty() { named.unwrap_or_default() } else { of_url })
            }
        }
    }

    /// Connects, and asks the target what it can do.
    pub(super) async fn reach(&self, args: &Args, protocols: &[Protocol]) -> Result<Reached, Stop> {
        match self {
            Self::BuiltIn(options) => {
                let address = serve_on_loopback(options.clone())
                    .await
                    .map_err(|error| Stop::own(format!("no port on loopback: {error}")))?;
                let connector = OwnBroker(Tcp { address, host: "127.0.0.1".to_owned() });
                let found = Found::new(Arc::new(connector), again(args, None));
                let mut reached =
                    found.probe(args, protocols, &format!("mqtt://{address}")).await?;
                reached.local = true;
                reached.implementation = Some(match (&options.fault, &options.variant) {
                    (Some(fault), _) => format!("the built-in broker with the fault {fault}"),
                    (_, Some(variant)) => format!("the built-in broker with the variant {variant}"),
                    _ => "the built-in broker".to_owned(),
                });
                Ok(reached)
            }
            Self::Real { text, target, url } => {
                let (account, secrets) = target.credentials().map_err(Stop::usage)?;
                let endpoints = target.reach().await.map_err(Stop::unreached)?;
                let main = endpoints.0.get("main");
                let local = main.is_some_and(|main| main.address.ip().is_loopback());
                let mut found = Found::new(Arc::new(endpoints), again(args, Some(text)));
                found.account = account;
                found.verbs = Arc::new(target.verbs.clone());
                found.prefix = (target.prefix.topic.clone(), target.prefix.client_id.clone());
                let place = format!("mqtt://{}:{}", bracketed(&url.host), url.port);
                let mut reached = found
                    .probe(args, protocols, &place)
                    .await
                    .map_err(|stop| Stop { text: secrets.text(&stop.text), ..stop })?;
                reached.hints.extend(declare(&mut reached.env, &target.capabilities));
                reached.local = local;
                reached.implementation = target.name.clone();
                reached.jobs = target.limits.jobs;
                reached.secrets = secrets;
                Ok(reached)
            }
        }
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// Links to the built-in broker. It is gone when the run is over, so there is no address for
/// commands that people can type later.
struct OwnBroker(Tcp);

impl Connector for OwnBroker {
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>> {
        self.0.connect(endpoint)
    }

    fn address(&self, _: &str) -> Option<(String, u16)> {
        None
    }
}

/// The options of the built-in broker.
pub(super) fn built_in(
    with_fault: Option<&str>,
    with_variant: Option<&str>,
    seed: u64,
) -> Result<Options, Stop> {
    let known = "`wirecheck serve mqtt-5.0 --list` lists what there is";
    if let Some(id) = with_fault.filter(|id| fault(id).is_none()) {
        let faults = all();
        let guess = suggest::phrase(id, faults.iter().map(|fault| &*fault.id));
        return Err(Stop::usage(format!("unknown fault `{id}`{guess}\n{known}")));
    }
    if let Some(id) = with_variant.filter(|id| variant(id).is_none()) {
        let guess = suggest::phrase(id, VARIANTS.iter().map(|variant| variant.id));
        return Err(Stop::usage(format!("unknown variant `{id}`{guess}\n{known}")));
    }
    Ok(Options {
        fault: with_fault.map(str::to_owned),
        variant: with_variant.map(str::to_owned),
        seed,
        ..Options::default()
    })
}

/// What is known of a target before it was asked anything.
struct Found {
    connector: Arc<dyn Connector>,
    verbs: Arc<dyn Verbs>,
    account: Option<(String, String)>,
    prefix: (String, String),
    again: String,
}

impl Found {
    fn new(connector: Arc<dyn Connector>, again: String) -> Self {
        let (verbs, prefix) = (Arc::new(NoVerbs), (String::new(), String::new()));
        Self { connector, verbs, account: None, prefix, again }
    }

    fn environment(&self, args: &Args, nonce: &str) -> Environment {
        Environment {
            connector: self.connector.clone(),
            verbs: self.verbs.clone(),
            incoming: None,
            capabilities: Vec::new(),
            nonce: nonce.to_owned(),
            names_used_before: false,
            endpoints: BTreeMap::new(),
            topic_prefix: self.prefix.0.clone(),
            client_prefix: self.prefix.1.clone(),
            account: self.account.clone(),
            patience: args.patience,
            again: self.again.clone(),
            halt: Halt::default(),
        }
    }

    /// Asks in all protocols side by side, so that a target that says nothing costs one wait.
    async fn probe(self, args: &Args, protocols: &[Protocol], url: &str) -> Result<Reached, Stop> {
        let nonce = args.nonce.clone().unwrap_or_else(fresh_nonce);
        let mut env = self.environment(args, &nonce);
        env.names_used_before = args.nonce.is_some();
        let asked = protocols.iter().map(|protocol| {
            // Two probes with one Client Identifier would take over from each other.
            let env = self.environment(args, &fresh_nonce());
            let protocol = *protocol;
            tokio::spawn(async move {
                driver::of(protocol).ok_or("it has no driver")?.probe(&env).await
            })
        });
        let asked: Vec<_> = asked.collect();
        let (mut silent, mut hints) = (Vec::new(), Vec::new());
        for (protocol, answer) in protocols.iter().zip(asked) {
            let answer = answer.await.unwrap_or_else(|error| Err(error.to_string()));
            match answer {
                Ok(found) => env.capabilities.push((*protocol, found)),
                // Without capabilities nothing is skipped, and the cases show what is wrong.
                Err(why) if why.starts_with(INVALID) => {
                    hints
                        .push(format!("{protocol}: what the target can do is not known: it {why}"));
                }
                Err(why) => silent.push((*protocol, why)),
            }
        }
        if silent.len() == protocols.len() {
            return Err(unusable(url, &silent, self.account.is_some()));
        }
        Ok(Reached {
            env,
            url: url.to_owned(),
            implementation: None,
            secrets: Secrets::default(),
            silent,
            hints,
            local: false,
            jobs: None,
        })
    }
}

/// A target that takes connections but speaks none of the protocols.
fn unusable(url: &str, silent: &[(Protocol, String)], account: bool) -> Stop {
    let mut text = format!("{url} takes connections, but cannot be tested");
    for (protocol, why) in silent {
        text.push_str(&format!("\n  {protocol}: {why}"));
    }
    let refused = silent.iter().any(|(_, why)| why.contains("CONNACK"));
    text.push_str(match (refused, account) {
        (true, false) => {
            "\nIf it wants a user, set WIRECHECK_ACCOUNTS=user:VARIABLE, where VARIABLE \
                          names the variable with the password"
        }
        (true, true) => "\nIs the account right?",
        _ => "\nIs it an MQTT server without TLS? If it is slow, try --patience 4x",
    });
    Stop::unreached(text)
}
