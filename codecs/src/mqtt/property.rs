//! Properties (2.2.2): which there are, where each may stand, by whom it may be sent, whether it
//! repeats and which values it takes. MQTT 5.0 only.

use super::framing::{put_varint, varint};
use super::list::{Count, Item, List, Sink, next_text};
use super::raw_property::{RawProperty, RawValue, next_number, next_prefixed, next_varint};
use super::text::{fault_in, skip_text, skip_topic_name};
use super::{DecodeError, EncodeError, ErrorKind, PacketType, Party};
use crate::wire::{Reader, Visit};

/// Properties in wire order.
pub type Properties<'a> = List<'a, Property<'a>>;

/// Where properties stand: the packet type's number, or [`WILL`].
pub(super) type Place = u8;
/// The properties of the Will in CONNECT.
pub(super) const WILL: Place = 0;

const fn places(places: &[Place]) -> u16 {
    let mut mask = 0;
    let mut rest = places;
    while let [place, tail @ ..] = rest {
        mask |= 1 << *place;
        rest = tail;
    }
    mask
}

const CONNECT: Place = PacketType::CONNECT.0;
const CONNACK: Place = PacketType::CONNACK.0;
const PUBLISH: Place = PacketType::PUBLISH.0;
const SUBSCRIBE: Place = PacketType::SUBSCRIBE.0;
const DISCONNECT: Place = PacketType::DISCONNECT.0;
const AUTH: Place = PacketType::AUTH.0;
const REASON_STRING: &[Place] = &[CONNACK, 4, 5, 6, 7, 9, 11, DISCONNECT, AUTH];
const EVERYWHERE: &[Place] = &[WILL, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15];

const UNKNOWN: &str = "properties";

macro_rules! value_type {
    (byte) => { u8 };
    (two) => { u16 };
    (four) => { u32 };
    (varint) => { u32 };
    (text) => { &'a str };
    (topic) => { &'a str };
    (binary) => { &'a [u8] };
    (pair) => { (&'a str, &'a str) };
}

macro_rules! next {
    (byte, $rest:ident) => {{
        let [value] = next_number($rest)?;
        value
    }};
    (two, $rest:ident) => {
        u16::from_be_bytes(next_number($rest)?)
    };
    (four, $rest:ident) => {
        u32::from_be_bytes(next_number($rest)?)
    };
    (varint, $rest:ident) => {
        next_varint($rest)?
    };
    (text, $rest:ident) => {
        next_text($rest)?
    };
    (topic, $rest:ident) => {
        next_text($rest)?
    };
    (binary, $rest:ident) => {
        next_prefixed($rest)?
    };
    (pair, $rest:ident) => {
        (next_text($rest)?, next_text($rest)?)
    };
}

macro_rules! raw {
    (byte, $value:ident) => {
        RawValue::Number($value.into())
    };
    (two, $value:ident) => {
        RawValue::Number($value.into())
    };
    (four, $value:ident) => {
        RawValue::Number($value)
    };
    (varint, $value:ident) => {
        RawValue::Number($value)
    };
    (text, $value:ident) => {
        RawValue::Bytes($value.as_bytes())
    };
    (topic, $value:ident) => {
        RawValue::Bytes($value.as_bytes())
    };
    (binary, $value:ident) => {
        RawValue::Bytes($value)
    };
    (pair, $value:ident) => {
        RawValue::Pair($value.0.as_bytes(), $value.1.as_bytes())
    };
}

macro_rules! properties {
    ($($id:literal $variant:ident $type:ident $name:literal $places:expr, $range:expr;)*) => {
        /// One property (Table 2-4), named as the specification names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Property<'a> {
            $(#[doc = concat!("Identifier ", $id, ", `", $name, "`.")] $variant(value_type!($type)),)*
        }

        impl<'a> Property<'a> {
            /// Every identifier with the name of its property, in numerical order.
            pub const NAMES: &'static [(u8, &'static str)] = &[$(($id, $name)),*];

            /// The identifier.
            pub const fn identifier(&self) -> u8 {
                match self { $(Self::$variant(_) => $id,)* }
            }

            /// The name in JSON forms.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Takes a value off the front of checked bytes.
            #[inline]
            fn next_value(identifier: u32, rest: &mut &'a [u8]) -> Option<Self> {
                Some(match identifier {
                    $($id => Self::$variant(next!($type, rest)),)*
                    _ => return None,
                })
            }

            /// The same property with its strings as bytes.
            #[inline]
            pub fn raw(&self) -> RawProperty<'a> {
                let value = match *self { $(Self::$variant(value) => raw!($type, value),)* };
                RawProperty { identifier: self.identifier(), value }
            }
        }

        /// The properties by their identifiers.
        static RULES: [Option<Rule>; 64] = {
            let mut rules = [const { None }; 64];
            $(
                #[allow(clippy::indexing_slicing, reason = "checked when it is compiled")]
                {
                    rules[$id] = Some(Rule {
                        name: $name,
                        places: places($places),
                        form: form!($type),
                        least: $range.0,
                        most: $range.1,
                    });
                }
            )*
            rules
        };
    };
}

