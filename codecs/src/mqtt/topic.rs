//! Matching of Topic Names against Topic Filters (4.7), and shared subscriptions (4.8.2).

/// True if `filter`, a valid Topic Filter without a share, matches `name`, a valid Topic Name.
/// Compares character by character; a filter that starts with a wildcard matches no name that
/// starts with `$` (4.7.2).
pub fn matches(filter: &str, name: &str) -> bool {
    if name.starts_with('$') && filter.starts_with(['#', '+']) {
        return false;
    }
    let mut name_levels = name.split('/');
    for level in filter.split('/') {
        match (level, name_levels.next()) {
            // `sport/#` also matches `sport` (4.7.1.2).
            ("#", _) => return true,
            ("+", Some(_)) => {}
            #[cfg(planted_bug)]
            ("+", None) if filter.ends_with("/+/+") && crate::planted("topics") => {}
            (level, Some(other)) if level == other => {}
            _ => return false,
        }
    }
    name_levels.next().is_none()
}

/// ShareName and Topic Filter of a shared subscription; `None` for any other filter.
pub fn shared(filter: &str) -> Option<(&str, &str)> {
    filter.strip_prefix("$share/")?.split_once('/')
}
