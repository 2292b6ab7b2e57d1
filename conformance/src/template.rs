//! `${…}` in the values of a case.
//!
//! An expression is a path, an integer, or several of them with `+`, `-` and `*`. A path is names
//! and indexes with dots between: `first.0.publish.packet_identifier`; a name also picks the entry
//! of that name from a list of one-key objects: `connack.connack.properties.receive_maximum`. A
//! hyphen belongs to the name before it unless a digit or a space follows. A text that is one
//! expression and nothing else becomes its value and keeps the type. `$${` is a literal `${`;
//! every other text, `$share` and `?{name}` among it, stays as it is.

use std::fmt;

use serde_json::{Map, Value};

/// Why a text cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The expression between the braces.
    pub expression: String,
    /// What is wrong with it.
    pub text: String,
    /// The root that is not in scope, if that is what is wrong: a step did not bind it.
    pub unbound: Option<String>,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${{{}}}: {}", self.expression, self.text)
    }
}

impl std::error::Error for TemplateError {}

/// The value with every text and key in it filled in, and `{"$flip": bytes}` done.
///
/// # Errors
/// The first expression that has no value.
pub fn expand(value: &Value, scope: &Map<String, Value>) -> Result<Value, TemplateError> {
    match value {
        Value::String(text) => expand_str(text, scope),
        Value::Array(entries) => {
            let entries = entries.iter().map(|entry| expand(entry, scope));
            entries.collect::<Result<_, _>>().map(Value::Array)
        }
        Value::Object(map) => {
            let mut expanded = Map::new();
            for (key, value) in map {
                expanded.insert(expand_text(key, scope)?, expand(value, scope)?);
            }
            match expanded.get("$flip") {
                Some(bytes) if expanded.len() == 1 => flip(bytes),
                _ => Ok(Value::Object(expanded)),
            }
        }
        other => Ok(other.clone()),
    }
}

/// A text filled in; a text that is one expression becomes its value, of any type.
///
/// # Errors
/// The first expression that has no value.
pub fn expand_str(text: &str, scope: &Map<String, Value>) -> Result<Value, TemplateError> {
    if let Some(rest) = text.strip_prefix("${")
        && let Some((expression, "")) = rest.split_once('}')
    {
        return evaluate(expression, scope);
    }
    expand_text(text, scope).map(Value::String)
}

/// A text filled in, which stays a text.
///
/// # Errors
/// The first expression that has no value, or one that cannot stand inside a text.
pub fn expand_text(text: &str, scope: &Map<String, Value>) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Unclosed(rest) => return Err(error(rest, "`${` without `}`")),
            Piece::Expression(expression) => match evaluate(expression, scope)? {
                Value::String(text) => out.push_str(&text),
                Value::Number(number) => out.push_str(&number.to_string()),
                Value::Bool(flag) => out.push_str(&flag.to_string()),
                Value::Null => return Err(error(expression, "no value")),
                _ => return Err(error(expression, "a list or object cannot stand in a text")),
            },
        }
    }
    Ok(out)
}

/// Every expression in the texts and keys of a value, in order.
#[must_use]
pub fn expressions(value: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

/// The expressions of one text, in order.
#[must_use]
pub fn expressions_in(text: &str) -> Vec<&str> {
    let expression = |piece| match piece {
        Piece::Expression(expression) | Piece::Unclosed(expression) => Some(expression),
        Piece::Text(_) => None,
    };
    pieces(text).filter_map(expression).collect()
}

/// The error of a text in which a `${` has no `}`.
#[must_use]
pub fn unclosed(text: &str) -> Option<TemplateError> {
    pieces(text).find_map(|piece| match piece {
        Piece::Unclosed(rest) => Some(error(rest, "`${` without `}`")),
        _ => None,
    })
}

/// The paths that an expression reads.
///
/// # Errors
/// If it is not an expression.
pub fn paths(expression: &str) -> Result<Vec<&str>, TemplateError> {
    let tokens = tokens(expression)?;
    Ok(tokens.into_iter().filter_map(|token| token.path()).collect())
}

/// The value at a path: names, indexes, and names of entries in lists of one-key objects.
#[must_use]
pub fn lookup<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, name| match value {
        Value::Object(map) => map.get(name),
        Value::Array(entries) => match name.parse::<usize>() {
            Ok(index) => entries.get(index),
            Err(_) => entries.iter().find_map(|entry| entry.as_object()?.get(name)),
        },
        _ => None,
    })
}

