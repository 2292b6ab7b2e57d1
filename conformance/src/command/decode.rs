//! `wirecheck decode`: bytes taken apart field by field, or the place where they are wrong.

use serde_json::Value;
use wirecheck_codecs::json::from_hex;
use wirecheck_codecs::wire::Span;

use super::{Exit, Stop};
use crate::catalogue::Catalogue;
use crate::codec::{Codec, Rejection, Seen, Sender, Taken};
use crate::render::style::{BAD, DIM, ODD, STRONG, wrap};

/// How many bytes of a field are shown.
const MOST_BYTES: usize = 12;
/// How many bytes stand in a row around an error.
const ROW: usize = 16;

/// Options of `decode`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// mqtt-3.1, mqtt-3.1.1, mqtt-5.0, mqtt-sn-1.2, mqtt-sn-2.0-draft, coap, coap-tcp, coap-ws, link-format, oscore, xmpp.
    pub spec: String,
    /// Bytes as hex digits, of one packet or of several; `-` reads standard input.
    pub hex: Option<String>,
    /// Who sent them.
    #[arg(long, value_enum, default_value_t = From::Either)]
    pub from: From,
    /// The input is the bytes themselves, as a text, not hex digits.
    #[arg(long)]
    pub text: bool,
    /// One JSON object for each packet.
    #[arg(long)]
    pub json: bool,
}

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum From {
    /// A client.
    Client,
    /// A server.
    Server,
    /// Not known.
    Either,
}

/// Runs the command. The exit is [`Exit::Bad`] if the input is not one or more valid packets.
///
/// # Errors
/// An unknown SPEC, and what is no hex.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let codec = super::codec_of(&args.spec)?;
    let input = super::argument_or_input(args.hex.as_deref())?;
    let bytes = if args.text {
        input
    } else {
        let text = String::from_utf8(input);
        let text = text.map_err(|_| Stop::usage("the input is not hex digits"))?;
        from_hex(text.trim()).map_err(Stop::usage)?
    };
    if bytes.is_empty() {
        return Err(Stop::usage("there is nothing to decode"));
    }
    let from = match args.from {
        From::Client => Sender::Client,
        From::Server => Sender::Server,
        From::Either => Sender::Either,
    };
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let start = bytes.len() - rest.len();
        let (text, used) =
            if args.json { as_json(codec, rest, from) } else { as_text(codec, rest, from, start) };
        super::print(&text);
        match used {
            Some(used) => rest = rest.get(used..).unwrap_or_default(),
            None => return Ok(Exit::Bad),
        }
    }
    Ok(Exit::Good)
}

/// The envelope, and how many bytes the message took; none if it was not taken.
fn as_json(codec: &dyn Codec, bytes: &[u8], from: Sender) -> (String, Option<usize>) {
    let envelope = codec.envelope(bytes, from);
    let used = envelope.get("used").and_then(Value::as_u64).map(|used| used as usize);
    (format!("{envelope}\n"), used)
}

fn as_text(codec: &dyn Codec, bytes: &[u8], from: Sender, start: usize) -> (String, Option<usize>) {
    let mut seen = Seen::default();
    let mut text = String::new();
    match codec.fields(bytes, from, &mut seen) {
        Taken::Message { form, used } => {
            let kind = form.as_object().and_then(|form| form.keys().next().cloned());
            let kind = kind.unwrap_or_default();
            let name = codec.name(bytes);
            text.push_str(&format!(
                "{STRONG}{name}{STRONG:#}, bytes {start} to {}\n",
                start + used - 1
            ));
            text.push_str(&table(codec, &seen, bytes, form.get(&kind)));
            text.push_str(&notes(&seen));
            text.push_str(&format!("\n{form}\n\n"));
            (text, Some(used))
        }
        Taken::Incomplete { need } => {
            text.push_str(&table(codec, &as_far(codec, bytes, from, need), bytes, None));
            let s = if need == 1 { "" } else { "s" };
            let words = format!("incomplete: at least {need} more byte{s} must follow");
            text.push_str(&pointed(bytes, bytes.len(), &words));
            (text, None)
        }
        Taken::Rejected(error) => {
            text.push_str(&table(codec, &seen, bytes, None));
            text.push_str(&notes(&seen));
            text.push_str(&refused(bytes, &error));
            (text, None)
        }
    }
}

/// The fields of the bytes that are there. What is missing is taken for zeros, as far as a reader
/// would look; what those would be is not told.
fn as_far(codec: &dyn Codec, bytes: &[u8], from: Sender, need: usize) -> Seen {
    const MOST: usize = 1 << 16;
    let mut filled = bytes.to_vec();
    filled.resize(bytes.len() + need.min(MOST), 0);
    let mut seen = Seen::default();
    codec.fields(&filled, from, &mut seen);
    seen.spans.retain(|span| span.end <= bytes.len());
    seen.notes.clear();
    seen
}

