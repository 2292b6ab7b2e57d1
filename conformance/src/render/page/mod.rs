//! Pages: HTML files that need nothing beside them, neither network nor script.
//!
//! What a page says is a model in Rust (`report`, `matrix`); a template lays it out. Style and
//! script are shared by all pages and stand in each.

pub mod evidence;
pub mod matrix;
pub mod place;
pub mod report;
pub mod tally;
mod wire;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, Output, UndefinedBehavior, context};
use serde::Serialize;

const TEMPLATES: [(&str, &str); 4] = [
    ("macros.html", include_str!("macros.html")),
    ("layout.html", include_str!("layout.html")),
    ("report.html", include_str!("report.html")),
    ("matrix.html", include_str!("matrix.html")),
];

/// Lays a model out by one of the templates.
///
/// # Errors
/// The template does not fit the model, which is our own fault.
pub fn lay_out(template: &str, page: &impl Serialize) -> Result<String, String> {
    let words = |error: Error| format!("{error:#}");
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(escaped);
    for (name, text) in TEMPLATES {
        environment.add_template(name, text).map_err(words)?;
    }
    let style = Value::from_safe_string(include_str!("page.css").to_owned());
    let script = Value::from_safe_string(include_str!("page.js").to_owned());
    let template = environment.get_template(template).map_err(words)?;
    template.render(context! { page => page, style => style, script => script }).map_err(words)
}

/// Escapes what is filled in. Slashes stay: ids are full of them, and they end nothing.
fn escaped(out: &mut Output<'_>, _: &minijinja::State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    let text = value.to_string();
    if value.is_safe() {
        return out.write_str(&text).map_err(|_| ErrorKind::WriteFailure.into());
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    out.write_str(&escaped).map_err(|_| ErrorKind::WriteFailure.into())
}

/// Each word once, for an attribute that the filter looks into.
fn words<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen.join(" ")
}

/// The link to what has this id, on the same page.
#[must_use]
pub fn fragment(id: &str) -> String {
    format!("#{}", percent(id))
}

/// Text as a part of a URL: ids of checks have `#`, `[` and `]` in them.
#[must_use]
pub fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_ids_with_any_characters() {
        assert_eq!(fragment("mqtt-5.0/a/b[c]#d"), "#mqtt-5.0/a/b%5Bc%5D%23d");
        assert_eq!(percent("ä 1%"), "%C3%A4%201%25");
    }
}
