//! Properties of the XMPP codec.

use std::fmt::Write;

use arbitrary::Unstructured;
use rxml::{Event as Other, Parse, Parser};
use wirecheck_codecs::xmpp::generate::model;
use wirecheck_codecs::xmpp::laws::{chunks_make_the_same, element_round_trip, judged, prefixes};
use wirecheck_codecs::xmpp::{Child, Context, Element, ErrorKind, Event, Start, Tokenizer};

/// The longest input that is looked at: no property is to take more than a millisecond.
const LONGEST: usize = 2048;

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams'>";

/// Start, limits and profile of a byte.
fn context(byte: u8) -> Context {
    let mut ctx =
        Context::new([Start::Stream, Start::Element, Start::Either][usize::from(byte % 3)]);
    ctx.profile.only_stream_prefix = byte & 0x10 != 0;
    ctx.profile.only_xmpp_content = byte & 0x20 != 0;
    if byte & 0x40 != 0 {
        ctx.limits.stanza_bytes = 100;
        ctx.limits.depth = 3;
        ctx.limits.attributes = 3;
        ctx.limits.name_bytes = 16;
    }
    ctx
}

/// One byte chooses the context and one the sizes of the chunks; the rest is a stream, or an
/// element for us and for another parser.
pub fn xmpp_decode(input: &[u8]) {
    let Some((&[first, sizes], bytes)) = input.split_first_chunk::<2>() else { return };
    if bytes.len() > LONGEST {
        return;
    }
    let ctx = context(first);
    judged(bytes, &ctx);
    chunks_make_the_same(&chunks(bytes, sizes), &ctx);
    same_as_other(bytes);
}

/// A short sequence of chunks of its own for each seed; mostly small ones.
fn chunks(mut rest: &[u8], seed: u8) -> Vec<&[u8]> {
    let mut sizes = u64::from(seed) << 1 | 1;
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        sizes =
            sizes.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let most = if sizes >> 62 == 0 { 100 } else { 6 };
        let (chunk, tail) = rest.split_at(rest.len().min((sizes >> 33) as usize % most));
        chunks.push(chunk);
        rest = tail;
    }
    chunks
}

/// What came of the first element.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Element(String),
    Incomplete,
    Refused,
    /// The end of the stream, or what XMPP refuses and XML alone does not.
    Another,
}

/// rxml makes the same of the first element in a stream. It may refuse later than we do.
fn same_as_other(mut bytes: &[u8]) {
    // Half a character is nothing to us yet.
    if let Err(error) = std::str::from_utf8(bytes)
        && error.error_len().is_none()
    {
        bytes = &bytes[..error.valid_up_to()];
    }
    let (we, kind) = ours(bytes);
    if we == Verdict::Another {
        return;
    }
    let mut they = theirs(bytes);
    // rxml judges a declaration of a namespace when it comes, we when its tag is complete; and it
    // refuses `<?xml` and `<!DOCTYPE` before they are all there.
    if we == Verdict::Incomplete
        && they == Verdict::Refused
        && let Some(at) = bytes.iter().rposition(|byte| *byte == b'<')
        && (["<?xml", "<!DOCTYPE"].iter().any(|of| of.as_bytes().starts_with(&bytes[at..]))
            || bytes[at..].windows(5).any(|part| part == b"xmlns"))
    {
        they = theirs(&bytes[..at]);
    }
    let later = we == Verdict::Refused && they == Verdict::Incomplete;
    let stricter =
        they == Verdict::Refused && (has_long_reference(bytes) || has_late_character(bytes));
    assert!(
        we == they || later || stricter,
        "{kind:?} in {}: {they:?}",
        String::from_utf8_lossy(bytes)
    );
}

/// Whether there is a reference that is too long for rxml, which takes eight characters at most;
/// XML knows no such limit.
fn has_long_reference(bytes: &[u8]) -> bool {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte) || **byte > 0x7f;
    bytes.split(|byte| *byte == b'&').skip(1).any(|rest| {
        let rest = rest.strip_prefix(b"#").unwrap_or(rest);
        rest.strip_prefix(b"x").unwrap_or(rest).iter().take_while(part).count() > 8
    })
}

/// Whether there is a character that XML allows in names and rxml does not.
fn has_late_character(bytes: &[u8]) -> bool {
    let late = |c| matches!(c, '\u{fdf0}'..='\u{fffd}');
    bytes.utf8_chunks().any(|chunk| chunk.valid().contains(late))
}

/// What is behind `xmlns` in the name of the attribute at `at` behind the header, if it declares a
/// namespace.
fn declaration(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at - HEADER.len()..)?.strip_prefix(b"xmlns")?;
    rest.split(|byte| *byte == b'=' || byte.is_ascii_whitespace()).next()
}

