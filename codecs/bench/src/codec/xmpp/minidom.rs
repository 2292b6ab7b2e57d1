use minidom::{Element, Node};

use super::Pieces;
use crate::codec::encoding::{Encoder, Encoding, SPACE, Slice};
use crate::codec::{Codec, unexpected};
use crate::fold::Fold;
use crate::input::Traffic;

/// It builds a tree of each element, with rxml.
pub struct Minidom;

fn read(packet: &[u8]) -> Element {
    let content = String::from("jabber:client");
    Element::from_reader_with_prefixes(packet, content).unwrap_or_else(|_| unexpected())
}

impl Codec for Minidom {
    fn name(&self) -> &'static str {
        "minidom 0.19.0"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Xmpp
    }

    fn takes(&self, bytes: &[u8]) -> bool {
        Element::from_reader(bytes).is_ok()
    }

    fn encoder<'a>(&self, packets: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        let write = |element: &Element, buffer: &mut Slice| {
            buffer.append(|mut free| {
                let before = free.len();
                if element.write_to(&mut free).is_err() {
                    unexpected();
                }
                before - free.len()
            });
        };
        let packets = packets.iter().map(|packet| read(packet)).collect();
        Some(Box::new(Encoding { packets, buffer: Slice::new(SPACE), write }))
    }

    #[inline]
    fn decode(&self, packet: &[u8]) -> u64 {
        let mut fold = Fold::default();
        add(&mut fold, &read(packet));
        fold.0
    }
}

fn add(fold: &mut Fold, element: &Element) {
    fold.bytes(element.ns());
    fold.bytes(element.name());
    for ((namespace, name), value) in element.attrs() {
        fold.bytes(&**namespace);
        fold.bytes(name.as_str());
        fold.bytes(value);
    }
    let mut text = Pieces::default();
    for node in element.nodes() {
        match node {
            Node::Element(child) => {
                text.end(fold);
                add(fold, child);
            }
            Node::Text(piece) => text.add(piece),
        }
    }
    text.end(fold);
}
