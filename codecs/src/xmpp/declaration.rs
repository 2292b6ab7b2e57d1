//! The XML declaration, `<?xml version='1.0' encoding='UTF-8'?>`.

use super::ErrorKind;
use super::character::is_space;

/// Judges what stands between `<?xml` and `?>`.
pub(super) fn check(text: &str) -> Result<(), ErrorKind> {
    let mut rest = text;
    let malformed = ErrorKind::MalformedDeclaration;
    if pseudo_attribute(&mut rest, "version")?.ok_or(malformed)? != "1.0" {
        return Err(malformed);
    }
    if let Some(encoding) = pseudo_attribute(&mut rest, "encoding")? {
        let mut characters = encoding.chars();
        let starts_well = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
        let goes_on_well =
            characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !starts_well || !goes_on_well {
            return Err(malformed);
        }
        if !encoding.eq_ignore_ascii_case("UTF-8") {
            return Err(ErrorKind::UnsupportedEncoding);
        }
    }
    if let Some(standalone) = pseudo_attribute(&mut rest, "standalone")? {
        return match standalone {
            "yes" | "no" => Err(ErrorKind::StandaloneDeclaration),
            _ => Err(malformed),
        };
    }
    if rest.chars().all(is_space) { Ok(()) } else { Err(malformed) }
}

/// The value of `name` if it comes next; what is there instead is left.
fn pseudo_attribute<'t>(rest: &mut &'t str, name: &str) -> Result<Option<&'t str>, ErrorKind> {
    let Some(value) = rest.trim_start_matches(is_space).strip_prefix(name) else {
        return Ok(None);
    };
    if !rest.starts_with(is_space) {
        return Err(ErrorKind::MalformedDeclaration);
    }
    let value = value.trim_start_matches(is_space).strip_prefix('=');
    let value = value.map(|value| value.trim_start_matches(is_space));
    let quoted = value.and_then(|value| {
        let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        value.strip_prefix(quote)?.split_once(quote)
    });
    let (value, after) = quoted.ok_or(ErrorKind::MalformedDeclaration)?;
    *rest = after;
    Ok(Some(value))
}
