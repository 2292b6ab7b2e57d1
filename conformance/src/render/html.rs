//! `report.html`: one self-contained file.

use minijinja::{Environment, context};
use serde_json::{Value, json};

use super::{duration, exchange};
use crate::catalogue::Catalogue;
use crate::result::RunResult;
use crate::verdict::{CheckResult, Verdict};

/// The result as a page.
///
/// # Errors
/// The template does not fit the data, which is our own fault.
pub fn render(result: &RunResult) -> Result<String, String> {
    let mut environment = Environment::new();
    // The name ends in .html, so everything that is filled in is escaped.
    environment
        .add_template("report.html", include_str!("report.html"))
        .map_err(|error| error.to_string())?;
    let template = environment.get_template("report.html").map_err(|error| error.to_string())?;
    let counts: Vec<_> = Verdict::ALL
        .iter()
        .map(|verdict| json!({"verdict": verdict.name(), "number": result.summary.get(*verdict)}))
        .filter(|count| count["number"] != 0)
        .collect();
    let shown = |verdict| {
        matches!(verdict, Verdict::Fail | Verdict::Warn | Verdict::Error | Verdict::Xpass)
    };
    let mut failing: Vec<_> = result.checks.iter().filter(|check| shown(check.verdict)).collect();
    failing.sort_by_key(|check| std::cmp::Reverse(check.verdict));
    let failures: Vec<Value> = failing.into_iter().map(failure).collect();
    template
        .render(context! {
            result => result,
            counts => counts,
            conformance => super::summary::conformance(&result.checks),
            failures => failures,
        })
        .map_err(|error| format!("{error:#}"))
}

fn failure(check: &CheckResult) -> Value {
    let requirement = |id: &str| {
        let known = Catalogue::embedded().get(id);
        json!({
            "id": id,
            "level": known.map(|known| known.level.name()),
            "subject": known.map(|known| known.subject.name()),
            "text": known.map(|known| known.text.as_str()),
            "label": known.map(|known| known.label.as_str()),
        })
    };
    let exchange = anstream::adapter::strip_str(&exchange::render(&[check])).to_string();
    json!({
        "check": check,
        "limit": duration(check.limit_ms),
        "after": duration(check.ms),
        "requirement": requirement(&check.requirement),
        "breaks": check.breaks.as_deref().map(requirement),
        "exchange": exchange,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::sample;

    #[test]
    fn what_comes_from_the_target_is_escaped() {
        let page = render(&sample()).expect("a page");
        assert!(page.contains("closed | without &lt;a&gt; reason"), "{page}");
        assert!(!page.contains("<a>"));
    }
}
