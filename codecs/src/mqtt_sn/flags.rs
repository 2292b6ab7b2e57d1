//! The Flags field (5.3.4).
//!
//! ```text
//! DUP 7, QoS 6-5, Retain 4, Will 3, CleanSession 2, TopicIdType 1-0
//! ```

use super::{DecodeError, EncodeError, ErrorKind, QoS};
use crate::wire::{Note, Reader, Visit};

pub(super) const DUP: u8 = 0x80;
pub(super) const QOS: u8 = 0x60;
pub(super) const RETAIN: u8 = 0x10;
pub(super) const WILL: u8 = 0x08;
pub(super) const CLEAN_SESSION: u8 = 0x04;
pub(super) const TOPIC_ID_TYPE: u8 = 0x03;

/// Reads the Flags of a message that uses those of `used`; the others are noted and let go.
#[inline(always)]
pub(super) fn read<V: Visit>(r: &mut Reader<'_, '_, V>, used: u8) -> Result<u8, DecodeError> {
    let flags = r.flags("flags")?;
    if V::WANTS {
        r.bits("dup", 7, 7);
        r.bits("qos", 6, 5);
        r.bits("retain", 4, 4);
        r.bits("will", 3, 3);
        r.bits("clean_session", 2, 2);
        r.bits("topic_id_type", 1, 0);
        let unused = flags & !used;
        if unused != 0 {
            let at = r.at().wrapping_sub(1);
            r.note(Note { note: "unused-flag", at, field: name(unused), requirement: None });
        }
    }
    Ok(flags)
}

/// The name of the highest flag that is set.
fn name(flags: u8) -> &'static str {
    match flags {
        DUP.. => "dup",
        0x20.. => "qos",
        RETAIN.. => "retain",
        WILL.. => "will",
        CLEAN_SESSION.. => "clean_session",
        _ => "topic_id_type",
    }
}

#[inline]
pub(super) const fn qos(flags: u8) -> QoS {
    QoS::from_bits(flags >> 5)
}

/// The QoS of a message that has no level -1; the Flags lie at `at`.
#[inline]
pub(super) fn connected_qos(flags: u8, at: usize) -> Result<QoS, DecodeError> {
    match qos(flags) {
        // MQTTSN-5.3.4-3
        QoS::MinusOne => Err(DecodeError::new(ErrorKind::InvalidQoS, at, "qos")),
        qos => Ok(qos),
    }
}

/// The bits of a QoS that is not -1.
#[inline]
pub(super) const fn put_connected_qos(qos: QoS) -> Result<u8, EncodeError> {
    match qos {
        QoS::MinusOne => Err(EncodeError::Invalid { kind: ErrorKind::InvalidQoS, field: "qos" }),
        qos => Ok(qos.bits() << 5),
    }
}

/// `flag` if `set`.
#[inline]
pub(super) const fn when(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}
