//! What people and other programs read: the terminal, and the files of a report.

pub mod diff;
pub mod exchange;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod page;
pub mod pcapng;
pub mod progress;
#[cfg(test)]
mod sample;
pub mod style;
pub mod summary;
pub mod terminal;

use std::path::Path;

#[cfg(test)]
pub(crate) use sample::sample;

use crate::result::{RunResult, write};
use crate::verdict::CheckResult;

/// Writes all files of a report, and says which. The result must have no secrets in it any more.
///
/// # Errors
/// What stands in the way.
pub fn write_all(result: &RunResult, folder: &Path, strict: bool) -> Result<String, String> {
    write(&folder.join("result.json"), json::render(result)?)?;
    write(&folder.join("junit.xml"), junit::render(result, strict)?)?;
    write(&folder.join("summary.md"), markdown::render(result))?;
    write(&folder.join("report.html"), html::render(result)?)?;
    let mut files = "result.json, junit.xml, summary.md, report.html".to_owned();
    match pcapng::write_all(result, folder)? {
        0 => {}
        number => files.push_str(&format!(", {} in captures/", count(number, "capture"))),
    }
    Ok(files)
}

/// `1.250 s`.
pub(crate) fn seconds(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

/// `within 2 s`, `after 9 ms`; whole seconds without decimals.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        _ => seconds(ms),
    }
}

/// `1 case`, `2 cases`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}

/// Groups texts and counts them, the most frequent first; what a step number or a topic makes
/// different stays apart only if `key` keeps it.
pub(crate) fn grouped<'a>(
    checks: impl Iterator<Item = &'a CheckResult>,
    key: impl Fn(&CheckResult) -> String,
) -> Vec<(String, usize)> {
    let mut groups: Vec<(String, usize)> = Vec::new();
    for check in checks {
        let key = key(check);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => groups.push((key, 1)),
        }
    }
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    groups
}

/// A reason without the step it begins with.
pub(crate) fn reason_without_step(check: &CheckResult) -> String {
    let reason = check.reason.as_deref().unwrap_or("no reason is given");
    match reason.strip_prefix("step ").and_then(|rest| rest.split_once(": ")) {
        Some((step, rest)) if step.chars().all(|c| c.is_ascii_digit() || c == '.') => {
            rest.to_owned()
        }
        _ => reason.to_owned(),
    }
}
