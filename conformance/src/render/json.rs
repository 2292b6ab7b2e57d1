//! `result.json`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::result::RunResult;
use crate::verdict::CheckResult;
use crate::wire_log::{Entry, Event};

/// How many entries are kept at either end of a long log.
const END: usize = 60;

/// The result as JSON, with one line for each check. Checks of the same exchange share its log.
///
/// # Errors
/// It cannot be written as JSON, which is our own fault.
pub fn render(result: &RunResult) -> Result<String, String> {
    const NONE: &str = "\n  \"checks\": []";
    let head = RunResult { checks: Vec::new(), ..result.clone() };
    let head = serde_json::to_string_pretty(&head).map_err(|error| error.to_string())?;
    let (before, after) = head.split_once(NONE).ok_or("a result without checks")?;
    let mut lines = Vec::new();
    for check in logs_once(&result.checks) {
        let line = serde_json::to_string(&check).map_err(|error| error.to_string())?;
        lines.push(format!("    {line}"));
    }
    let checks = match lines.is_empty() {
        true => NONE.to_owned(),
        false => format!("\n  \"checks\": [\n{}\n  ]", lines.join(",\n")),
    };
    Ok(format!("{before}{checks}{after}\n"))
}

/// The checks, each log only with the first that has it; the others say with which. Long logs are
/// cut, and the frames follow.
fn logs_once(checks: &[CheckResult]) -> Vec<CheckResult> {
    let mut checks = checks.to_vec();
    let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, check) in checks.iter().enumerate() {
        if let Some(log) = &check.log
            && let Ok(log) = serde_json::to_string(log)
        {
            groups.entry(log).or_default().push(place);
        }
    }
    for places in groups.into_values() {
        let Some((owner, log)) = places.first().and_then(|place| {
            let owner = checks.get_mut(*place)?;
            Some((owner.id.clone(), owner.log.take()?))
        }) else {
            continue;
        };
        let judged = places.iter().filter_map(|place| checks.get(*place));
        let judged: BTreeSet<usize> = judged.flat_map(|check| check.frames.clone()).collect();
        let (log, moved) = cut(log, &judged);
        let mut log = Some(log);
        for place in places {
            let Some(check) = checks.get_mut(place) else { continue };
            check.frames.retain_mut(|frame| match moved.get(frame) {
                Some(new) => {
                    *frame = *new;
                    true
                }
                None => false,
            });
            check.log = log.take();
            check.log_of = check.log.is_none().then(|| owner.clone());
        }
    }
    checks
}

/// A log without most of its middle, and where the entries that are left stand now. What was judged
/// or is marked stays.
fn cut(log: Vec<Entry>, judged: &BTreeSet<usize>) -> (Vec<Entry>, BTreeMap<usize, usize>) {
    let middle = END..log.len().saturating_sub(END);
    let marked = log.iter().enumerate().filter(|(_, entry)| entry.mark.is_some());
    let marked = marked.map(|(place, _)| place);
    let wanted: BTreeSet<usize> = judged.iter().copied().chain(marked).take(2 * END).collect();
    let (mut kept, mut moved, mut left_out) = (Vec::new(), BTreeMap::new(), 0);
    for (place, entry) in log.into_iter().enumerate() {
        if middle.contains(&place) && !wanted.contains(&place) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            let text = Some(format!("{left_out} entries are left out here"));
            let actor = String::new();
            let note = Entry {
                ms: entry.ms,
                actor,
                event: Event::Note,
                hex: None,
                length: None,
                text,
                auto: false,
                mark: None,
            };
            kept.push(note);
            left_out = 0;
        }
        moved.insert(place, kept.len());
        kept.push(entry);
    }
    (kept, moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn logs_are_written_once_and_nothing_else_is_lost() {
        let mut result = sample();
        let place = result.checks.iter().position(|check| check.log.is_some()).expect("a log");
        let (twin, owner) = (result.checks[place].clone(), result.checks[place].id.clone());
        result.checks.push(CheckResult { id: format!("{owner}-twin"), ..twin });
        let text = render(&result).expect("valid");
        let mut read: RunResult = serde_json::from_str(&text).expect("valid");
        let last = read.checks.last_mut().expect("the twin");
        assert_eq!(last.log_of.take(), Some(owner));
        assert_eq!(last.log, None);
        last.log = result.checks[place].log.clone();
        assert_eq!(read, result);
    }

    #[test]
    fn long_logs_are_cut_and_frames_follow() {
        let entry = |ms| Entry {
            ms,
            actor: "a".to_owned(),
            event: Event::Recv,
            hex: None,
            length: None,
            text: None,
            auto: false,
            mark: None,
        };
        let log: Vec<_> = (0..1000).map(entry).collect();
        let (kept, moved) = cut(log, &BTreeSet::from([3, 500, 990]));
        for place in [3, 500, 990] {
            assert_eq!(kept[moved[&place]].ms, place as u64);
        }
        assert_eq!(kept.len(), 2 * END + 1 + 2);
        let notes: Vec<_> = kept.iter().filter_map(|entry| entry.text.as_deref()).collect();
        assert_eq!(notes, ["440 entries are left out here", "439 entries are left out here"]);
    }
}
