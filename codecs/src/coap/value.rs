//! What the values of single options say.

use super::{CoapOption, Code, OptionNumber};

/// The value of Observe in a request (RFC 7641, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Observation {
    /// 0: adds the client to the observers.
    Register,
    /// 1: takes it off.
    Deregister,
}

/// The value of No-Response: the classes of responses that a client does not want (RFC 7967, 2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NoResponse(pub u8);

impl NoResponse {
    /// Every bit that stands for a class with response codes: 2, 4 and 5.
    pub const DEFINED: u8 = 26;

    /// Whether a response with this Code is not wanted.
    #[inline]
    pub const fn suppresses(self, code: Code) -> bool {
        match code.class() {
            // RFC7967-2.1-p1
            class @ 2..=5 => self.0 >> class.wrapping_sub(1) & 1 != 0,
            _ => false,
        }
    }

    /// Whether a bit is set that stands for no class of responses.
    #[inline]
    pub const fn has_undefined_bits(self) -> bool {
        self.0 & !Self::DEFINED != 0
    }
}

/// Whether a notification with the Observe value `new` was sent after one with the value `old`,
/// where at most 128 seconds lie between their arrivals; after more, it was (RFC 7641, 3.4). Values
/// have 24 bits.
#[inline]
pub const fn is_newer(old: u32, new: u32) -> bool {
    const HALF: u32 = 1 << 23;
    old < new && new.wrapping_sub(old) < HALF || old > new && old.wrapping_sub(new) > HALF
}

impl CoapOption<'_> {
    /// What Observe asks for in a request; `None` for another value, which means as much as no
    /// option, and for another option.
    pub fn observation(&self) -> Option<Observation> {
        match (self.number, self.uint()?) {
            (OptionNumber::OBSERVE, 0) => Some(Observation::Register),
            (OptionNumber::OBSERVE, 1) => Some(Observation::Deregister),
            _ => None,
        }
    }

    /// The value as that of No-Response; `None` above one byte.
    pub fn no_response(&self) -> Option<NoResponse> {
        match *self.value {
            [] => Some(NoResponse(0)),
            [bits] => Some(NoResponse(bits)),
            _ => None,
        }
    }

    /// How many more proxies may forward the request; `None` unless it is 1 to 255 in one byte,
    /// as it has to be (RFC8768-3-2).
    pub fn hop_limit(&self) -> Option<u8> {
        match *self.value {
            [limit] if limit != 0 => Some(limit),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_response_names_classes() {
        let not_wanted = |bits: u8| {
            [Code::CONTENT, Code::NOT_FOUND, Code::BAD_GATEWAY].map(|code| {
                let value = [bits];
                let option = CoapOption::new(OptionNumber::NO_RESPONSE, &value);
                option.no_response().unwrap().suppresses(code)
            })
        };
        assert_eq!(not_wanted(0), [false; 3]);
        assert_eq!(not_wanted(2), [true, false, false]);
        assert_eq!(not_wanted(8), [false, true, false]);
        assert_eq!(not_wanted(16), [false, false, true]);
        assert_eq!(not_wanted(26), [true; 3]);
        assert_eq!(not_wanted(!26), [false; 3]);
        assert!(!NoResponse(26).has_undefined_bits() && NoResponse(4).has_undefined_bits());
        assert!(!NoResponse(0xFF).suppresses(Code::GET));
        let long = CoapOption::new(OptionNumber::NO_RESPONSE, &[0, 2]);
        assert_eq!(long.no_response(), None);
    }

    #[test]
    fn the_order_of_notifications_wraps() {
        const TOP: u32 = 0xFF_FFFF;
        assert!(is_newer(1, 2) && !is_newer(2, 1) && !is_newer(7, 7));
        assert!(is_newer(TOP, 0) && !is_newer(0, TOP));
        assert!(is_newer(0, (1 << 23) - 1) && !is_newer((1 << 23) - 1, 0));
        // Half the circle apart, neither is newer.
        assert!(!is_newer(0, 1 << 23) && !is_newer(1 << 23, 0));
    }

    #[test]
    fn values_out_of_range_say_nothing() {
        let option = |number, value| CoapOption::new(number, value);
        let observe = |value| option(OptionNumber::OBSERVE, value).observation();
        assert_eq!(observe(&[]), Some(Observation::Register));
        assert_eq!(observe(&[0, 1]), Some(Observation::Deregister));
        assert_eq!((observe(&[2]), observe(&[0; 5])), (None, None));
        assert_eq!(option(OptionNumber::ACCEPT, &[]).observation(), None);
        let limit = |value| option(OptionNumber::HOP_LIMIT, value).hop_limit();
        assert_eq!(
            (limit(&[255]), limit(&[0]), limit(&[]), limit(&[1, 0])),
            (Some(255), None, None, None)
        );
    }
}