fn ours(whole: &[u8]) -> (Verdict, Option<ErrorKind>) {
    let mut bytes = whole;
    let mut tokenizer = Tokenizer::new(Context::new(Start::Stream));
    let mut header = HEADER.as_bytes();
    if !matches!(tokenizer.feed(&mut header), Ok(Some(Event::Header(_)))) {
        unreachable!("the header is valid");
    }
    loop {
        return match tokenizer.feed(&mut bytes) {
            Ok(None) => (Verdict::Incomplete, None),
            Ok(Some(Event::Space(_))) => continue,
            Ok(Some(Event::Element(element))) => {
                let mut text = String::new();
                print(&element, &mut text);
                (Verdict::Element(text), None)
            }
            Ok(Some(Event::Header(_) | Event::End)) => (Verdict::Another, None),
            Err(error) => match error.kind {
                ErrorKind::PrefixedContent
                | ErrorKind::TextBetweenStanzas
                | ErrorKind::TooLarge
                | ErrorKind::TooDeep
                | ErrorKind::TooManyAttributes
                | ErrorKind::NameTooLong => (Verdict::Another, None),
                // rxml takes a namespace that is declared twice.
                ErrorKind::DuplicateAttribute if declaration(whole, error.at).is_some() => {
                    (Verdict::Another, None)
                }
                // rxml takes any prefix for the namespace of xmlns.
                ErrorKind::ReservedNamespace
                    if declaration(whole, error.at)
                        .is_some_and(|prefix| !matches!(prefix, b":xml" | b":xmlns")) =>
                {
                    (Verdict::Another, None)
                }
                kind => (Verdict::Refused, Some(kind)),
            },
        };
    }
}

/// Names with their namespaces, attributes sorted, text quoted.
fn print(element: &Element<'_>, out: &mut String) {
    let mut attributes: Vec<_> =
        element.attributes().map(|of| (of.namespace, of.name, of.value)).collect();
    attributes.sort_unstable();
    start(out, element.namespace(), element.name(), &attributes);
    for child in element.children() {
        match child {
            Child::Element(child) => print(&child, out),
            Child::Text(text) => write_text(out, text),
        }
    }
    out.push(')');
}

fn start(out: &mut String, namespace: &str, name: &str, attributes: &[(&str, &str, &str)]) {
    let _ = write!(out, "({{{namespace}}}{name} {attributes:?}");
}

fn write_text(out: &mut String, text: &str) {
    let _ = write!(out, " {text:?}");
}

fn theirs(bytes: &[u8]) -> Verdict {
    let mut parser = Parser::new();
    let mut out = String::new();
    let mut text = String::new();
    let mut depth = 0;
    let mut whole = [HEADER.as_bytes(), bytes].concat();
    // rxml refuses a carriage return alone in a value; for XML it is a line feed like others.
    for at in 0..whole.len() {
        if whole[at] == b'\r' && whole.get(at + 1) != Some(&b'\n') {
            whole[at] = b'\n';
        }
    }
    let mut rest = whole.as_slice();
    loop {
        match parser.parse(&mut rest, false) {
            Err(rxml::error::EndOrError::NeedMoreData) => return Verdict::Incomplete,
            Ok(None) | Err(_) => return Verdict::Refused,
            Ok(Some(Other::XmlDeclaration(..))) => {}
            Ok(Some(Other::Text(_, piece))) => {
                if depth > 1 {
                    text.push_str(&piece);
                }
                continue;
            }
            Ok(Some(Other::StartElement(_, (namespace, name), attributes))) => {
                flush(&mut out, &mut text);
                depth += 1;
                if depth > 1 {
                    let mut sorted: Vec<_> = attributes
                        .iter()
                        .map(|((namespace, name), value)| {
                            (namespace.as_str(), name.as_str(), value.as_str())
                        })
                        .collect();
                    sorted.sort_unstable();
                    start(&mut out, &namespace, &name, &sorted);
                }
            }
            Ok(Some(Other::EndElement(_))) => {
                flush(&mut out, &mut text);
                out.push(')');
                depth -= 1;
                match depth {
                    0 => return Verdict::Another,
                    1 => return Verdict::Element(out),
                    _ => {}
                }
            }
        }
    }
}

fn flush(out: &mut String, text: &mut String) {
    if !text.is_empty() {
        write_text(out, text);
        text.clear();
    }
}

/// The input feeds the generator of elements; what is written is read as what it is to be.
pub fn xmpp_round_trip(input: &[u8]) {
    let mut u = Unstructured::new(input);
    let Ok(model) = model(&mut u) else { return };
    let Ok(text) = model.write(&mut u) else { return };
    if text.len() > 4 * LONGEST {
        return;
    }
    let ctx = Context::new(Start::Element);
    let mut tokenizer = Tokenizer::new(ctx);
    let mut rest = text.as_bytes();
    match tokenizer.feed(&mut rest) {
        Ok(Some(Event::Element(element))) => {
            assert!(rest.is_empty(), "bytes are left of {text}");
            assert!(model.is(&element), "{element} is not {model:?}");
            element_round_trip(&element);
        }
        other => panic!("{other:?} from {text}"),
    }
    if text.len() < 200 {
        prefixes(text.as_bytes(), &ctx);
    }
    let seed = input.first().copied().unwrap_or(0);
    chunks_make_the_same(&chunks(text.as_bytes(), seed), &ctx);
}

/// An input for [`xmpp_decode`] that holds a generated element.
pub fn generated_element(seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) << 1 | 1;
    let random: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(0x9e37_79b9_7f4a_7c15);
        (state >> 56) as u8
    })
    .take(400)
    .collect();
    let mut u = Unstructured::new(&random[2..]);
    let mut input = vec![random[0] | 1, random[1]];
    if let Ok(text) = model(&mut u).and_then(|model| model.write(&mut u)) {
        input.extend(text.bytes());
    }
    input
}
