//! `oscore-request` and `oscore-response`: messages that are protected with the context that the
//! target shares with us, right or in one way wrong, and what comes back.

use serde_json::{Map, Value, json};
use wirecheck_codecs::Decoded;
use wirecheck_codecs::coap::json::to_json;
use wirecheck_codecs::coap::oscore::{Binding, Content, OscoreOption, SecurityContext};
use wirecheck_codecs::coap::{CoapOption, Code, Context, Message, OptionNumber, Options, decode};
use wirecheck_codecs::json::{from_hex, to_hex};

use super::session::encoded;
use crate::case::Procedure;
use crate::codec::{self, Codec};
use crate::oscore::Oscore;
use crate::run::case::{Run, Stop};

/// The names of the procedures.
pub(super) const REQUEST: &str = "oscore-request";
pub(super) const RESPONSE: &str = "oscore-response";

/// Room for a message of ours.
const ROOM: usize = 4096;

/// `oscore-request`: the bytes of `message`, protected, in `hex`, with its sequence `number`.
/// `number` uses an earlier one again. In `change`, `kid` and `flags` change what the option says,
/// `damaged` the last byte of the ciphertext; `without_payload` adds the option alone to the plain
/// message.
pub(super) fn request(run: &Run<'_>, step: &Procedure) -> Result<Value, Stop> {
    let (with, oscore) = (run.expand_map(step.with.as_ref())?, shared(run)?);
    let plain = bytes_of(&with)?;
    let plain = message(&plain)?;
    let number = with.get("number").and_then(Value::as_u64).unwrap_or_else(|| oscore.number());
    let mut context = oscore.at(number);
    let mut buffer = vec![0; ROOM];
    let content = content_of(&plain);
    let protected = context.protect_request(&content, oscore.id_context(), &mut buffer);
    let (protected, _) = protected.map_err(|failure| Stop::Error(failure.to_string()))?;
    let option = protected.options.first(OptionNumber::OSCORE).map_or(&[][..], |it| it.value);
    let none = Map::new();
    let change = with.get("change").and_then(Value::as_object).unwrap_or(&none);
    let value = changed(option, change)?;
    let is = |member: &str| change.get(member) == Some(&json!(true));
    let bare = is("without_payload");
    let (options, code) =
        if bare { (plain.options, plain.code) } else { (protected.options, protected.code) };
    let mut payload = if bare { Vec::new() } else { protected.payload.to_vec() };
    if let Some(last) = payload.last_mut().filter(|_| is("damaged")) {
        *last ^= 1;
    }
    let mut options = with_option(options, &value);
    let whole = Message { code, options: sorted(&mut options)?, payload: &payload, ..plain };
    Ok(json!({ "hex": to_hex(&encoded(&whole)), "number": number }))
}

/// `oscore-response`: what the answer `message` to the request of `number` says. `protected` and
/// `outer_code` can be seen by anybody. What verifies is `verified`, with the `code`, the `observe`
/// and the `partial_iv` of it; `surplus` means that it would verify without its Partial IV.
/// `observe` says that the request was a registration.
pub(super) fn response(run: &Run<'_>, step: &Procedure) -> Result<Value, Stop> {
    let (with, oscore) = (run.expand_map(step.with.as_ref())?, shared(run)?);
    let bytes = bytes_of(&with)?;
    let answer = message(&bytes)?;
    let outer_code = answer.code.to_string();
    let Some(option) = answer.option(OptionNumber::OSCORE) else {
        return Ok(json!({ "protected": false, "code": outer_code, "outer_code": outer_code }));
    };
    let number = with.get("number").and_then(Value::as_u64).unwrap_or_default();
    let observe = with.get("observe") == Some(&json!(true));
    let context = oscore.at(number);
    let partial_iv = OscoreOption::decode(option.value).map_or(&[][..], |it| it.partial_iv);
    let mut result = json!({ "protected": true, "outer_code": outer_code, "surplus": false,
        "partial_iv": to_hex(partial_iv) });
    let mut buffer = vec![0; ROOM];
    let mut binding = binding(&context, observe)?;
    match context.unprotect_response(&content_of(&answer), &mut binding, &mut buffer) {
        Ok(Content { code, options, payload }) => {
            let inner = Message { code, options, payload, ..answer };
            result["verified"] = true.into();
            result["code"] = code.to_string().into();
            if let Some(observe) = inner.option(OptionNumber::OBSERVE) {
                result["observe"] = to_hex(observe.value).into();
            }
            result["message"] = to_json(&inner);
        }
        Err(failure) => {
            let mut bare = with_option(answer.options, &[]);
            let content = Content { options: sorted(&mut bare)?, ..content_of(&answer) };
            let mut binding = self::binding(&context, observe)?;
            let fits = context.unprotect_response(&content, &mut binding, &mut buffer).is_ok();
            result["verified"] = false.into();
            result["surplus"] = (fits && !partial_iv.is_empty()).into();
            result["why"] = failure.to_string().into();
        }
    }
    Ok(result)
}

