//! Properties (2.2.2): which there are, where each may stand, by whom it may be sent, whether it
//! repeats and which values it takes. MQTT 5.0 only.

use super::framing::{put_varint, varint};
use super::list::{Count, Item, List, Sink};
use super::text::{put_binary, put_text, put_topic_name, text, topic_name};
use super::{DecodeError, EncodeError, ErrorKind, PacketType, Party};
use crate::wire::{Ignore, Reader, Visit};

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

macro_rules! read {
    (byte, $r:ident, $name:literal) => {
        $r.u8($name)?
    };
    (two, $r:ident, $name:literal) => {
        $r.u16($name)?
    };
    (four, $r:ident, $name:literal) => {
        $r.u32($name)?
    };
    (varint, $r:ident, $name:literal) => {
        varint($r, $name)?
    };
    (text, $r:ident, $name:literal) => {
        text($r, $name)?
    };
    (topic, $r:ident, $name:literal) => {
        topic_name($r, $name)?
    };
    (binary, $r:ident, $name:literal) => {
        $r.prefixed($name)?
    };
    (pair, $r:ident, $name:literal) => {
        (text($r, $name)?, text($r, $name)?)
    };
}

macro_rules! put {
    (byte, $w:ident, $value:expr, $name:literal) => {
        $w.put(&[$value])?
    };
    (two, $w:ident, $value:expr, $name:literal) => {
        $w.put(&$value.to_be_bytes())?
    };
    (four, $w:ident, $value:expr, $name:literal) => {
        $w.put(&$value.to_be_bytes())?
    };
    (varint, $w:ident, $value:expr, $name:literal) => {
        put_varint($w, $value)?
    };
    (text, $w:ident, $value:expr, $name:literal) => {
        put_text($w, $value, $name)?
    };
    (topic, $w:ident, $value:expr, $name:literal) => {
        put_topic_name($w, $value, true, $name)?
    };
    (binary, $w:ident, $value:expr, $name:literal) => {
        put_binary($w, $value, $name)?
    };
    (pair, $w:ident, $value:expr, $name:literal) => {{
        put_text($w, $value.0, $name)?;
        put_text($w, $value.1, $name)?
    }};
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

            #[inline]
            fn read_value<V: Visit>(
                identifier: u32,
                r: &mut Reader<'a, '_, V>,
            ) -> Result<Self, DecodeError> {
                Ok(match identifier {
                    $($id => Self::$variant(read!($type, r, $name)),)*
                    _ => return Err(DecodeError::new(ErrorKind::UnknownProperty, r.at(), UNKNOWN)),
                })
            }

            fn put_value(&self, w: &mut impl Sink) -> Result<(), EncodeError> {
                match *self { $(Self::$variant(value) => put!($type, w, value, $name),)* }
                Ok(())
            }

            /// False if the value is outside the range given for it.
            #[inline]
            fn in_range(&self) -> bool {
                match self {
                    $(Self::$variant(value) => { let check: fn(&value_type!($type)) -> bool = $range; check(value) })*
                }
            }
        }

        /// Name and places of the property with this identifier.
        #[inline]
        const fn rule(identifier: u32) -> Option<(&'static str, u16)> {
            match identifier {
                $($id => Some(($name, const { places($places) })),)*
                _ => None,
            }
        }
    };
}

properties! {
    1 PayloadFormatIndicator byte "payload_format_indicator" &[PUBLISH, WILL], |v| *v <= 1;
    2 MessageExpiryInterval four "message_expiry_interval" &[PUBLISH, WILL], |_| true;
    3 ContentType text "content_type" &[PUBLISH, WILL], |_| true;
    8 ResponseTopic topic "response_topic" &[PUBLISH, WILL], |_| true;
    9 CorrelationData binary "correlation_data" &[PUBLISH, WILL], |_| true;
    11 SubscriptionIdentifier varint "subscription_identifier" &[PUBLISH, SUBSCRIBE],
        |v| *v >= 1 && *v <= 268_435_455;
    17 SessionExpiryInterval four "session_expiry_interval" &[CONNECT, CONNACK, DISCONNECT], |_| true;
    18 AssignedClientIdentifier text "assigned_client_identifier" &[CONNACK], |_| true;
    19 ServerKeepAlive two "server_keep_alive" &[CONNACK], |_| true;
    21 AuthenticationMethod text "authentication_method" &[CONNECT, CONNACK, AUTH], |_| true;
    22 AuthenticationData binary "authentication_data" &[CONNECT, CONNACK, AUTH], |_| true;
    23 RequestProblemInformation byte "request_problem_information" &[CONNECT], |v| *v <= 1;
    24 WillDelayInterval four "will_delay_interval" &[WILL], |_| true;
    25 RequestResponseInformation byte "request_response_information" &[CONNECT], |v| *v <= 1;
    26 ResponseInformation text "response_information" &[CONNACK], |_| true;
    28 ServerReference text "server_reference" &[CONNACK, DISCONNECT], |_| true;
    31 ReasonString text "reason_string" REASON_STRING, |_| true;
    33 ReceiveMaximum two "receive_maximum" &[CONNECT, CONNACK], |v| *v >= 1;
    34 TopicAliasMaximum two "topic_alias_maximum" &[CONNECT, CONNACK], |_| true;
    35 TopicAlias two "topic_alias" &[PUBLISH], |v| *v >= 1;
    36 MaximumQoS byte "maximum_qos" &[CONNACK], |v| *v <= 1;
    37 RetainAvailable byte "retain_available" &[CONNACK], |v| *v <= 1;
    38 UserProperty pair "user_property" EVERYWHERE, |_| true;
    39 MaximumPacketSize four "maximum_packet_size" &[CONNECT, CONNACK], |v| *v >= 1;
    40 WildcardSubscriptionAvailable byte "wildcard_subscription_available" &[CONNACK], |v| *v <= 1;
    41 SubscriptionIdentifierAvailable byte "subscription_identifier_available" &[CONNACK], |v| *v <= 1;
    42 SharedSubscriptionAvailable byte "shared_subscription_available" &[CONNACK], |v| *v <= 1;
}

