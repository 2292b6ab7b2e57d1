//! How much of the specifications the suite covers. Computed from the citations, never typed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use include_dir::{Dir, DirEntry};
use serde_json::Value;

use crate::case::load::LoadedFile;
use crate::catalogue::{Catalogue, Document, Level, Observe, Requirement, Role, Subject, Unproven};
use crate::passive;
use crate::peer;
use crate::plan::{Selection, citations, plan};
use crate::vectors::EMBEDDED;

/// Groups of levels that are counted together.
const LEVELS: [(&str, &[Level]); 4] = [
    ("MUST", &[Level::Must, Level::MustNot]),
    ("SHOULD", &[Level::Should, Level::ShouldNot]),
    ("MAY", &[Level::May]),
    ("stated", &[Level::Stated]),
];

/// Whether a scripted or watched exchange with a server can show that it keeps the requirement;
/// one that only repeats another is not counted.
#[must_use]
pub fn in_reach(requirement: &Requirement) -> bool {
    let seen = [Observe::WireServer, Observe::Passive];
    requirement.binds(Role::Server)
        && requirement.same_as.is_none()
        && seen.into_iter().any(|way| requirement.is_observed_by(way))
}

/// The requirements that something in the suite stands for, by the way it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cited {
    /// A check passes only if the target keeps it.
    pub kept: BTreeSet<String>,
    /// A case sends what breaks it and judges what the target does then.
    pub enforced: BTreeSet<String>,
    /// A passive rule watches for breaches.
    pub passive: BTreeSet<String>,
    /// A vector shows it.
    pub codec: BTreeSet<String>,
}

impl Cited {
    /// What these cases, the passive rules and the vectors cite.
    ///
    /// # Errors
    /// A citation that cannot be resolved, or a vector file that cannot be read.
    pub fn by(files: &[LoadedFile]) -> Result<Self, String> {
        let mut cited = Self::default();
        for instance in plan(files, &Selection::default())? {
            // A vector breaks all that it cites.
            let also = instance.each.get("also").and_then(Value::as_array);
            let also = also.into_iter().flatten().filter_map(Value::as_str);
            cited.enforced.extend(also.map(str::to_owned));
            for citation in citations(&instance) {
                cited.enforced.extend(citation.breaks);
                if citation.kept {
                    cited.kept.insert(citation.requirement);
                }
            }
        }
        // What is counted is what a live server is seen to do.
        let live = passive::all().into_iter().filter(|rule| !rule.bites.is_empty());
        cited.passive.extend(live.map(|rule| rule.requirement.to_owned()));
        cited.passive.extend(peer::TABLE.iter().flat_map(|peer| peer.said()));
        vectors(&EMBEDDED, &mut cited.codec)?;
        Ok(cited)
    }
}

fn vectors(dir: &Dir<'_>, cited: &mut BTreeSet<String>) -> Result<(), String> {
    for entry in dir.entries() {
        let file = match entry {
            DirEntry::Dir(dir) => {
                vectors(dir, cited)?;
                continue;
            }
            DirEntry::File(file) => file,
        };
        if file.path().extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let value: Value = serde_json::from_slice(file.contents())
            .map_err(|error| format!("vectors/{}: {error}", file.path().display()))?;
        let lists = ["vectors", "messages", "tampered"];
        for vector in lists.iter().flat_map(|list| value[*list].as_array().into_iter().flatten()) {
            cited.extend(vector["requirement"].as_str().map(str::to_owned));
            cited.extend(vector["stanza"]["breaks"].as_str().map(str::to_owned));
        }
    }
    Ok(())
}

/// Whether the suite proves that a server keeps a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// A check, a passive rule, or a breach of ours whose consequences are judged.
    Proven,
    /// There is a reason why not.
    Excused(&'a Unproven),
    /// Neither.
    Open,
}

impl Cited {
    /// How a requirement that is in reach stands.
    #[must_use]
    pub fn standing<'a>(&self, requirement: &'a Requirement) -> Standing<'a> {
        let id = &requirement.id;
        // Who receives the breach shows by what it does that it knows the rule.
        let receives = matches!(requirement.subject, Subject::Both | Subject::Receiver);
        if self.kept.contains(id)
            || self.passive.contains(id)
            || receives && self.enforced.contains(id)
        {
            return Standing::Proven;
        }
        requirement.unproven.as_ref().map_or(Standing::Open, Standing::Excused)
    }
}

/// How many requirements of some levels are proven, excused and open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account<'a> {
    /// How many are proven.
    pub proven: usize,
    /// Which ones have a reason.
    pub excused: Vec<(&'a Requirement, &'a Unproven)>,
    /// Which ones are open.
    pub open: Vec<&'a Requirement>,
}

/// What a server owes by a document, of the given levels, and how it stands.
#[must_use]
pub fn account<'a>(document: &'a Document, cited: &Cited, levels: &[Level]) -> Account<'a> {
    let mut account = Account::default();
    let all = document.requirements.iter();
    for requirement in all.filter(|it| levels.contains(&it.level) && in_reach(it)) {
        match cited.standing(requirement) {
            Standing::Proven => account.proven += 1,
            Standing::Excused(why) => account.excused.push((requirement, why)),
            Standing::Open => account.open.push(requirement),
        }
    }
    account
}