fn shared<'r>(run: &'r Run<'_>) -> Result<&'r Oscore, Stop> {
    let none = || Stop::Skip("no OSCORE context is given".to_owned());
    run.env.oscore.as_deref().ok_or_else(none)
}

/// The bytes of the message that a step names.
fn bytes_of(with: &Map<String, Value>) -> Result<Vec<u8>, Stop> {
    codec::Coap.encode(with.get("message").unwrap_or(&Value::Null)).map_err(Stop::Error)
}

fn message(bytes: &[u8]) -> Result<Message<'_>, Stop> {
    match decode(bytes, &Context::default()) {
        Ok(Decoded::Complete { message, .. }) => Ok(message),
        _ => Err(Stop::Error("this is no message".to_owned())),
    }
}

fn content_of<'m>(message: &Message<'m>) -> Content<'m> {
    Content { code: message.code, options: message.options, payload: message.payload }
}

/// What binds responses to the request of the number that comes next in the context.
fn binding(context: &SecurityContext, observe: bool) -> Result<Binding, Stop> {
    let mut options = Vec::from([CoapOption::new(OptionNumber::OBSERVE, &[])]);
    options.truncate(observe.into());
    let content = Content { code: Code::GET, options: sorted(&mut options)?, payload: &[] };
    let (mut context, mut buffer) = (context.clone(), vec![0; ROOM]);
    let bound = context.protect_request(&content, None, &mut buffer).map(|(_, binding)| binding);
    bound.map_err(|failure| Stop::Error(failure.to_string()))
}

/// The value of the option as the step wants it.
fn changed(value: &[u8], change: &Map<String, Value>) -> Result<Vec<u8>, Stop> {
    let mut value = value.to_vec();
    if let Some(kid) = change.get("kid").and_then(Value::as_str) {
        let kid = from_hex(kid).map_err(Stop::Error)?;
        let told = OscoreOption::decode(&value);
        let told = told.map_err(|error| Stop::Error(error.to_string()))?;
        let mut room = [0; 255];
        let other = OscoreOption { kid: Some(&kid), ..told };
        let length = other.encode(&mut room).map_err(|error| Stop::Error(error.to_string()))?;
        value = room.get(..length).unwrap_or_default().to_vec();
    }
    if let Some(flags) = change.get("flags").and_then(Value::as_u64)
        && let Some(first) = value.first_mut()
    {
        *first |= flags as u8;
    }
    Ok(value)
}

/// Options, with this value of the OSCORE option in place of any other.
fn with_option<'m>(options: Options<'m>, value: &'m [u8]) -> Vec<CoapOption<'m>> {
    let others = options.iter().filter(|it| it.number != OptionNumber::OSCORE);
    others.chain([CoapOption::new(OptionNumber::OSCORE, value)]).collect()
}

/// Options in the order that messages have them in.
fn sorted<'m>(options: &'m mut [CoapOption<'m>]) -> Result<Options<'m>, Stop> {
    Options::sorted(options).ok_or_else(|| Stop::Error("too many options".to_owned()))
}