macro_rules! form {
    (byte) => {
        Form::Byte
    };
    (two) => {
        Form::Two
    };
    (four) => {
        Form::Four
    };
    (varint) => {
        Form::Varint
    };
    (text) => {
        Form::Text
    };
    (topic) => {
        Form::Topic
    };
    (binary) => {
        Form::Binary
    };
    (pair) => {
        Form::Pair
    };
}

/// What a value looks like on the wire.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Byte,
    Two,
    Four,
    Varint,
    Text,
    Topic,
    Binary,
    Pair,
}

/// What holds for one property.
pub(super) struct Rule {
    name: &'static str,
    /// A bit for each place.
    places: u16,
    pub(super) form: Form,
    /// The range of a number.
    least: u32,
    most: u32,
}

impl Rule {
    #[inline]
    fn in_range(&self, value: u32) -> bool {
        value >= self.least && value <= self.most
    }

    /// Refuses a value that may not be written.
    #[inline]
    fn check(&self, value: &RawValue<'_>) -> Result<(), EncodeError> {
        let topic = matches!(self.form, Form::Topic);
        let long = |bytes: &[u8]| (bytes.len() > 65_535).then_some(ErrorKind::TooLarge);
        let in_text = |bytes: &[u8]| fault_in(bytes, topic).or_else(|| long(bytes));
        let fault = match *value {
            RawValue::Number(value) if self.in_range(value) => None,
            RawValue::Number(_) => Some(ErrorKind::InvalidValue),
            RawValue::Bytes(bytes) if matches!(self.form, Form::Binary) => long(bytes),
            RawValue::Bytes(bytes) => in_text(bytes),
            RawValue::Pair(name, value) => in_text(name).or_else(|| in_text(value)),
        };
        match fault {
            None => Ok(()),
            Some(kind) => Err(EncodeError::Invalid { kind, field: self.name }),
        }
    }

    /// Passes over a value and checks it.
    #[inline]
    fn skip<V: Visit>(&self, r: &mut Reader<'_, '_, V>) -> Result<(), DecodeError> {
        let (at, name) = (r.at(), self.name);
        let number = match self.form {
            Form::Byte => r.u8(name)?.into(),
            Form::Two => r.u16(name)?.into(),
            Form::Four => r.u32(name)?,
            Form::Varint => varint(r, name)?,
            Form::Text => return skip_text(r, name),
            Form::Topic => return skip_topic_name(r, name),
            Form::Binary => return Ok(r.prefixed(name).map(|_| ())?),
            Form::Pair => {
                skip_text(r, name)?;
                return skip_text(r, name);
            }
        };
        if self.in_range(number) {
            Ok(())
        } else {
            Err(DecodeError::new(ErrorKind::InvalidValue, at, name))
        }
    }
}

/// The rule for the property with this identifier.
#[inline]
pub(super) fn rule(identifier: u32) -> Option<&'static Rule> {
    RULES.get(identifier as usize)?.as_ref()
}

const ANY: (u32, u32) = (0, u32::MAX);
const FLAG: (u32, u32) = (0, 1);
const NOT_ZERO: (u32, u32) = (1, u32::MAX);