/// The account of a document in words, with the reasons.
fn accounts(document: &Document, cited: &Cited) -> String {
    let mut text = String::new();
    for (name, levels) in LEVELS.iter().take(2) {
        let account = account(document, cited, levels);
        let (proven, excused, open) = (account.proven, account.excused.len(), account.open.len());
        if proven + excused + open == 0 {
            continue;
        }
        let all = proven + excused + open;
        let _ = writeln!(
            text,
            "\n{name} {proven} proven + {excused} with a reason of {all}; open {open}"
        );
        for (requirement, why) in account.excused {
            let of = why.of.as_ref().map(|of| format!(" of {of}")).unwrap_or_default();
            let reason = why.reason.name();
            let _ = writeln!(text, "- {}: {reason}{of}. {}", requirement.id, why.note);
        }
    }
    text
}

/// One way to cover a requirement: which there are, and which of them are covered.
struct Way<'a> {
    title: &'static str,
    open: &'static str,
    counts: fn(&Requirement) -> bool,
    covered: &'a BTreeSet<String>,
}

fn ways(cited: &Cited) -> [Way<'_>; 4] {
    fn on_the_wire(requirement: &Requirement) -> bool {
        requirement.is_observed_by(Observe::WireServer)
    }
    [
        Way {
            title: "kept by a server",
            open: "No check tells whether a server keeps",
            counts: |it| on_the_wire(it) && it.binds(Role::Server),
            covered: &cited.kept,
        },
        Way {
            title: "enforced by a server",
            open: "No check breaks, to see what a server does",
            counts: |it| {
                on_the_wire(it) && it.subject != Subject::Receiver && it.binds(Role::Client)
            },
            covered: &cited.enforced,
        },
        Way {
            title: "watched",
            open: "No passive rule watches",
            counts: |it| it.is_observed_by(Observe::Passive) && it.binds(Role::Server),
            covered: &cited.passive,
        },
        Way {
            title: "in vectors",
            open: "No vector shows",
            counts: |it| it.is_observed_by(Observe::Codec),
            covered: &cited.codec,
        },
    ]
}

/// The coverage as Markdown: a table for each document, then, if `open` is wanted, what is open.
#[must_use]
pub fn render(cited: &Cited, open: bool) -> String {
    let mut text = String::from(INTRODUCTION);
    let documents = Catalogue::embedded().documents();
    for document in documents.iter().filter(|document| document.document != "wirecheck") {
        let _ = write!(text, "\n## {}\n\n", document.document);
        text.push_str(&table(document, cited));
        text.push_str(&accounts(document, cited));
        if open {
            text.push_str(&open_list(document, cited));
        }
    }
    text
}

const INTRODUCTION: &str = "\
# Coverage

Computed from what cases, passive rules and vectors cite; `wirecheck check` prints it, and a test \
compares this file. Each cell says how many requirements are covered in this way, of those that can \
be. *Kept*: a check passes only if the server does what it must. *Enforced*: a case sends what the \
requirement forbids a client to send, and judges the answer. *Watched*: a passive rule runs on every \
link, what the decoder refuses included. *Proven* is what one of the three shows of a server; \
a reason why not is in the catalogue. A requirement that only repeats another is not counted, and one may count in several columns.
";

fn counted<'a>(document: &'a Document, way: &Way<'_>, levels: &[Level]) -> Vec<&'a Requirement> {
    let fits =
        |it: &&Requirement| it.same_as.is_none() && levels.contains(&it.level) && (way.counts)(it);
    document.requirements.iter().filter(fits).collect()
}

fn table(document: &Document, cited: &Cited) -> String {
    let ways = ways(cited);
    let mut text = String::from("| level |");
    for way in &ways {
        let _ = write!(text, " {} |", way.title);
    }
    text.push_str("\n|---|---:|---:|---:|---:|\n");
    for (name, levels) in LEVELS {
        let _ = write!(text, "| {name} |");
        for way in &ways {
            let all = counted(document, way, levels);
            let covered = all.iter().filter(|it| way.covered.contains(&it.id)).count();
            match all.len() {
                0 => text.push_str(" |"),
                all => {
                    let _ = write!(text, " {covered}/{all} |");
                }
            }
        }
        text.push('\n');
    }
    text
}

fn open_list(document: &Document, cited: &Cited) -> String {
    let mut text = String::new();
    for way in ways(cited) {
        for (name, levels) in LEVELS {
            let all = counted(document, &way, levels);
            let open: Vec<&str> = all
                .iter()
                .filter(|it| !way.covered.contains(&it.id))
                .map(|it| it.id.as_str())
                .collect();
            if !open.is_empty() {
                let _ = write!(text, "\n{} ({name}, {}):\n", way.open, open.len());
                for id in open {
                    let _ = writeln!(text, "- {id}");
                }
            }
        }
    }
    text
}
