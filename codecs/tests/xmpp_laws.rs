//! Laws of the XMPP codec on generated elements and on every change of one byte.
#![allow(clippy::unwrap_used, missing_docs)]

use arbitrary::Unstructured;
use proptest::prelude::{ProptestConfig, any, proptest};
use wirecheck_codecs::xmpp::generate::model;
use wirecheck_codecs::xmpp::laws::{chunks_make_the_same, element_round_trip, judged, prefixes};
use wirecheck_codecs::xmpp::{Context, Document, ErrorKind, Event, Limits, Start, Tokenizer};

const STREAM: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<stream:stream to='a.example' \
    version='1.0' xml:lang='en' xmlns='jabber:client' xmlns:d='jabber:server:dialback' \
    xmlns:stream=\"http://etherx.jabber.org/streams\"> <stream:features><bind \
    xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>\r\n<message to='b' d:x='&#13;'>\
    <body>a&lt;\u{e9}\u{2603}\u{1f600}]]<![CDATA[&]]></body></message><iq/></stream:stream>\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn elements_are_read_as_they_are_written(bytes: Vec<u8>, cut in any::<proptest::sample::Index>()) {
        let mut u = Unstructured::new(&bytes);
        let written = model(&mut u).and_then(|model| Ok((model.write(&mut u)?, model)));
        let Ok((text, model)) = written else { return Ok(()) };
        let document = Document::parse(&text).unwrap();
        assert!(model.is(&document.element()), "{text}");
        element_round_trip(&document.element());
        let ctx = Context::new(Start::Element);
        if text.len() < 400 {
            prefixes(text.as_bytes(), &ctx);
        }
        let (head, tail) = text.as_bytes().split_at(cut.index(text.len()));
        chunks_make_the_same(&[head, tail], &ctx);
    }

    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>) {
        judged(&bytes, &Context::default());
    }
}

#[test]
fn every_cut_and_every_byte_alone_make_the_same() {
    let ctx = Context::new(Start::Stream);
    for at in 0..=STREAM.len() {
        let (head, tail) = STREAM.as_bytes().split_at(at);
        chunks_make_the_same(&[head, tail], &ctx);
    }
    let single: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
    chunks_make_the_same(&single, &ctx);
    let mut tokenizer = Tokenizer::new(ctx);
    let mut rest = STREAM.as_bytes();
    let mut seen = String::new();
    while let Some(event) = tokenizer.feed(&mut rest).unwrap() {
        seen.push(match event {
            Event::Header(_) => 'h',
            Event::Element(_) => 'e',
            Event::End => 'x',
            Event::Space(_) => ' ',
        });
    }
    assert_eq!(seen, "h e eex ");
}

#[test]
fn every_change_of_one_byte_is_judged_alike_in_pieces() {
    let ctx = Context::new(Start::Stream);
    let mut bytes = STREAM.as_bytes().to_vec();
    for at in 0..bytes.len() {
        let before = bytes[at];
        for byte in [b'<', b'>', b'&', b'\'', b':', b' ', b'\r', b']', 0, 0x80, 0xc3, 0xff, b'!'] {
            bytes[at] = byte;
            let pieces: Vec<&[u8]> = bytes.chunks(1 + at % 7).collect();
            chunks_make_the_same(&pieces, &ctx);
            judged(&bytes, &ctx);
        }
        bytes[at] = before;
    }
}

#[test]
fn no_limit_makes_elements_deeper_than_a_stack_bears() {
    let mut ctx = Context::new(Start::Element);
    ctx.limits.depth = usize::MAX;
    let text = "<a>".repeat(Limits::DEEPEST) + &"</a>".repeat(Limits::DEEPEST);
    let mut tokenizer = Tokenizer::new(ctx);
    let mut rest = text.as_bytes();
    let Ok(Some(Event::Element(element))) = tokenizer.feed(&mut rest) else { panic!("refused") };
    element_round_trip(&element);
    let deeper = "<a>".repeat(Limits::DEEPEST + 1);
    let error = Tokenizer::new(ctx).feed(&mut deeper.as_bytes()).map(|_| ()).unwrap_err();
    assert_eq!((error.kind, error.at), (ErrorKind::TooDeep, 3 * Limits::DEEPEST));
}
