//! Messages: choosing the type, and what holds for all of them.

use super::acknowledgement::return_code;
use super::topic::client_id;
use super::{
    Acknowledgement, Advertise, Connect, Context, DecodeError, Encapsulated, ErrorKind, Frame,
    GwInfo, MessageType, Party, Publish, Raw, Register, ReturnCode, SubAck, Subscribe, Unsubscribe,
    WillTopic, cite, encapsulated, frame,
};
use crate::Decoded;
use crate::wire::{Ignore, Note, Reader, Visit};

/// An MQTT-SN message that holds nothing the specification forbids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// ADVERTISE.
    Advertise(Advertise),
    /// SEARCHGW with its radius; 0 is the whole network.
    SearchGw(u8),
    /// GWINFO.
    GwInfo(GwInfo<'a>),
    /// CONNECT.
    Connect(Connect<'a>),
    /// CONNACK.
    ConnAck(ReturnCode),
    /// WILLTOPICREQ.
    WillTopicReq,
    /// WILLTOPIC; without a body it deletes the Will data.
    WillTopic(Option<WillTopic<'a>>),
    /// WILLMSGREQ.
    WillMsgReq,
    /// WILLMSG with its Will message.
    WillMsg(&'a [u8]),
    /// REGISTER.
    Register(Register<'a>),
    /// REGACK.
    RegAck(Acknowledgement),
    /// PUBLISH.
    Publish(Publish<'a>),
    /// PUBACK.
    PubAck(Acknowledgement),
    /// PUBCOMP with its MsgId.
    PubComp(u16),
    /// PUBREC with its MsgId.
    PubRec(u16),
    /// PUBREL with its MsgId.
    PubRel(u16),
    /// SUBSCRIBE.
    Subscribe(Subscribe<'a>),
    /// SUBACK.
    SubAck(SubAck),
    /// UNSUBSCRIBE.
    Unsubscribe(Unsubscribe<'a>),
    /// UNSUBACK with its MsgId.
    UnsubAck(u16),
    /// PINGREQ; a sleeping client gives its ClientId.
    PingReq(Option<&'a str>),
    /// PINGRESP.
    PingResp,
    /// DISCONNECT; a client that goes to sleep gives the Duration in seconds.
    Disconnect(Option<u16>),
    /// WILLTOPICUPD; without a body it deletes the Will data.
    WillTopicUpd(Option<WillTopic<'a>>),
    /// WILLTOPICRESP.
    WillTopicResp(ReturnCode),
    /// WILLMSGUPD with its Will message.
    WillMsgUpd(&'a [u8]),
    /// WILLMSGRESP.
    WillMsgResp(ReturnCode),
    /// A message on its way between forwarder and gateway.
    Encapsulated(Encapsulated<'a>),
}

/// Decodes the message at the front of `bytes`; it must be one that `ctx.from` may send.
#[inline(always)]
pub fn decode<'a>(bytes: &'a [u8], ctx: &Context) -> Result<Decoded<Message<'a>>, DecodeError> {
    // The common case stays with its caller: a message is best not moved.
    if let Ok(Frame::Complete { raw, header }) = frame(bytes, ctx.limits.maximum_message_size)
        && raw.message_type != MessageType::ENCAPSULATED
    {
        let mut ignore = Ignore;
        let mut reader = Reader::new(raw.body, header, &mut ignore);
        let used = usize::from(raw.length);
        let mut result = body(&mut reader, raw.message_type, used, ctx);
        if let Err(error) = &mut result {
            *error = cite::cited(*error, raw.message_type);
        }
        return result;
    }
    walk(bytes, Place::FRONT, ctx, &mut Ignore)
}

/// Decodes like [`decode`] and reports each field to `visit`; of a rejected message those up to
/// the error.
pub fn fields<'a, V: Visit>(
    bytes: &'a [u8],
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    let decoded = walk(bytes, Place::FRONT, ctx, visit)?;
    if let Decoded::Complete { used, .. } = decoded
        && ctx.profile.datagram
        && used < bytes.len()
    {
        let (note, field) = ("bytes-behind-message", "length");
        visit.note(Note { note, at: used, field, requirement: None });
    }
    Ok(decoded)
}

/// Where a message stands: its first byte, and how many encapsulations are around it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) depth: u8,
}

impl Place {
    const FRONT: Self = Self { start: 0, depth: 0 };
}

pub(super) fn walk<'a, V: Visit>(
    bytes: &'a [u8],
    place: Place,
    ctx: &Context,
    visit: &mut V,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    let Place { start, depth } = place;
    let (raw, header) = match frame(bytes, ctx.limits.maximum_message_size) {
        Ok(Frame::Complete { raw, header }) => (raw, header),
        Ok(Frame::Incomplete { .. }) if ctx.profile.datagram => {
            let error = DecodeError::new(ErrorKind::Truncated, start, "length");
            return Err(cite::cited(error, MessageType(0)));
        }
        Ok(Frame::Incomplete { need }) => return Ok(Decoded::Incomplete { need }),
        Err(mut error) => {
            error.at = error.at.wrapping_add(start);
            return Err(cite::cited(error, MessageType(0)));
        }
    };
    let message_type = raw.message_type;
    let group = if depth > 0 { "message" } else { "" };
    report_header(&raw, bytes, place, header, group, visit);
    let result = if message_type == MessageType::ENCAPSULATED {
        encapsulated::read(&raw, bytes, place, ctx, visit)
    } else {
        let mut reader = Reader::new(raw.body, start.wrapping_add(header), visit);
        reader.group(group, None);
        body(&mut reader, message_type, usize::from(raw.length), ctx)
    };
    result.map_err(|error| cite::cited(error, message_type))
}

fn report_header<V: Visit>(
    raw: &Raw<'_>,
    bytes: &[u8],
    place: Place,
    header: usize,
    group: &'static str,
    visit: &mut V,
) {
    if !V::WANTS {
        return;
    }
    let mut r = Reader::new(bytes.get(..header).unwrap_or_default(), place.start, visit);
    r.group(group, None);
    let at = r.at();
    let _ = r.take(header.wrapping_sub(1), "length");
    if raw.long && raw.length < 256 && raw.message_type != MessageType::ENCAPSULATED {
        // MQTTSN-5.2.1-4 leaves the choice to the sender.
        r.note(Note { note: "long-length", at, field: "length", requirement: None });
    }
    let _ = r.u8("message_type");
}

#[inline(always)]
fn body<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    message_type: MessageType,
    used: usize,
    ctx: &Context,
) -> Result<Decoded<Message<'a>>, DecodeError> {
    if ctx.from != Party::Either && !message_type.is_sent_by(ctx.from) {
        let at = r.at().wrapping_sub(1);
        return Err(DecodeError::new(ErrorKind::WrongDirection, at, "message_type"));
    }
    // Each arm ends on its own, so that no message is moved once it is put together.
    macro_rules! whole {
        ($variant:ident $(($message:expr))?) => {{
            let message = Message::$variant $(($message?))?;
            if !r.is_empty() {
                return Err(trailing(r.at(), message_type));
            }
            Ok(Decoded::Complete { message, used })
        }};
    }
    match message_type {
        MessageType::PUBLISH => whole!(Publish(Publish::read(r, ctx))),
        MessageType::ADVERTISE => whole!(Advertise(Advertise::read(r))),
        MessageType::SEARCHGW => whole!(SearchGw(r.u8("radius"))),
        MessageType::GWINFO => whole!(GwInfo(GwInfo::read(r, ctx))),
        MessageType::CONNECT => whole!(Connect(Connect::read(r))),
        MessageType::CONNACK => whole!(ConnAck(return_code(r))),
        MessageType::WILLTOPICREQ => whole!(WillTopicReq),
        MessageType::WILLTOPIC => whole!(WillTopic(WillTopic::read(r))),
        MessageType::WILLMSGREQ => whole!(WillMsgReq),
        MessageType::WILLMSG => whole!(WillMsg(will_message(r))),
        MessageType::REGISTER => whole!(Register(Register::read(r, ctx))),
        MessageType::REGACK => whole!(RegAck(Acknowledgement::read(r, message_type))),
        MessageType::PUBACK => whole!(PubAck(Acknowledgement::read(r, message_type))),
        MessageType::PUBCOMP => whole!(PubComp(r.u16("message_id"))),
        MessageType::PUBREC => whole!(PubRec(r.u16("message_id"))),
        MessageType::PUBREL => whole!(PubRel(r.u16("message_id"))),
        MessageType::SUBSCRIBE => whole!(Subscribe(Subscribe::read(r))),
        MessageType::SUBACK => whole!(SubAck(SubAck::read(r))),
        MessageType::UNSUBSCRIBE => whole!(Unsubscribe(Unsubscribe::read(r))),
        MessageType::UNSUBACK => whole!(UnsubAck(r.u16("message_id"))),
        MessageType::PINGREQ => whole!(PingReq(sleeper(r, ctx))),
        MessageType::PINGRESP => whole!(PingResp),
        MessageType::DISCONNECT => whole!(Disconnect(duration(r, ctx))),
        MessageType::WILLTOPICUPD => whole!(WillTopicUpd(WillTopic::read(r))),
        MessageType::WILLTOPICRESP => whole!(WillTopicResp(return_code(r))),
        MessageType::WILLMSGUPD => whole!(WillMsgUpd(will_message(r))),
        MessageType::WILLMSGRESP => whole!(WillMsgResp(return_code(r))),
        _ => Err(reserved(r.at())),
    }
}

#[cold]
fn trailing(at: usize, message_type: MessageType) -> DecodeError {
    DecodeError::new(ErrorKind::TrailingBytes, at, message_type.key())
}

#[cold]
fn reserved(body_at: usize) -> DecodeError {
    // MQTTSN-5.2.2-1
    DecodeError::new(ErrorKind::ReservedMessageType, body_at.wrapping_sub(1), "message_type")
}

/// Any octets will do.
#[inline]
fn will_message<'a, V: Visit>(r: &mut Reader<'a, '_, V>) -> Result<&'a [u8], DecodeError> {
    Ok(r.take_rest("will_message"))
}

/// The ClientId of a PINGREQ.
#[inline]
fn sleeper<'a, V: Visit>(
    r: &mut Reader<'a, '_, V>,
    ctx: &Context,
) -> Result<Option<&'a str>, DecodeError> {
    if r.is_empty() {
        return Ok(None);
    }
    let (at, field) = (r.at(), "client_id");
    let client_id = client_id(r)?;
    if ctx.from == Party::Gateway {
        r.note(Note { note: "client-id-from-gateway", at, field, requirement: None });
    }
    Ok(Some(client_id))
}

/// The Duration of a DISCONNECT, which a gateway never gives (MQTTSN-5.4.21-2).
#[inline]
fn duration<V: Visit>(
    r: &mut Reader<'_, '_, V>,
    ctx: &Context,
) -> Result<Option<u16>, DecodeError> {
    if r.is_empty() {
        return Ok(None);
    }
    let at = r.at();
    let duration = r.u16("duration")?;
    if ctx.from == Party::Gateway {
        return Err(DecodeError::new(ErrorKind::MisplacedField, at, "duration"));
    }
    Ok(Some(duration))
}