properties! {
    1 PayloadFormatIndicator byte "payload_format_indicator" &[PUBLISH, WILL], FLAG;
    2 MessageExpiryInterval four "message_expiry_interval" &[PUBLISH, WILL], ANY;
    3 ContentType text "content_type" &[PUBLISH, WILL], ANY;
    8 ResponseTopic topic "response_topic" &[PUBLISH, WILL], ANY;
    9 CorrelationData binary "correlation_data" &[PUBLISH, WILL], ANY;
    11 SubscriptionIdentifier varint "subscription_identifier" &[PUBLISH, SUBSCRIBE],
        (1, 268_435_455);
    17 SessionExpiryInterval four "session_expiry_interval" &[CONNECT, CONNACK, DISCONNECT], ANY;
    18 AssignedClientIdentifier text "assigned_client_identifier" &[CONNACK], ANY;
    19 ServerKeepAlive two "server_keep_alive" &[CONNACK], ANY;
    21 AuthenticationMethod text "authentication_method" &[CONNECT, CONNACK, AUTH], ANY;
    22 AuthenticationData binary "authentication_data" &[CONNECT, CONNACK, AUTH], ANY;
    23 RequestProblemInformation byte "request_problem_information" &[CONNECT], FLAG;
    24 WillDelayInterval four "will_delay_interval" &[WILL], ANY;
    25 RequestResponseInformation byte "request_response_information" &[CONNECT], FLAG;
    26 ResponseInformation text "response_information" &[CONNACK], ANY;
    28 ServerReference text "server_reference" &[CONNACK, DISCONNECT], ANY;
    31 ReasonString text "reason_string" REASON_STRING, ANY;
    33 ReceiveMaximum two "receive_maximum" &[CONNECT, CONNACK], NOT_ZERO;
    34 TopicAliasMaximum two "topic_alias_maximum" &[CONNECT, CONNACK], ANY;
    35 TopicAlias two "topic_alias" &[PUBLISH], NOT_ZERO;
    36 MaximumQoS byte "maximum_qos" &[CONNACK], FLAG;
    37 RetainAvailable byte "retain_available" &[CONNACK], FLAG;
    38 UserProperty pair "user_property" EVERYWHERE, ANY;
    39 MaximumPacketSize four "maximum_packet_size" &[CONNECT, CONNACK], NOT_ZERO;
    40 WildcardSubscriptionAvailable byte "wildcard_subscription_available" &[CONNACK], FLAG;
    41 SubscriptionIdentifierAvailable byte "subscription_identifier_available" &[CONNACK], FLAG;
    42 SharedSubscriptionAvailable byte "shared_subscription_available" &[CONNACK], FLAG;
}

#[cfg(feature = "arbitrary")]
impl Property<'_> {
    /// Whether the property with this identifier may stand in the packet type `place`, or with 0
    /// in the Will.
    pub(super) fn may_stand(identifier: u8, place: Place) -> bool {
        rule(identifier.into()).is_some_and(|rule| rule.places & (1 << place) != 0)
    }
}

/// Which properties a packet has had so far; most may stand once.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    /// Refuses a property that may not stand at `place`, or not from this party, or not again.
    #[inline]
    fn admit(
        &mut self,
        identifier: u32,
        place: Place,
        from: Party,
    ) -> Result<&'static Rule, ErrorKind> {
        let Some(rule) = rule(identifier) else { return Err(ErrorKind::UnknownProperty) };
        if rule.places & (1 << place) == 0 {
            return Err(ErrorKind::MisplacedProperty);
        }
        let repeats = match (identifier, place) {
            (38, _) => return Ok(rule),
            // MQTT5-3.3.4-6: a Client's PUBLISH has none; a Server's may have several.
            (11, PUBLISH) if from == Party::Client => return Err(ErrorKind::MisplacedProperty),
            (11, PUBLISH) => true,
            // MQTT5-3.14.2-2
            (17, DISCONNECT) if from == Party::Server => return Err(ErrorKind::MisplacedProperty),
            _ => false,
        };
        let bit = 1u64 << (identifier & 63);
        if self.0 & bit != 0 && !repeats {
            return Err(ErrorKind::DuplicateProperty);
        }
        self.0 |= bit;
        Ok(rule)
    }

    fn has(&self, identifier: u8) -> bool {
        self.0 & (1u64 << (identifier & 63)) != 0
    }

    /// Authentication Data need a Method in CONNECT, and AUTH needs a Method (3.1.2.11.10,
    /// 3.15.2.2.2).
    #[inline]
    fn complete(&self, place: Place) -> Result<(), ErrorKind> {
        let lacks = match place {
            CONNECT => self.has(22) && !self.has(21),
            AUTH => !self.has(21),
            _ => false,
        };
        if lacks { Err(ErrorKind::MissingProperty) } else { Ok(()) }
    }
}