enum Piece<'t> {
    Text(&'t str),
    Expression(&'t str),
    Unclosed(&'t str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix("$${") {
            let literal = &rest[1..3];
            rest = after;
            return Some(Piece::Text(literal));
        }
        if let Some(after) = rest.strip_prefix("${") {
            let Some((expression, after)) = after.split_once('}') else {
                rest = "";
                return Some(Piece::Unclosed(after));
            };
            rest = after;
            return Some(Piece::Expression(expression));
        }
        // Up to the next template; `$${` is found by its first dollar.
        let end = match rest.find("${") {
            Some(at) if rest[..at].ends_with('$') && at > 1 => at - 1,
            Some(at) if at > 0 => at,
            _ => rest.len(),
        };
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => found.extend(expressions_in(text)),
        Value::Array(entries) => entries.iter().for_each(|entry| collect(entry, found)),
        Value::Object(map) => {
            for (key, value) in map {
                found.extend(expressions_in(key));
                collect(value, found);
            }
        }
        _ => {}
    }
}

#[derive(Clone, Copy)]
enum Token<'e> {
    Path(&'e str),
    Integer(i64),
    Operator(u8),
}

impl<'e> Token<'e> {
    fn path(self) -> Option<&'e str> {
        match self {
            Self::Path(path) => Some(path),
            _ => None,
        }
    }
}

/// Operands and operators in turn: the first and the last are operands.
fn tokens(expression: &str) -> Result<Vec<Token<'_>>, TemplateError> {
    let bytes = expression.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += spaces(bytes, at);
        let start = at;
        while bytes.get(at).is_some_and(|_| in_operand(bytes, at)) {
            at += 1;
        }
        let operand = expression.get(start..at).unwrap_or_default();
        tokens.push(match operand.parse::<i64>() {
            Ok(number) => Token::Integer(number),
            Err(_) if operand.is_empty() || operand.split('.').any(str::is_empty) => {
                return Err(error(expression, "expected a path or a number"));
            }
            Err(_) => Token::Path(operand),
        });
        at += spaces(bytes, at);
        match bytes.get(at) {
            None => return Ok(tokens),
            Some(operator @ (b'+' | b'-' | b'*')) => tokens.push(Token::Operator(*operator)),
            Some(_) => return Err(error(expression, "expected `+`, `-` or `*`")),
        }
        at += 1;
    }
}

fn spaces(bytes: &[u8], at: usize) -> usize {
    bytes.iter().skip(at).take_while(|byte| **byte == b' ').count()
}

fn in_operand(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(b'-') => bytes.get(at + 1).is_some_and(|next| next.is_ascii_lowercase()),
        Some(byte) => byte.is_ascii_alphanumeric() || b"_.:".contains(byte),
        None => false,
    }
}

fn evaluate(expression: &str, scope: &Map<String, Value>) -> Result<Value, TemplateError> {
    let tokens = tokens(expression)?;
    if let [Token::Path(path)] = tokens.as_slice() {
        return read(path, expression, scope).cloned();
    }
    let overflow = || error(expression, "the result does not fit");
    let mut sum = 0_i64;
    let mut product = 1_i64;
    let mut sign = 1_i64;
    for token in tokens {
        match token {
            Token::Operator(b'*') => {}
            Token::Operator(operator) => {
                let term = product.checked_mul(sign).ok_or_else(overflow)?;
                sum = sum.checked_add(term).ok_or_else(overflow)?;
                product = 1;
                sign = if operator == b'-' { -1 } else { 1 };
            }
            operand => {
                let factor = integer(operand, expression, scope)?;
                product = product.checked_mul(factor).ok_or_else(overflow)?;
            }
        }
    }
    let last = product.checked_mul(sign).ok_or_else(overflow)?;
    sum.checked_add(last).map(Value::from).ok_or_else(overflow)
}

fn integer(
    operand: Token<'_>,
    expression: &str,
    scope: &Map<String, Value>,
) -> Result<i64, TemplateError> {
    match operand {
        Token::Integer(number) => Ok(number),
        Token::Operator(_) => Err(error(expression, "expected a path or a number")),
        Token::Path(path) => {
            let value = read(path, expression, scope)?;
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            number.ok_or_else(|| error(expression, format!("`{path}` is not an integer")))
        }
    }
}

fn read<'s>(
    path: &str,
    expression: &str,
    scope: &'s Map<String, Value>,
) -> Result<&'s Value, TemplateError> {
    let (root, rest) = match path.split_once('.') {
        Some((root, rest)) => (root, Some(rest)),
        None => (path, None),
    };
    let Some(value) = scope.get(root) else {
        let unbound = Some(root.to_owned());
        let text = format!("`{root}` has no value");
        return Err(TemplateError { unbound, ..error(expression, text) });
    };
    let Some(rest) = rest else { return Ok(value) };
    lookup(value, rest).ok_or_else(|| error(expression, format!("`{root}` has no `{rest}`")))
}

/// Bytes of the same length that differ in the last bit; one byte instead of none.
fn flip(bytes: &Value) -> Result<Value, TemplateError> {
    let digits = bytes.as_str().or_else(|| bytes.get("hex")?.as_str());
    let wrong = || error("$flip", "expected bytes in hex");
    let digits = digits.ok_or_else(wrong)?;
    if digits.len() % 2 != 0 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let flipped = match digits.char_indices().last() {
        None => "00".to_owned(),
        Some((at, digit)) => {
            let digit = digit.to_digit(16).ok_or_else(wrong)? ^ 1;
            format!("{}{digit:x}", &digits[..at])
        }
    };
    Ok(if bytes.is_string() { flipped.into() } else { serde_json::json!({ "hex": flipped }) })
}