#[cfg(feature = "arbitrary")]
impl Property<'_> {
    /// Whether the property with this identifier may stand in the packet type `place`, or with 0
    /// in the Will.
    pub(super) const fn may_stand(identifier: u8, place: Place) -> bool {
        match rule(identifier as u32) {
            Some((_, places)) => places & (1 << place) != 0,
            None => false,
        }
    }
}

/// Which properties a packet has had so far; most may stand once.
#[derive(Default)]
struct Seen(u64);

impl Seen {
    /// Refuses a property that may not stand at `place`, or not from this party, or not again.
    #[inline]
    fn admit(&mut self, identifier: u32, place: Place, from: Party) -> Result<(), ErrorKind> {
        let Some((_, places)) = rule(identifier) else { return Err(ErrorKind::UnknownProperty) };
        if places & (1 << place) == 0 {
            return Err(ErrorKind::MisplacedProperty);
        }
        let repeats = match (identifier, place) {
            (38, _) => return Ok(()),
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
        Ok(())
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
            if let Err(kind) = seen.admit(identifier, place, from) {
                let field = rule(identifier).map_or(UNKNOWN, |(name, _)| name);
                return Err(DecodeError::new(kind, at, field));
            }
            let value = r.at();
            let property = Property::read_value(identifier, r)?;
            if !property.in_range() {
                return Err(DecodeError::new(ErrorKind::InvalidValue, value, property.name()));
            }
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

/// MQTT5-2.2.2-1: an empty property list has a length, too.
#[cold]
fn absent(error: DecodeError) -> DecodeError {
    match error.kind {
        ErrorKind::Truncated => DecodeError { requirement: Some("MQTT5-2.2.2-1"), ..error },
        _ => error,
    }
}

/// Writes the Property Length and the properties.
pub(super) fn put(
    w: &mut impl Sink,
    properties: &Properties<'_>,
    place: Place,
    from: Party,
) -> Result<(), EncodeError> {
    let mut count = Count::default();
    let mut seen = Seen::default();
    for property in properties.iter() {
        let field = property.name();
        let identifier = property.identifier();
        seen.admit(identifier.into(), place, from)
            .map_err(|kind| EncodeError::Invalid { kind, field })?;
        if !property.in_range() {
            return Err(EncodeError::Invalid { kind: ErrorKind::InvalidValue, field });
        }
        count.put(&[identifier])?;
        property.put_value(&mut count)?;
    }
    seen.complete(place)
        .map_err(|kind| EncodeError::Invalid { kind, field: "authentication_method" })?;
    let Ok(length @ ..=268_435_455) = u32::try_from(count.0) else {
        return Err(EncodeError::Invalid { kind: ErrorKind::TooLarge, field: "properties" });
    };
    put_varint(w, length)?;
    for property in properties.iter() {
        w.put(&[property.identifier()])?;
        property.put_value(w)?;
    }
    Ok(())
}

impl<'a> Item<'a> for Property<'a> {
    #[inline]
    fn next(rest: &mut &'a [u8]) -> Option<Self> {
        let mut ignore = Ignore;
        let mut r = Reader::new(rest, 0, &mut ignore);
        let identifier = varint(&mut r, "identifier").ok()?;
        let property = Self::read_value(identifier, &mut r).ok()?;
        *rest = r.rest();
        Some(property)
    }
}
