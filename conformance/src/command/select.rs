//! Which cases run, and which are skipped before they begin.

use std::sync::Arc;

use super::Stop;
use super::run::Args;
use crate::capability::{Capabilities, Source};
use crate::case::instance::Instance;
use crate::case::load::LoadedFile;
use crate::case::walk::visit;
use crate::case::{Need, Protocol, Step, suggest};
use crate::catalogue::Catalogue;
use crate::plan::{self, Selection, plan};
use crate::run::Environment;

/// What a target lacks that is to be treated gently.
const WRONG_MESSAGES: &str = "wrong-messages";

/// The instances that were asked for.
pub(super) fn instances(
    args: &Args,
    protocols: &[Protocol],
    files: &[LoadedFile],
) -> Result<Vec<Arc<Instance>>, Stop> {
    let selection = Selection {
        cases: args.cases.clone(),
        requirements: args.requirements.clone(),
        level: args.level,
        protocols: protocols.to_vec(),
        shard: None,
    };
    let chosen = plan(files, &selection).map_err(Stop::own)?;
    for glob in &args.cases {
        if args.cases.len() > 1 && !chosen.iter().any(|it| plan::is_called(glob, it)) {
            return Err(no_case(std::slice::from_ref(glob), files));
        }
    }
    if chosen.is_empty() {
        return Err(nothing_left(args, files));
    }
    let sharded = plan(files, &Selection { shard: args.shard, ..selection });
    sharded.map_err(Stop::own)
}

/// Why nothing is left to run: the option that is too narrow.
fn nothing_left(args: &Args, files: &[LoadedFile]) -> Stop {
    let planned = |selection: Selection| plan(files, &selection).unwrap_or_default();
    if planned(Selection { cases: args.cases.clone(), ..Selection::default() }).is_empty() {
        return no_case(&args.cases, files);
    }
    let requirements = args.requirements.clone();
    if planned(Selection { requirements, ..Selection::default() }).is_empty() {
        return no_requirement(&args.requirements);
    }
    Stop::usage(
        "no case fits all of these options: --case, --requirement, --level, --spec and the \
         protocols of the target",
    )
}

/// No case is called so.
pub(super) fn no_case(asked: &[String], files: &[LoadedFile]) -> Stop {
    let instances = plan(files, &Selection::default()).unwrap_or_default();
    let cases = files.iter().flat_map(|file| &file.file.cases).map(|case| case.id.as_str());
    let ids = cases.chain(instances.iter().map(|instance| instance.id.as_str()));
    let asked = asked.join(", ");
    let guess = suggest::phrase(&asked, ids);
    Stop::usage(format!(
        "no case matches {asked}{guess}\n`wirecheck list` lists the cases; a name is the whole id \
         or the id without its protocol and row, and `*` stands for anything, as in 'will/*'"
    ))
}

/// No requirement is called so.
pub(super) fn no_requirement(asked: &[String]) -> Stop {
    let asked = asked.join(", ");
    let ids = Catalogue::embedded().iter().map(|known| known.id.as_str());
    let known = Catalogue::embedded().iter().any(|known| plan::glob(&asked, &known.id));
    if known {
        return Stop::usage(format!("no case checks {asked}"));
    }
    let guess = suggest::phrase(&asked, ids);
    Stop::usage(format!(
        "no requirement matches {asked}{guess}\n`wirecheck list --requirements` lists them; `*` \
         stands for anything, as in 'MQTT5-3.1.*'"
    ))
}

/// The instances, with a need that the target lacks where its protocol is not spoken, or where a
/// gentle run would send something wrong.
pub(super) fn skipped(
    env: &mut Environment,
    instances: Vec<Arc<Instance>>,
    silent: &[(Protocol, String)],
    args: &Args,
) -> Vec<Arc<Instance>> {
    for (protocol, why) in silent {
        let mut lacking = Capabilities::default();
        lacking.set(protocol.as_str(), false, Source::Observed, why);
        env.capabilities.push((*protocol, lacking));
    }
    if args.gentle {
        let why = "--gentle sends nothing wrong; --case with the whole id of a case runs it";
        for (_, known) in &mut env.capabilities {
            known.set(WRONG_MESSAGES, false, Source::Declared, why);
        }
    }
    let lacks = |instance: &Instance| {
        if silent.iter().any(|(protocol, _)| *protocol == instance.protocol) {
            return Some(instance.protocol.as_str());
        }
        let asked_for = args.cases.contains(&instance.id);
        (args.gentle && !asked_for && sends_wrong(instance)).then_some(WRONG_MESSAGES)
    };
    let instance = |instance: Arc<Instance>| {
        let Some(id) = lacks(&instance) else { return instance };
        let mut instance = Instance::clone(&instance);
        instance.needs.insert(0, Need { id: id.to_owned(), pattern: None });
        Arc::new(instance)
    };
    instances.into_iter().map(instance).collect()
}

/// Whether a case breaks rules on purpose.
fn sends_wrong(instance: &Instance) -> bool {
    let mut wrong = false;
    visit(&instance.case, &mut |step, _| {
        if let Step::Send(send) = step {
            wrong |= send.refused_as.as_ref().is_some_and(|kind| kind != "accepted");
            wrong |= send.breaks.is_some();
        }
    });
    wrong
}
