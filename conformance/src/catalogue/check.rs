//! The rules that hold over all catalogue files and that their JSON form alone cannot state.

use std::collections::{HashMap, HashSet};

use super::{Document, Level, Observe, Reason, Requirement, SCHEMA};

/// The longest text of a requirement, in characters.
const TEXT_LIMIT: usize = 300;

/// The document of the suite's own requirements. They have names instead of numbers.
const OWN: &str = "wirecheck";

/// Every breach of a catalogue rule: the document and what is wrong, beginning with the id.
pub(super) fn problems(documents: &[Document]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let ids: HashMap<&str, &Requirement> = documents
        .iter()
        .flat_map(|document| &document.requirements)
        .map(|requirement| (requirement.id.as_str(), requirement))
        .collect();
    let mut seen = HashSet::new();
    for document in documents {
        let mut report = |problem: String| found.push((document.document.clone(), problem));
        if document.schema != SCHEMA {
            report(format!("schema `{}`, expected `{SCHEMA}`", document.schema));
        }
        for requirement in &document.requirements {
            let mut wrong: Vec<String> = Vec::new();
            if !seen.insert(requirement.id.as_str()) {
                wrong.push("the id occurs twice".to_owned());
            }
            wrong.extend(identity(document, requirement));
            wrong.extend(observation(requirement));
            wrong.extend(content(requirement));
            wrong.extend(same_as(requirement, &ids));
            wrong.extend(unproven(requirement, &ids));
            wrong.into_iter().for_each(|problem| report(format!("{}: {problem}", requirement.id)));
        }
    }
    found
}

/// The id begins with the prefix and goes on with the section and a number.
fn identity(document: &Document, requirement: &Requirement) -> Option<String> {
    let Some(rest) = requirement.id.strip_prefix(document.prefix.as_str()) else {
        return Some(format!("the id does not begin with `{}`", document.prefix));
    };
    if document.document == OWN {
        return (rest != requirement.label).then(|| "the label is not the id's name".to_owned());
    }
    let Some((section, number)) = rest.rsplit_once('-') else {
        return Some("the id has no number".to_owned());
    };
    let (unnumbered, digits) = match number.strip_prefix('p') {
        Some(digits) => (true, digits),
        None => (false, number),
    };
    if digits.parse::<u32>().map_or(true, |n| n == 0 || n.to_string() != digits) {
        return Some(format!("`{number}` is not a number or p and a number"));
    }
    if unnumbered {
        let expected = format!("section {}", requirement.section);
        if requirement.label != expected {
            return Some(format!("the label is not `{expected}`"));
        }
        // An RFC's sections stand in ids as they are printed.
        let expected = match document.document.starts_with("rfc") {
            true => requirement.section.clone(),
            false => padded(&requirement.section),
        };
        return (section != expected)
            .then(|| format!("the id's section {section} is not {expected}"));
    }
    // A number is counted per section of three levels and may stand in a part of that section.
    let printed = section.trim_end_matches(".0");
    let inside = requirement.section == printed
        || requirement.section.strip_prefix(printed).is_some_and(|part| part.starts_with('.'));
    (!inside).then(|| format!("section {} is not inside {printed}", requirement.section))
}

/// MQTT counts its statements in sections of three levels and writes `4.9.0` for 4.9.
fn padded(section: &str) -> String {
    let mut padded = section.to_owned();
    for _ in section.split('.').count()..3 {
        padded.push_str(".0");
    }
    padded
}

/// `never` stands alone and has a reason, and nothing else has one.
fn observation(requirement: &Requirement) -> Option<String> {
    let mut ways = requirement.observe.clone();
    ways.sort_unstable();
    ways.dedup();
    if ways.is_empty() {
        Some("it is observed nowhere; say `never` and why".to_owned())
    } else if ways.len() != requirement.observe.len() {
        Some("a way of observing occurs twice".to_owned())
    } else if ways.contains(&Observe::Never) {
        if ways.len() > 1 {
            Some("`never` stands beside other ways of observing".to_owned())
        } else {
            requirement.why_not.is_none().then(|| "`never` without `why_not`".to_owned())
        }
    } else {
        requirement.why_not.is_some().then(|| "`why_not` without `never`".to_owned())
    }
}

/// The words are there, and short.
fn content(requirement: &Requirement) -> Option<String> {
    let length = requirement.text.chars().count();
    if requirement.text.trim().is_empty() {
        Some("the text is empty".to_owned())
    } else if length > TEXT_LIMIT {
        Some(format!("the text has {length} characters, more than {TEXT_LIMIT}"))
    } else if requirement.label.trim().is_empty() || requirement.section.trim().is_empty() {
        Some("label or section is empty".to_owned())
    } else if requirement.needs.iter().any(|need| need.trim().is_empty()) {
        Some("a need is empty".to_owned())
    } else {
        None
    }
}

/// `same_as` names an entry that is counted and that is worth at least as much.
fn same_as(requirement: &Requirement, ids: &HashMap<&str, &Requirement>) -> Option<String> {
    let target = requirement.same_as.as_deref()?;
    let Some(other) = ids.get(target) else {
        return Some(format!("`same_as` names {target}, which does not exist"));
    };
    if other.same_as.is_some() {
        return Some(format!("`same_as` names {target}, which itself is the same as another"));
    }
    let weaker = binding(other.level) < binding(requirement.level);
    weaker.then(|| format!("`same_as` names {target}, which binds less"))
}

/// A reason for leaving a requirement unproven says why, and of which other one where it is about
/// one; what is not observed or not counted has none.
fn unproven(requirement: &Requirement, ids: &HashMap<&str, &Requirement>) -> Option<String> {
    let unproven = requirement.unproven.as_ref()?;
    if requirement.why_not.is_some() || requirement.same_as.is_some() {
        return Some("`unproven` stands beside `why_not` or `same_as`".to_owned());
    }
    if unproven.note.trim().is_empty() {
        return Some("`unproven` has no note".to_owned());
    }
    let about_another = matches!(unproven.reason, Reason::Duplicate | Reason::Contradicts);
    match &unproven.of {
        None => about_another.then(|| format!("`{}` does not say of what", unproven.reason.name())),
        Some(_) if !about_another => {
            Some(format!("`of` stands beside `{}`", unproven.reason.name()))
        }
        Some(of) if *of == requirement.id => Some("`unproven` names itself".to_owned()),
        Some(of) => (!ids.contains_key(of.as_str()))
            .then(|| format!("`unproven` names {of}, which is not there")),
    }
}

fn binding(level: Level) -> u8 {
    match level {
        Level::Must | Level::MustNot => 3,
        Level::Should | Level::ShouldNot => 2,
        Level::Stated => 1,
        Level::May => 0,
    }
}
