//! What the proxy keeps of responses (RFC 7252, 5.6).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::coap::{Message, OptionNumber};

use crate::peer::Options as Set;

/// How many responses are kept.
const MOST: usize = 1000;
/// Max-Age where a response does not say.
const MAX_AGE: u32 = 60;

#[derive(Debug, Default)]
pub(super) struct Cache(BTreeMap<Vec<u8>, Kept>);

#[derive(Debug)]
struct Kept {
    form: Value,
    since: Instant,
    max_age: u32,
}

impl Cache {
    /// A response that is fresh, with what is left of its Max-Age.
    pub(super) fn get(&self, now: Instant, key: &[u8], set: &Set) -> Option<Value> {
        let kept = self.0.get(key)?;
        // Somebody who does not know how long the response was on its way counts a second more.
        let age = (now - kept.since).as_secs() as u32 + 1;
        let left = kept.max_age.checked_sub(age).filter(|left| *left > 0)?;
        let left = if set.faulty("proxy-does-not-count-age") { kept.max_age } else { left };
        let mut form = kept.form.clone();
        let options = form["options"].as_array_mut()?;
        options.retain(|it| it.get("max_age").is_none());
        let place = options.iter().position(|it| number(it) > OptionNumber::MAX_AGE.0);
        options.insert(place.unwrap_or(options.len()), json!({ "max_age": left }));
        Some(form)
    }

    /// Keeps a response, unless it is to be had in parts or nobody wants it kept.
    pub(super) fn put(
        &mut self,
        now: Instant,
        key: &[u8],
        message: &Message<'_>,
        form: &Value,
        set: &Set,
    ) {
        let max_age = message.option(OptionNumber::MAX_AGE).and_then(|it| it.uint());
        let max_age = max_age.unwrap_or(MAX_AGE);
        let part = message.option(OptionNumber::BLOCK2).is_some();
        if part || max_age == 0 || set.varies("proxy-without-cache") {
            return;
        }
        let fresh = |kept: &Kept| now < kept.since + Duration::from_secs(kept.max_age.into());
        self.0.retain(|_, kept| fresh(kept));
        if self.0.len() < MOST {
            let form = form.clone();
            self.0.insert(key.to_vec(), Kept { form, since: now, max_age });
        }
    }
}

/// The number of an option by its form.
fn number(form: &Value) -> u16 {
    let key = form.as_object().and_then(|it| it.keys().next());
    let known = key.and_then(|key| OptionNumber::from_key(key).map(|number| number.0));
    known.or_else(|| key?.parse().ok()).unwrap_or_default()
}
