//! What is odd about a recording without being a fault of anybody in it.

/// How many different notes are kept.
const MOST: usize = 50;

/// Notes, each once, with how often it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    kept: Vec<(String, u64)>,
    others: u64,
}

impl Notes {
    /// Adds a note; the same words again are only counted.
    pub fn add(&mut self, words: impl Into<String>) {
        let words = words.into();
        if let Some((_, count)) = self.kept.iter_mut().find(|(known, _)| *known == words) {
            *count += 1;
        } else if self.kept.len() < MOST {
            self.kept.push((words, 1));
        } else {
            self.others += 1;
        }
    }

    /// Adds all of another list.
    pub fn extend(&mut self, other: &Self) {
        for (words, count) in &other.kept {
            self.add(words.clone());
            if let Some((_, known)) = self.kept.iter_mut().find(|(known, _)| known == words) {
                *known += count - 1;
            }
        }
        self.others += other.others;
    }

    /// The notes as lines.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let line = |(words, count): &(String, u64)| match count {
            1 => words.clone(),
            count => format!("{words} ({count} times)"),
        };
        let mut lines: Vec<_> = self.kept.iter().map(line).collect();
        if self.others > 0 {
            lines.push(format!("and {} more notes", self.others));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_counted_and_limited() {
        let mut notes = Notes::default();
        notes.add("a");
        notes.add("a");
        (0..MOST).for_each(|number| notes.add(number.to_string()));
        let mut all = Notes::default();
        all.extend(&notes);
        assert_eq!(all, notes);
        let lines = notes.lines();
        assert_eq!(lines.len(), MOST + 1);
        assert_eq!(lines[0], "a (2 times)");
        assert_eq!(lines[MOST], "and 1 more notes");
    }
}