fn error(expression: &str, text: impl Into<String>) -> TemplateError {
    TemplateError { expression: expression.to_owned(), text: text.into(), unbound: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scope() -> Map<String, Value> {
        let scope = json!({
            "topic": "t/x7", "i": 3, "big": i64::MAX, "yes": true, "tok": "0aff",
            "id": {"g": "grp"}, "res": {"large-update": "/l"}, "each": {"property": "topic_alias"},
            "first": [{"publish": {"packet_identifier": 9, "payload": {"hex": "00"}}}],
            "connack": {"connack": {"properties": [{"receive_maximum": 20}, {"x": 1}]}},
            "a": {"sm": {"received": 5, "counter": "9007199254740993"}},
        });
        scope.as_object().cloned().expect("an object")
    }

    fn text(text: &str) -> Value {
        expand_str(text, &scope()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn problem(text: &str) -> String {
        expand_str(text, &scope()).expect_err(text).to_string()
    }

    #[test]
    fn paths_and_types() {
        assert_eq!(text("${i}"), json!(3));
        assert_eq!(text("${yes}"), json!(true));
        assert_eq!(text("n${i}"), json!("n3"));
        assert_eq!(text("$share/${id.g}/${topic}/+"), json!("$share/grp/t/x7/+"));
        assert_eq!(text("${first.0.publish.packet_identifier}"), json!(9));
        assert_eq!(text("${first.0.publish.payload}"), json!({"hex": "00"}));
        assert_eq!(text("${res.large-update}"), json!("/l"));
        assert_eq!(text("${connack.connack.properties.receive_maximum}"), json!(20));
    }

    #[test]
    fn plain_text_stays() {
        for plain in ["", "$SYS/#", "$", "?{pid}", "?{}", "a$b{c}", "${", "$share/g"] {
            if plain != "${" {
                assert_eq!(text(plain), json!(plain));
            }
        }
        assert_eq!(text("$${i}"), json!("${i}"));
        assert_eq!(text("a$${i}b${i}"), json!("a${i}b3"));
        assert_eq!(text("${i}$${i}"), json!("3${i}"));
    }

    #[test]
    fn arithmetic() {
        assert_eq!(text("${i+1}"), json!(4));
        assert_eq!(text("${a.sm.received-1}"), json!(4));
        assert_eq!(text("${2+i*4-1}s"), json!("13s"));
        assert_eq!(text("${i - i}"), json!(0));
        assert_eq!(text("${0 - i*2}"), json!(-6));
        assert_eq!(text("${a.sm.counter+1}"), json!(9_007_199_254_740_994_i64));
    }

    #[test]
    fn values_and_keys() {
        let value = json!({"connect": {"keep_alive": "${i}", "properties": [{"${each.property}": 1}]},
            "token": {"$flip": "${tok}"}, "data": {"$flip": {"hex": "00"}}, "none": {"$flip": ""}});
        let expected = json!({"connect": {"keep_alive": 3, "properties": [{"topic_alias": 1}]},
            "token": "0afe", "data": {"hex": "01"}, "none": "00"});
        assert_eq!(expand(&value, &scope()), Ok(expected));
        let value = json!({"$flip": "xy"});
        assert!(expand(&value, &scope()).is_err());
    }

    #[test]
    fn errors_name_what_is_missing() {
        assert_eq!(problem("${nobody.x}"), "${nobody.x}: `nobody` has no value");
        assert_eq!(problem("${id.x.y}"), "${id.x.y}: `id` has no `x.y`");
        assert_eq!(problem("${topic+1}"), "${topic+1}: `topic` is not an integer");
        assert_eq!(problem("${big+1}"), "${big+1}: the result does not fit");
        assert_eq!(problem("${big*2}"), "${big*2}: the result does not fit");
        assert_eq!(problem("x${first}"), "${first}: a list or object cannot stand in a text");
        assert_eq!(problem("${i"), "${i}: `${` without `}`");
        for bad in ["${}", "${i+}", "${i i}", "${i/2}", "${a..b}", "${*}"] {
            problem(bad);
        }
        let error = expand_str("${nobody.x}", &scope()).expect_err("unbound");
        assert_eq!(error.unbound.as_deref(), Some("nobody"));
    }

    #[test]
    fn expressions_are_listed() {
        let value = json!({"${k}": ["${a.b+c}", "x$${no}", {"y": "${d}-${e-1}"}]});
        assert_eq!(expressions(&value), ["k", "a.b+c", "d", "e-1"]);
        assert_eq!(paths("a.b+2*c"), Ok(vec!["a.b", "c"]));
    }
}
