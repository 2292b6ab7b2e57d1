//! Which Topic Filters match a Topic Name (4.7).

use wirecheck_codecs::mqtt::topic;

use super::state::State;

impl State {
    /// True if `filter`, without a share, matches the Topic Name.
    pub(super) fn matches(&self, filter: &str, name: &str) -> bool {
        if self.faulty("case-insensitive-matching") {
            return topic::matches(&filter.to_lowercase(), &name.to_lowercase());
        }
        if self.faulty("normalizes-slashes") {
            return topic::matches(&normalized(filter), &normalized(name));
        }
        if self.faulty("wildcard-matches-dollar")
            && let Some(rest) = name.strip_prefix('$')
            && filter.starts_with(['#', '+'])
        {
            return topic::matches(filter, &format!("x{rest}"));
        }
        if self.faulty("hash-misses-parent")
            && let Some(parent) = filter.strip_suffix("/#")
            && topic::matches(parent, name)
        {
            return false;
        }
        if self.faulty("plus-misses-empty-level") {
            let empty = filter.split('/').zip(name.split('/')).any(|pair| pair == ("+", ""));
            return !empty && topic::matches(filter, name);
        }
        if self.faulty("plus-matches-several-levels") {
            return topic::matches(filter, name) || several(filter, name);
        }
        if self.faulty("plus-misses-first-level") && filter.starts_with('+') {
            return false;
        }
        if self.faulty("matches-longer-topics") {
            return topic::matches(filter, name) || topic::matches(&format!("{filter}/#"), name);
        }
        topic::matches(filter, name)
    }
}

fn normalized(topic: &str) -> String {
    let levels: Vec<&str> = topic.split('/').filter(|level| !level.is_empty()).collect();
    levels.join("/")
}

/// Matches as if the last level, a `+`, were a `#`.
fn several(filter: &str, name: &str) -> bool {
    match filter.strip_suffix('+') {
        Some(parent) => topic::matches(&format!("{parent}#"), name) && name.starts_with(parent),
        None => false,
    }
}
