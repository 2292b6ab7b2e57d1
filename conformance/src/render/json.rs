//! `result.json`.

use crate::result::RunResult;

/// The result as JSON, indented.
///
/// # Errors
/// It cannot be written as JSON, which is our own fault.
pub fn render(result: &RunResult) -> Result<String, String> {
    let mut text = serde_json::to_string_pretty(result).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
}