/// The bytes around an error with a caret below, and the requirement that is enforced.
fn refused(bytes: &[u8], error: &Rejection) -> String {
    let Rejection { kind, text, field, at, .. } = error;
    let words = format!("{kind}: {text} ({field}, byte {at})");
    let mut text = pointed(bytes, error.at, &words);
    if let Some(id) = error.requirement {
        let known = Catalogue::embedded().get(id);
        let words = known
            .map_or(String::new(), |it| format!(" ({}, {})  {}", it.level, it.subject, it.text));
        for line in wrap(&format!("{id}{words}"), 92) {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

fn pointed(bytes: &[u8], at: usize, words: &str) -> String {
    // The row of the byte, or the last one where the byte is missing.
    let row = at.min(bytes.len().saturating_sub(1)) / ROW;
    let mut text = String::from("\n");
    for (index, chunk) in bytes.chunks(ROW).enumerate() {
        if index.abs_diff(row) > 2 {
            continue;
        }
        text.push_str(&format!("{DIM}{:>6}{DIM:#}  {}\n", index * ROW, spaced(chunk)));
        if index == row {
            let spaces = " ".repeat(8 + (at - row * ROW) * 3);
            text.push_str(&format!("{spaces}{BAD}^^ {words}{BAD:#}\n"));
        }
    }
    text
}

fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// One line for each field: its place, bytes, path and value.
fn table(codec: &dyn Codec, seen: &Seen, bytes: &[u8], form: Option<&Value>) -> String {
    let mut text = String::new();
    // What holds other fields comes first where it begins, as an outline does.
    let mut spans = seen.spans.clone();
    spans.sort_by_key(|span| {
        (span.start, std::cmp::Reverse(span.end), std::cmp::Reverse(span.bits))
    });
    let mut next = 0;
    for span in &spans {
        let (before, has_length) = match codec.is_text() {
            true => (String::new(), true),
            false => gap(bytes, next, span),
        };
        text.push_str(&before);
        next = next.max(span.end);
        let own = bytes.get(span.range()).unwrap_or_default();
        let bits = match span.bits {
            Some((high, low)) if high == low => format!(" bit {high}"),
            Some((high, low)) => format!(" bits {high}-{low}"),
            None => String::new(),
        };
        let value = match codec.is_text() {
            true => format!("{:?}", String::from_utf8_lossy(own)),
            false => value(span, own, form, has_length),
        };
        let path = format!("{span}{bits}");
        text.push_str(&row(span.start, own, &path, &value));
    }
    text
}

fn notes(seen: &Seen) -> String {
    let mut text = String::new();
    for note in &seen.notes {
        let id = note.requirement.map(|id| format!(" [{id}]")).unwrap_or_default();
        let (name, field, at) = (note.note, note.field, note.at);
        text.push_str(&format!("{ODD}note{ODD:#}    {name} ({field}, byte {at}){id}\n"));
    }
    text
}

fn row(at: usize, bytes: &[u8], path: &str, value: &str) -> String {
    let shown = match bytes.get(..MOST_BYTES) {
        Some(head) if bytes.len() > MOST_BYTES => format!("{} …", spaced(head)),
        _ => spaced(bytes),
    };
    let line = format!("{DIM}{at:>6}{DIM:#}  {shown:<38}{path:<34}{value}");
    format!("{}\n", line.trim_end())
}

/// What lies before a field without being one, its length or the identifier of a property, and
/// whether there is a length.
fn gap(bytes: &[u8], from: usize, span: &Span) -> (String, bool) {
    let Some(between @ [first, ..]) = bytes.get(from..span.start) else {
        return (String::new(), false);
    };
    let field = span.field;
    let (length, rest) = match between {
        [id @ .., high, low]
            if usize::from(u16::from_be_bytes([*high, *low])) == span.end - span.start =>
        {
            (Some(span.end - span.start), id)
        }
        _ => (None, between),
    };
    let mut text = String::new();
    if !rest.is_empty() {
        text.push_str(&row(from, rest, &format!("{field}: identifier"), &first.to_string()));
    }
    if let Some(length) = length {
        let at = span.start - 2;
        let own = bytes.get(at..span.start).unwrap_or_default();
        text.push_str(&row(at, own, &format!("{field}: length"), &length.to_string()));
    }
    (text, length.is_some())
}

/// The value by the JSON form, which names fields in the same way; else the bits or the number.
fn value(span: &Span, bytes: &[u8], form: Option<&Value>, has_length: bool) -> String {
    if let (Some((high, low)), [byte]) = (span.bits, bytes) {
        let mask = (1u16 << (high - low + 1)) - 1;
        return ((u16::from(*byte) >> low) & mask).to_string();
    }
    let path = span.to_string().replace(['.', '['], "/").replace(']', "");
    match form.and_then(|form| form.pointer(&format!("/{path}"))) {
        Some(Value::String(text)) => format!("{text:?}"),
        // Lists and what holds further fields are spelt out in the lines of their parts.
        Some(Value::Array(_)) => String::new(),
        Some(Value::Object(object)) if !object.contains_key("hex") => String::new(),
        Some(value) => value.to_string(),
        None if (has_length || bytes.len() > 2) && bytes.iter().all(u8::is_ascii_graphic) => {
            format!("{:?}", String::from_utf8_lossy(bytes))
        }
        None if bytes.len() <= 4 && !bytes.is_empty() => {
            bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)).to_string()
        }
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(hex: &str) -> String {
        let bytes = from_hex(hex).expect("hex");
        let codec = crate::codec::of("mqtt-5.0").expect("a codec");
        let (text, _) = as_text(codec, &bytes, Sender::Either, 0);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_packet_field_by_field() {
        let hex = "101a00044d5154540506003c0321000a000263310000017400026f6b";
        insta::assert_snapshot!(decoded(hex));
    }

    #[test]
    fn an_error_under_a_caret() {
        insta::assert_snapshot!(decoded("101000044d5154540503003c000003633131"));
    }

    #[test]
    fn too_few_bytes() {
        assert!(decoded("c0").contains("incomplete: at least 1 more byte must follow"));
        let cut = decoded("30080001610074");
        assert!(cut.contains("topic_name                        \"a\""), "{cut}");
        assert!(cut.contains("incomplete: at least 3 more bytes must follow"), "{cut}");
    }
}
