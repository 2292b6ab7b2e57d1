//! "Did you mean": the known word nearest to a misspelt one.

/// `; did you mean …?` for the candidate nearest to a word, or nothing when none is near.
pub(crate) fn phrase<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, candidates) {
        Some(guess) => format!("; did you mean `{guess}`?"),
        None => String::new(),
    }
}

/// No name that anybody means is longer, and finding the distance takes the product of lengths.
const LONGEST: usize = 100;

/// The candidate that takes the fewest changes, if those are at most a third of the word; words
/// of one or two letters are near to too many.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = match word.chars().count() {
        0..3 => 0,
        LONGEST.. => return None,
        length => length.div_ceil(3),
    };
    let candidates = candidates.into_iter().filter(|candidate| candidate.len() <= 4 * LONGEST);
    let with_distance = candidates.map(|candidate| (distance(word, candidate), candidate));
    with_distance.filter(|(changes, _)| *changes <= limit).min().map(|(_, candidate)| candidate)
}

/// The number of letters to insert, remove or replace that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let words = ["requirement", "expect", "within"];
        assert_eq!(nearest("reqirement", words), Some("requirement"));
        assert_eq!(nearest("expct", words), Some("expect"));
        assert_eq!(nearest("banana", words), None);
        assert_eq!(phrase("withn", words), "; did you mean `within`?");
    }
}
