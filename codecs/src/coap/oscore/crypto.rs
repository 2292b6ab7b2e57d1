//! Keys, nonces and the cipher: AES-CCM-16-64-128 and HKDF SHA-256.

use aes::Aes128;
use ccm::aead::AeadInOut;
use ccm::consts::{U8, U13};
use ccm::{Ccm, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;

use super::Failure;
use crate::wire::{Full, Writer};

/// AES-CCM-16-64-128 as COSE numbers it.
const ALGORITHM: u8 = 10;
/// Length of a tag in bytes.
pub(super) const TAG: usize = 8;
/// The longest identifier: the length of a nonce less 6.
pub(super) const LONGEST_ID: usize = 7;

type Cipher = Ccm<Aes128, U8, U13>;

/// A key.
pub(super) type Key = [u8; 16];
/// A nonce, and the Common IV.
pub(super) type Nonce = [u8; 13];

/// What a context is derived from.
#[derive(Clone, Copy)]
pub(super) struct Secrets<'a> {
    pub(super) master_secret: &'a [u8],
    pub(super) master_salt: &'a [u8],
    pub(super) id_context: Option<&'a [u8]>,
}

impl Secrets<'_> {
    /// RFC 8613, 3.2.1; `output` is 16 bytes of a key or 13 of the Common IV.
    pub(super) fn derive(&self, id: &[u8], label: &[u8], output: &mut [u8]) -> Result<(), Failure> {
        let (mut id_head, mut context_head, mut label_head) = ([0; 3], [0; 3], [0; 3]);
        let nil = [0xF6];
        let id_head = head(0x40, id.len(), &mut id_head)?;
        let context = self.id_context.unwrap_or_default();
        let context_head = match self.id_context {
            Some(bytes) => head(0x40, bytes.len(), &mut context_head)?,
            None => &nil,
        };
        let label_head = head(0x60, label.len(), &mut label_head)?;
        let length = [output.len() as u8];
        let info: [&[u8]; 9] =
            [&[0x85], id_head, id, context_head, context, &[ALGORITHM], label_head, label, &length];
        let hkdf = Hkdf::<Sha256>::new(Some(self.master_salt), self.master_secret);
        hkdf.expand_multi_info(&info, output).map_err(|_| Failure::TooLong)
    }
}

/// The head of a CBOR string of this length.
fn head(major: u8, length: usize, buffer: &mut [u8; 3]) -> Result<&[u8], Failure> {
    let mut w = Writer::new(buffer);
    match length {
        0..=23 => w.u8(major | length as u8)?,
        24..=255 => w.bytes(&[major | 24, length as u8])?,
        256..=65_535 => {
            w.u8(major | 25)?;
            w.u16(length as u16)?;
        }
        _ => return Err(Failure::TooLong),
    }
    let written = w.written();
    Ok(buffer.get(..written).unwrap_or_default())
}

/// The nonce of a message whose Partial IV was made by the endpoint called `id` (RFC 8613, 5.2).
pub(super) fn nonce(common_iv: &Nonce, id: &[u8], partial_iv: &[u8]) -> Nonce {
    let mut nonce = [0; 13];
    if let Some(first) = nonce.first_mut() {
        *first = id.len() as u8;
    }
    // The identifier ends where the five bytes of the Partial IV begin.
    let padded = nonce.iter_mut().skip(8_usize.wrapping_sub(id.len()));
    padded.zip(id).for_each(|(place, byte)| *place = *byte);
    let padded = nonce.iter_mut().skip(13_usize.wrapping_sub(partial_iv.len()));
    padded.zip(partial_iv).for_each(|(place, byte)| *place = *byte);
    nonce.iter_mut().zip(common_iv).for_each(|(place, byte)| *place ^= byte);
    nonce
}

/// The additional authenticated data of an exchange (RFC 8613, 5.4).
pub(super) struct Aad {
    bytes: [u8; 40],
    length: usize,
}

impl Aad {
    pub(super) fn new(request_kid: &[u8], request_piv: &[u8]) -> Result<Self, Failure> {
        let mut bytes = [0; 40];
        let mut w = Writer::new(&mut bytes);
        let inner = request_kid.len().wrapping_add(request_piv.len()).wrapping_add(7);
        w.bytes(b"\x83\x68Encrypt0\x40")?;
        w.u8(0x40 | inner as u8)?;
        w.bytes(&[0x85, 0x01, 0x81, ALGORITHM])?;
        string(&mut w, request_kid)?;
        string(&mut w, request_piv)?;
        string(&mut w, &[])?;
        let length = w.written();
        Ok(Self { bytes, length })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// A byte string of at most 23 bytes.
fn string(w: &mut Writer<'_>, bytes: &[u8]) -> Result<(), Full> {
    w.u8(0x40 | bytes.len() as u8)?;
    w.bytes(bytes)
}

/// Encrypts `text`, and returns the tag.
pub(super) fn encrypt(
    key: &Key,
    nonce: &Nonce,
    aad: &Aad,
    text: &mut [u8],
) -> Result<[u8; TAG], Failure> {
    let tag = Cipher::new(&(*key).into())
        .encrypt_inout_detached(&(*nonce).into(), aad.as_bytes(), text.into())
        .map_err(|_| Failure::TooLong)?;
    Ok(tag.into())
}

/// Decrypts `text` if the tag is right.
pub(super) fn decrypt(
    key: &Key,
    nonce: &Nonce,
    aad: &Aad,
    text: &mut [u8],
    tag: [u8; TAG],
) -> Result<(), Failure> {
    Cipher::new(&(*key).into())
        .decrypt_inout_detached(&(*nonce).into(), aad.as_bytes(), text.into(), &tag.into())
        .map_err(|_| Failure::Decryption)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{from_hex, to_hex};

    /// RFC 8613, 5.4.
    #[test]
    fn the_example_of_additional_data() {
        let aad = Aad::new(&[0], &[0x25]).unwrap();
        let expected = "8368456e63727970743040498501810a4100412540";
        assert_eq!(to_hex(aad.as_bytes()), expected);
        // The longest that there can be.
        assert!(Aad::new(&[1; 7], &[1; 5]).is_ok());
    }

    /// RFC 8613, C.5.
    #[test]
    fn the_nonce_of_an_example() {
        let common_iv: Nonce = from_hex("be35ae297d2dace910c52e99f9").unwrap().try_into().unwrap();
        assert_eq!(to_hex(&nonce(&common_iv, &[0], &[0x14])), "bf35ae297d2dace910c52e99ed");
        let zero = [0; 13];
        assert_eq!(to_hex(&nonce(&zero, &[9; 7], &[1, 2, 3, 4, 5])), "07090909090909090102030405");
    }
}
