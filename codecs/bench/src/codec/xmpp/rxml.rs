use std::cell::RefCell;

use rxml::{Event, Parse, Parser};

use super::Pieces;
use crate::codec::{Codec, Encoder, unexpected};
use crate::fold::Fold;
use crate::input::{HEADER, Traffic};

#[derive(Default)]
pub struct Rxml(RefCell<Parser>);

impl Codec for Rxml {
    fn name(&self) -> &'static str {
        "rxml 0.14.0"
    }

    fn traffic(&self) -> Traffic {
        Traffic::Xmpp
    }

    fn fill(&self, _: &[u8]) {
        let mut parser = self.0.borrow_mut();
        *parser = Parser::new();
        let mut header = HEADER.as_bytes();
        while !matches!(parser.parse(&mut header, false), Ok(Some(Event::StartElement(..)))) {
            if header.is_empty() {
                unexpected();
            }
        }
    }

    fn takes(&self, mut bytes: &[u8]) -> bool {
        let mut parser = Parser::new();
        loop {
            match parser.parse(&mut bytes, true) {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    fn encoder<'a>(&self, _: &'a [Vec<u8>]) -> Option<Box<dyn Encoder + 'a>> {
        None
    }

    #[inline]
    fn decode(&self, mut packet: &[u8]) -> u64 {
        let mut parser = self.0.borrow_mut();
        let (mut fold, mut text, mut depth) = (Fold::default(), Pieces::default(), 0);
        loop {
            match parser.parse(&mut packet, false) {
                Ok(Some(Event::StartElement(_, (namespace, name), attributes))) => {
                    text.end(&mut fold);
                    depth += 1;
                    fold.bytes(&*namespace);
                    fold.bytes(name.as_str());
                    for ((namespace, name), value) in &attributes {
                        fold.bytes(&**namespace);
                        fold.bytes(name.as_str());
                        fold.bytes(value);
                    }
                }
                Ok(Some(Event::EndElement(_))) => {
                    text.end(&mut fold);
                    depth -= 1;
                    if depth == 0 {
                        return fold.0;
                    }
                }
                Ok(Some(Event::Text(_, piece))) => text.add(&piece),
                _ => unexpected(),
            }
        }
    }
}
