//! From a TARGET argument to an environment that cases can run in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::options::fresh_nonce;
use super::run::{Args, again, wanted};
use super::{Stop, hints};
use crate::builtin::{OnLoopback, environment, know};
use crate::case::{Protocol, suggest};
use crate::driver::{self, Connector, Unprobed};
use crate::oscore::Oscore;
use crate::peer::{self, Options, Reference};
use crate::run::{Environment, NoVerbs, Verbs};
use crate::secret::Secrets;
use crate::target::{Limits, Target, Url, protocols_of};
use crate::transport::pace::{Pace, Paced};

/// The least time between two connections and between two messages of a gentle run.
const GENTLE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_millis(500));

/// When sequence numbers of OSCORE begin, since 1970: with the year 2026. In milliseconds they last
/// for 34 years.
const NUMBERS_BEGIN: Duration = Duration::from_secs(1_767_225_600);

/// What is to be tested.
pub(super) enum Chosen {
    /// A reference peer.
    BuiltIn(&'static dyn Reference, Options),
    /// A URL or a target file: as it was written, and what it says.
    Real { text: String, target: Box<Target>, url: Url, verbs: Arc<dyn Verbs> },
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
    /// The targets of a command line, those that make one result together.
    pub(super) fn all(args: &Args) -> Result<Vec<Vec<Self>>, Stop> {
        if args.targets.is_empty() {
            let (fault, variant) = (args.fault.as_deref(), args.variant.as_deref());
            return Ok(vec![built_in(fault, variant, args.seed, peer::TABLE)?]);
        }
        args.targets.iter().map(|text| Self::real(text).map_err(Stop::usage)).collect()
    }

    /// What a URL or a file stands for: more than one if versions have endpoints of their own.
    fn real(text: &str) -> Result<Vec<Self>, String> {
        let is_file =
            !text.contains("://") && (text.ends_with(".json") || Path::new(text).exists());
        let target = if is_file { Target::load(Path::new(text))? } else { Target::at(text) };
        let verbs = Arc::new(target.verbs.clone());
        Self::parts(text, target, verbs)
    }

    /// A target that was started by us and has these verbs.
    pub(super) fn started(
        file: &Path,
        target: &Target,
        verbs: Arc<dyn Verbs>,
    ) -> Result<Vec<Self>, String> {
        Self::parts(&file.to_string_lossy(), target.clone(), verbs)
    }

    fn parts(text: &str, target: Target, verbs: Arc<dyn Verbs>) -> Result<Vec<Self>, String> {
        // Variables that are missing are told before anything runs.
        target.credentials()?;
        target.shared_key()?;
        let parts = target.parts()?;
        let part = |target: Target| {
            let (url, verbs) = (target.url()?, verbs.clone());
            Ok(Self::Real { text: text.to_owned(), target: Box::new(target), url, verbs })
        };
        parts.into_iter().map(part).collect()
    }

    /// The file of known failures that a target file names.
    pub(super) fn known(&self) -> Option<PathBuf> {
        match self {
            Self::BuiltIn(..) => None,
            Self::Real { target, .. } => target.known.as_ref().map(|name| target.folder.join(name)),
        }
    }

    /// The protocols to test.
    pub(super) fn protocols(&self, args: &Args) -> Vec<Protocol> {
        match self {
            Self::BuiltIn(reference, _) => {
                let main = reference.endpoints().first();
                wanted(args, main.map_or(&[], |main| main.protocols))
            }
            Self::Real { target, url, .. } => {
                let named = target.endpoints.get("main").map(|main| main.protocols.as_slice());
                let of_url = url.protocol.as_slice();
                let named = named.filter(|named| !named.is_empty());
                let possible = named.unwrap_or_else(|| protocols_of(url.scheme));
                wanted(args, if of_url.is_empty() { possible } else { of_url })
            }
        }
    }

    /// Connects, and asks the target what it can do.
    pub(super) async fn reach(&self, args: &Args, protocols: &[Protocol]) -> Result<Reached, Stop> {
        match self {
            Self::BuiltIn(reference, options) => {
                let peer = OnLoopback::start(*reference, options.clone())
                    .await
                    .map_err(|error| Stop::own(format!("no port on loopback: {error}")))?;
                let (place, verbs, calls) = (peer.url(), peer.verbs(), peer.calls());
                let connector = paced(Arc::new(peer), args, &Limits::default());
                let mut found = Found::new(connector, again(args, None));
                found.verbs = Arc::new(verbs);
                found.accounts = options.accounts.clone().into_iter().collect();
                found.reference = Some(*reference);
                let mut reached = found.probe(args, protocols, &place).await?;
                reached.env.incoming = calls;
                reached.local = true;
                let name = reference.name();
                reached.implementation = Some(match (&options.fault, &options.variant) {
                    (Some(fault), _) => format!("the built-in {name} with the fault {fault}"),
                    (_, Some(variant)) => format!("the built-in {name} with the variant {variant}"),
                    _ => format!("the built-in {name}"),
                });
                Ok(reached)
            }
            Self::Real { text, target, url, verbs } => {
                let (accounts, secrets) = target.credentials().map_err(Stop::usage)?;
                let endpoints = target.reach().await;
                let endpoints = endpoints.map_err(|why| hints::unreached(&url.place(), why))?;
                let main = endpoints.0.get("main");
                let local = main.is_some_and(|main| main.address.ip().is_loopback());
                let connector = paced(Arc::new(endpoints), args, &target.limits);
                let mut found = Found::new(connector, again(args, Some(text)));
                found.accounts = accounts;
                found.resources = target.resources.clone();
                found.oscore = oscore(target).map_err(Stop::usage)?;
                found.endpoints = target.other_endpoints();
                found.verbs = verbs.clone();
                found.prefix = (target.prefix.topic.clone(), target.prefix.client_id.clone());
                let mut reached = found
                    .probe(args, protocols, &url.place())
                    .await
                    .map_err(|stop| Stop { text: secrets.text(&stop.text), ..stop })?;
                for (_, found) in &mut reached.env.capabilities {
                    for (id, value) in &target.capabilities {
                        found.declare(id, value);
                    }
                }
                reached.local = local;
                reached.implementation = target.name.clone();
                reached.jobs = target.limits.jobs;
                reached.secrets = secrets;
                Ok(reached)
            }
        }
    }
}

/// The connector at the pace of a gentle run, and at that which the target stands.
fn paced(connector: Arc<dyn Connector>, args: &Args, limits: &Limits) -> Arc<dyn Connector> {
    let (connections, messages) = if args.gentle { GENTLE } else { Default::default() };
    let pace = Pace::new(limits.between_connections().max(connections), messages);
    if pace.is_free() { connector } else { Arc::new(Paced::new(connector, pace)) }
}

/// The reference peers that can be told this, each with its options.
pub(super) fn built_in(
    fault: Option<&str>,
    variant: Option<&str>,
    seed: u64,
    among: &[&'static dyn Reference],
) -> Result<Vec<Chosen>, Stop> {
    let knows = |peer: &&&'static dyn Reference| {
        fault.is_none_or(|id| {
            peer.faults().iter().chain(&peer.sayings()).any(|fault| fault.id == id)
        }) && variant.is_none_or(|id| peer.variants().iter().any(|variant| variant.id == id))
    };
    let options = |peer: &dyn Reference| Options {
        fault: fault.map(str::to_owned),
        variant: variant.map(str::to_owned),
        seed,
        accounts: owned(peer.accounts()),
    };
    let chosen: Vec<_> =
        among.iter().filter(knows).map(|peer| Chosen::BuiltIn(*peer, options(*peer))).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let (what, id) = fault.map_or(("variant", variant), |id| ("fault", Some(id)));
    let mut ids: Vec<String> = Vec::new();
    for peer in among {
        match what {
            "fault" => ids.extend(peer.faults().iter().map(|fault| fault.id.to_string())),
            _ => ids.extend(peer.variants().iter().map(|variant| variant.id.to_owned())),
        }
    }
    let id = id.unwrap_or_default();
    let guess = suggest::phrase(id, ids.iter().map(String::as_str));
    let text =
        format!("unknown {what} `{id}`{guess}\n`wirecheck serve SPEC --list` lists what there is");
    Err(Stop::usage(text))
}

fn owned(accounts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let accounts = accounts.iter();
    accounts.map(|(user, password)| ((*user).to_owned(), (*password).to_owned())).collect()
}

/// The OSCORE context of a target. No run may use a sequence number of an earlier one, so they begin
/// with the time.
fn oscore(target: &Target) -> Result<Option<Arc<Oscore>>, String> {
    let Some(keys) = target.oscore_keys()? else { return Ok(None) };
    let since = SystemTime::UNIX_EPOCH + NUMBERS_BEGIN;
    let first = SystemTime::now().duration_since(since).unwrap_or_default().as_millis();
    Oscore::new(&keys, first as u64).map(|oscore| Some(Arc::new(oscore)))
}

/// What is known of a target before it was asked anything.
struct Found {
    connector: Arc<dyn Connector>,
    verbs: Arc<dyn Verbs>,
    accounts: Vec<(String, String)>,
    endpoints: BTreeMap<String, Protocol>,
    resources: BTreeMap<String, String>,
    oscore: Option<Arc<Oscore>>,
    reference: Option<&'static dyn Reference>,
    prefix: (String, String),
    again: String,
}

impl Found {
    fn new(connector: Arc<dyn Connector>, again: String) -> Self {
        let (verbs, prefix) = (Arc::new(NoVerbs), (String::new(), String::new()));
        Self {
            connector,
            verbs,
            accounts: Vec::new(),
            endpoints: BTreeMap::new(),
            resources: BTreeMap::new(),
            oscore: None,
            reference: None,
            prefix,
            again,
        }
    }