/// Reads and checks the Property Length and all properties.
#[inline]
pub(super) fn read<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    place: Place,
    from: Party,
) -> Result<Properties<'a>, DecodeError> {
    let start = r.at();
    let length = varint(r, "property_length").map_err(absent)? as usize;
    // The common case: no properties, and nothing that requires any.
    if length == 0 && place != AUTH {
        return Ok(Properties::EMPTY);
    }
    let group = if place == WILL { "will.properties" } else { "properties" };
    let outer = if place == WILL { "will" } else { "" };
    r.within(length, "property_length", |r| {
        let bytes = r.rest();
        let mut seen = Seen::default();
        let mut index = 0usize;
        while !r.is_empty() {
            r.group(group, Some(index));
            let at = r.at();
            let identifier = varint(r, "identifier")?;
            let rule = match seen.admit(identifier, place, from) {
                Ok(rule) => rule,
                Err(kind) => return Err(refused(kind, at, identifier)),
            };
            rule.skip(r)?;
            r.report("", at, None);
            index = index.wrapping_add(1);
        }
        r.group(outer, None);
        match seen.complete(place) {
            Ok(()) => Ok(Properties::on_wire(bytes)),
            Err(kind) => Err(DecodeError::new(kind, start, "authentication_method")),
        }
    })
}

#[cold]
fn refused(kind: ErrorKind, at: usize, identifier: u32) -> DecodeError {
    DecodeError::new(kind, at, rule(identifier).map_or(UNKNOWN, |rule| rule.name))
}

/// MQTT5-2.2.2-1: an empty property list has a length, too.
#[cold]
fn absent(error: DecodeError) -> DecodeError {
    match error.kind {
        ErrorKind::Truncated => DecodeError { requirement: Some("MQTT5-2.2.2-1"), ..error },
        _ => error,
    }
}

/// Writes the Property Length and the properties.
#[inline]
pub(super) fn put<S: Sink>(
    w: &mut S,
    properties: &Properties<'_>,
    place: Place,
    from: Party,
) -> Result<(), EncodeError> {
    // The common case, as in `read`.
    if properties.is_empty() && place != AUTH {
        w.put(&[0])?;
        return Ok(());
    }
    put_all(w, properties, place, from)
}

fn put_all<S: Sink>(
    w: &mut S,
    properties: &Properties<'_>,
    place: Place,
    from: Party,
) -> Result<(), EncodeError> {
    let mut count = Count::default();
    let mut seen = Seen::default();
    for property in properties.raw() {
        if S::CHECKS {
            let identifier = property.identifier.into();
            match seen.admit(identifier, place, from) {
                Ok(rule) => rule.check(&property.value)?,
                Err(kind) => {
                    let field = rule(identifier).map_or(UNKNOWN, |rule| rule.name);
                    return Err(EncodeError::Invalid { kind, field });
                }
            }
        }
        property.put(&mut count)?;
    }
    if S::CHECKS {
        let field = "authentication_method";
        seen.complete(place).map_err(|kind| EncodeError::Invalid { kind, field })?;
    }
    let Ok(length @ ..=268_435_455) = u32::try_from(count.0) else {
        return Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field: "properties" });
    };
    put_varint(w, length)?;
    if !w.only_counts(count.0) {
        properties.raw().try_for_each(|property| property.put(w))?;
    }
    Ok(())
}

impl<'a> Item<'a> for Property<'a> {
    #[inline]
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let identifier = next_varint(rest)?;
        Self::next_value(identifier, rest)
    }
}
