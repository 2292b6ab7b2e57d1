//! `report.html`: one self-contained file.

use super::page::lay_out;
use super::page::report::{Around, Report};
use crate::result::RunResult;

/// The result as a page.
///
/// # Errors
/// The template does not fit the data, which is our own fault.
pub fn render(result: &RunResult) -> Result<String, String> {
    published(result, &Around::default())
}

/// A published result as a page, with what is known besides.
///
/// # Errors
/// The template does not fit the data, which is our own fault.
pub fn published(result: &RunResult, around: &Around) -> Result<String, String> {
    lay_out("report.html", &Report::of(result, around))
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
