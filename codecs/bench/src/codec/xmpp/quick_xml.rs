use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, Reader, XmlVersion};

use super::Pieces;
use crate::codec::{Codec, Encoder, unexpected};
use crate::fold::Fold;
use crate::input::Traffic;

/// Where readers begin, once there is a stream for them.
#[derive(Default)]
struct Stream(OnceCell<&'static [u8]>);

impl Stream {
    /// The stream, which lives as long as the program, which is short.
    fn keep(&self, stream: &[u8]) -> &'static [u8] {
        self.0.get_or_init(|| stream.to_vec().leak())
    }
}

/// The text that a reference stands for.
#[inline]
fn referred<'r>(reference: &BytesRef<'_>, buffer: &'r mut [u8; 4]) -> Option<&'r str> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => Some(c.encode_utf8(buffer)),
        Ok(None) => resolve_xml_entity(reference),
        Err(_) => None,
    }
}

/// One of the two readers.
trait Read<'b> {
    /// What comes next.
    fn next(&mut self) -> quick_xml::Result<Event<'b>>;

    /// Adds a tag as the reader knows it; `None` if it is refused.
    fn add(&self, fold: &mut Fold, tag: &BytesStart<'_>) -> Option<()>;
}

impl<'b> Read<'b> for Reader<&'b [u8]> {
    #[inline]
    fn next(&mut self) -> quick_xml::Result<Event<'b>> {
        self.read_event()
    }

    #[inline]
    fn add(&self, fold: &mut Fold, tag: &BytesStart<'_>) -> Option<()> {
        fold.bytes(tag.local_name().into_inner());
        add_attributes(fold, tag)
    }
}

impl<'b> Read<'b> for NsReader<&'b [u8]> {
    #[inline]
    fn next(&mut self) -> quick_xml::Result<Event<'b>> {
        self.read_event()
    }

    #[inline]
    fn add(&self, fold: &mut Fold, tag: &BytesStart<'_>) -> Option<()> {
        add_resolved(fold, tag, self)
    }
}

/// Whether all is read, and is whole elements.
fn takes<'b>(mut reader: impl Read<'b>) -> bool {
    let mut fold = Fold::default();
    let (mut depth, mut elements) = (0, 0);
    loop {
        let taken = match reader.next() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                elements += 1;
                reader.add(&mut fold, &tag)
            }
            Ok(Event::Empty(tag)) => {
                elements += 1;
                reader.add(&mut fold, &tag)
            }
            Ok(Event::End(_)) => {
                depth -= 1;
                Some(())
            }
            Ok(Event::GeneralRef(reference)) => referred(&reference, &mut [0; 4]).map(|_| ()),
            Ok(Event::Eof) => return depth == 0 && elements > 0,
            Ok(_) => Some(()),
            Err(_) => None,
        };
        if taken.is_none() {
            return false;
        }
    }
}

/// Reads one element.
#[inline]
fn decode<'b>(reader: Option<&mut impl Read<'b>>) -> u64 {
    let Some(reader) = reader else { unexpected() };
    let (mut fold, mut text, mut depth) = (Fold::default(), Pieces::default(), 0);
    loop {
        match reader.next() {
            Ok(Event::Start(tag)) => {
                text.end(&mut fold);
                depth += 1;
                reader.add(&mut fold, &tag).unwrap_or_else(|| unexpected());
            }
            Ok(Event::Empty(tag)) => {
                text.end(&mut fold);
                reader.add(&mut fold, &tag).unwrap_or_else(|| unexpected());
                if depth == 0 {
                    return fold.0;
                }
            }
            Ok(Event::End(_)) => {
                text.end(&mut fold);
                depth -= 1;
                if depth == 0 {
                    return fold.0;
                }
            }
            Ok(event) => add_text(&mut text, &event),
            Err(_) => unexpected(),
        }
    }
}

/// The reader alone: it knows nothing of namespaces.
#[derive(Default)]
pub struct QuickXml {
    stream: Stream,
    reader: RefCell<Option<Reader<&'static [u8]>>>,
}

impl Codec for QuickXml {
    fn name(&self) -> &'static str {
        "quick-xml 0.42.0, Reader"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Xmpp
    }

    fn reads_all(&self) -> bool {
        false
    }

    fn fill(&self, stream: &[u8]) {
        let mut reader = Reader::from_reader(self.stream.keep(stream));
        while !matches!(reader.read_event(), Ok(Event::Start(_))) {}
        *self.reader.borrow_mut() = Some(reader);
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        takes(Reader::from_reader(bytes))
    }

    fn encoder<'a>(&self, _: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        None
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        decode(self.reader.borrow_mut().as_mut())
    }
}

/// Adds the attributes; `None` if they are refused.
#[inline]
fn add_attributes(fold: &mut Fold, tag: &BytesStart<'_>) -> Option<()> {
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        if attribute.key.as_namespace_binding().is_none() {
            fold.bytes(attribute.key.local_name().into_inner());
            fold.bytes(&*value);
        }
    }
    Some(())
}

#[inline]
fn add_text(text: &mut Pieces, event: &Event<'_>) {
    match event {
        Event::Text(piece) => text.add(&piece.xml10_content()),
        Event::CData(piece) => text.add(&piece.xml10_content()),
        Event::GeneralRef(reference) => {
            text.add(referred(reference, &mut [0; 4]).unwrap_or_else(|| unexpected()));
        }
        _ => unexpected(),
    }
}

/// The reader that resolves namespaces.
#[derive(Default)]
pub struct QuickXmlNamespaces {
    stream: Stream,
    reader: RefCell<Option<NsReader<&'static [u8]>>>,
}

impl Codec for QuickXmlNamespaces {
    fn name(&self) -> &'static str {
        "quick-xml 0.42.0, NsReader"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Xmpp
    }

    fn fill(&self, stream: &[u8]) {
        let mut reader = NsReader::from_reader(self.stream.keep(stream));
        while !matches!(reader.read_event(), Ok(Event::Start(_))) {}
        *self.reader.borrow_mut() = Some(reader);
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        takes(NsReader::from_reader(bytes))
    }

    fn encoder<'a>(&self, _: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        None
    }

    #[inline]
    fn decode(&self, _: &[u8]) -> u64 {
        decode(self.reader.borrow_mut().as_mut())
    }
}

/// Adds a name and its attributes with their namespaces; `None` if they are refused.
#[inline]
fn add_resolved(fold: &mut Fold, tag: &BytesStart<'_>, reader: &NsReader<&[u8]>) -> Option<()> {
    let (namespace, name) = reader.resolver().resolve_element(tag.name());
    add_namespace(fold, namespace)?;
    fold.bytes(name.into_inner());
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let value: Cow<'_, str> = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        if attribute.key.as_namespace_binding().is_none() {
            let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
            add_namespace(fold, namespace)?;
            fold.bytes(name.into_inner());
            fold.bytes(&*value);
        }
    }
    Some(())
}

#[inline]
fn add_namespace(fold: &mut Fold, namespace: ResolveResult<'_>) -> Option<()> {
    match namespace {
        ResolveResult::Bound(namespace) => fold.bytes(namespace.into_inner()),
        ResolveResult::Unbound => {}
        ResolveResult::Unknown(_) => return None,
    }
    Some(())
}
