//! Lists that are compared as sets: `properties`, `options` and the operand of `$has`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Mismatch, Place, absent, kind_of, matches};

/// How many comparisons a list is worth: a hostile target may send one of any length.
const ATTEMPTS: u32 = 100_000;

/// Whether an array at this place is a set.
pub(super) fn is_set(place: &Place) -> bool {
    matches!(place.last(), "properties" | "options")
}

/// Every pattern has an entry of its own, and no entry is left over.
pub(super) fn exact(
    patterns: &[Value],
    entries: &[Value],
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    if patterns.len() == entries.len()
        && assign(patterns, entries, &[], place, found, &mut { ATTEMPTS })
    {
        return Ok(());
    }
    blame(patterns, entries, place, found)?;
    let mut wanted: HashMap<&str, usize> = HashMap::new();
    for name in patterns.iter().filter_map(kind_of) {
        *wanted.entry(name).or_default() += 1;
    }
    for entry in entries {
        let Some(name) = kind_of(entry) else { continue };
        match wanted.get_mut(name) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(place.key(name).mismatch(&absent(), entry.get(name))),
        }
    }
    Err(place.mismatch(&Value::from(patterns), Some(&Value::from(entries))))
}

/// Every pattern has an entry of its own.
pub(super) fn subset(
    patterns: &[Value],
    entries: &[Value],
    place: &Place,
    found: &mut Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    if assign(patterns, entries, &[], place, found, &mut { ATTEMPTS }) {
        return Ok(());
    }
    blame(patterns, entries, place, found)?;
    let pattern = serde_json::json!({ "$has": patterns });
    Err(place.mismatch(&pattern, Some(&Value::from(entries))))
}

/// Finds an entry for each pattern beyond those in `taken`, trying others where one leads nowhere.
fn assign(
    patterns: &[Value],
    entries: &[Value],
    taken: &[usize],
    place: &Place,
    found: &mut Map<String, Value>,
    attempts: &mut u32,
) -> bool {
    let Some(pattern) = patterns.get(taken.len()) else { return true };
    // An ordered entry must come behind the one that an earlier pattern of its name took.
    let earlier = patterns
        .iter()
        .zip(taken)
        .filter(|(earlier, _)| kind_of(earlier) == kind_of(pattern) && is_ordered(pattern, place));
    let first = earlier.map(|(_, index)| index + 1).max().unwrap_or(0);
    for (index, entry) in entries.iter().enumerate().skip(first) {
        if *attempts == 0 {
            return false;
        }
        *attempts -= 1;
        let mut attempt = found.clone();
        if taken.contains(&index) || matches(pattern, entry, place, &mut attempt).is_err() {
            continue;
        }
        let mut taken = taken.to_vec();
        taken.push(index);
        if assign(patterns, entries, &taken, place, &mut attempt, attempts) {
            *found = attempt;
            return true;
        }
    }
    false
}

fn is_ordered(pattern: &Value, place: &Place) -> bool {
    kind_of(pattern).is_some_and(|name| name == "user_property" || place.last() == "options")
}

/// The mismatch of a pattern whose name no entry has, or one entry that differs.
fn blame(
    patterns: &[Value],
    entries: &[Value],
    place: &Place,
    found: &Map<String, Value>,
) -> Result<(), Box<Mismatch>> {
    for pattern in patterns {
        let Some(name) = kind_of(pattern) else { continue };
        let same: Vec<&Value> =
            entries.iter().filter(|entry| kind_of(entry) == Some(name)).collect();
        match same.as_slice() {
            [] => return Err(place.key(name).mismatch(&pattern[name], None)),
            [entry] => {
                matches(&pattern[name], &entry[name], &place.key(name), &mut found.clone())?;
            }
            _ => {}
        }
    }
    Ok(())
}