    fn environment(&self, args: &Args, nonce: &str) -> Environment {
        let mut env = environment(self.connector.clone(), nonce, &self.again);
        env.verbs = self.verbs.clone();
        env.endpoints = self.endpoints.clone();
        env.resources = self.resources.clone();
        env.oscore = self.oscore.clone();
        env.accounts = self.accounts.clone();
        (env.topic_prefix, env.client_prefix) = self.prefix.clone();
        env.patience = args.patience();
        if let Some(reference) = self.reference {
            know(&mut env, reference);
        }
        env
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
                let driver = driver::of(protocol).ok_or_else(|| "it has no driver".to_owned())?;
                driver.probe(&env).await
            })
        });
        let asked: Vec<_> = asked.collect();
        let (mut silent, mut hints, mut refused) = (Vec::new(), Vec::new(), false);
        for (protocol, answer) in protocols.iter().zip(asked) {
            let answer = answer.await.unwrap_or_else(|error| Err(error.to_string().into()));
            match answer {
                Ok(found) => env.learn(*protocol, found),
                // Without capabilities nothing is skipped, and the cases show what is wrong.
                Err(Unprobed::Invalid(why)) => {
                    hints
                        .push(format!("{protocol}: what the target can do is not known: it {why}"));
                }
                Err(why) => {
                    refused |= matches!(why, Unprobed::Refused(_));
                    silent.push((*protocol, why.to_string()));
                }
            }
        }
        if silent.len() == protocols.len() {
            return Err(unusable(url, &silent, refused, !self.accounts.is_empty()));
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

/// A target that takes connections but speaks none of the protocols, or refuses to.
fn unusable(url: &str, silent: &[(Protocol, String)], refused: bool, account: bool) -> Stop {
    let mut text = format!("{url} cannot be tested");
    for (protocol, why) in silent {
        text.push_str(&format!("\n  {protocol}: {why}"));
    }
    let advice = match (refused, account) {
        (true, false) => {
            "If it wants a user, set WIRECHECK_ACCOUNTS=user:VARIABLE, where VARIABLE \
                          names the variable with the password"
        }
        (true, true) => "Is the account right?",
        _ => "Is it a server of this protocol, without TLS? If it is slow, try --patience 4x",
    };
    let advice = hints::of_silence(url, &text).unwrap_or(advice);
    text.push_str(&format!("\n{advice}"));
    Stop::unreached(text)
}
