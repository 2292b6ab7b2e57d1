//! Other names for clients and topics, so that a recording can be played beside what it was made of.

use serde_json::Value;

/// Beginnings of names, and what is put for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rename {
    /// Of Client Identifiers.
    pub clients: Vec<(String, String)>,
    /// Of Topic Names and Topic Filters.
    pub topics: Vec<(String, String)>,
}

impl Rename {
    /// Adds `client:OLD=NEW` or `topic:OLD=NEW`; an empty OLD fits every name.
    ///
    /// # Errors
    /// Another form.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let shape = "write it as client:OLD=NEW or topic:OLD=NEW";
        let (kind, names) = text.split_once(':').ok_or(shape)?;
        let (old, new) = names.split_once('=').ok_or(shape)?;
        let pair = (old.to_owned(), new.to_owned());
        match kind {
            "client" => self.clients.push(pair),
            "topic" => self.topics.push(pair),
            _ => return Err(format!("`{kind}` cannot be renamed; {shape}")),
        }
        Ok(())
    }

    /// Puts the new names into a message that is sent.
    pub fn there(&self, form: &mut Value) {
        walk(form, &|is_client, name| self.name(is_client, name, |pair| (&pair.0, &pair.1)));
    }

    /// Puts the old names back into a message that came.
    pub fn back(&self, form: &mut Value) {
        walk(form, &|is_client, name| self.name(is_client, name, |pair| (&pair.1, &pair.0)));
    }

    fn name(
        &self,
        is_client: bool,
        name: &str,
        direction: impl Fn(&(String, String)) -> (&str, &str),
    ) -> Option<String> {
        let pairs = if is_client { &self.clients } else { &self.topics };
        let (before, rest) = match is_client {
            false if name.starts_with("$share/") => {
                let group = name.match_indices('/').nth(1)?.0 + 1;
                name.split_at_checked(group)?
            }
            _ => ("", name),
        };
        let own = |from: &str| !is_client && rest.starts_with('$') && !from.starts_with('$');
        let new = pairs.iter().map(direction).find_map(|(from, to)| {
            rest.strip_prefix(from).filter(|_| !own(from)).map(|rest| format!("{to}{rest}"))
        })?;
        // Nothing is the empty name of a topic that an alias stands for, or of a client to be named.
        (!rest.is_empty()).then(|| format!("{before}{new}"))
    }
}

/// Shows every name of a client or a topic in a message, and puts in what it is to be.
fn walk(form: &mut Value, change: &dyn Fn(bool, &str) -> Option<String>) {
    match form {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, change)),
        Value::Object(fields) => {
            // The short topic names of MQTT-SN have two octets whatever they are called.
            let is_short = fields.get("topic_id_type").and_then(Value::as_u64) == Some(2);
            for (key, value) in fields.iter_mut() {
                let is_client = match key.as_str() {
                    "client_identifier" | "client_id" => true,
                    "topic_name" if is_short => continue,
                    "topic_name" | "topic_filter" | "topic_filters" | "topic" | "will_topic"
                    | "response_topic" => false,
                    _ => {
                        walk(value, change);
                        continue;
                    }
                };
                rename(value, is_client, change);
            }
        }
        _ => {}
    }
}

fn rename(value: &mut Value, is_client: bool, change: &dyn Fn(bool, &str) -> Option<String>) {
    match value {
        Value::String(name) => {
            if let Some(new) = change(is_client, name) {
                *name = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, is_client, change)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_changed_there_and_back() {
        let mut rename = Rename::default();
        rename.add("client:=t-").unwrap();
        rename.add("topic:plant/=test/plant/").unwrap();
        assert!(rename.add("user:a=b").is_err() && rename.add("topic:a").is_err());
        let old = json!({"subscribe": {"client_identifier": "c", "subscriptions": [
            {"topic_filter": "plant/#"}, {"topic_filter": "$share/g/plant/+"},
            {"topic_filter": "$SYS/#"}, {"topic_filter": "other"}],
            "payload": {"text": "plant/"}}});
        let mut form = old.clone();
        rename.there(&mut form);
        assert_eq!(
            form,
            json!({"subscribe": {"client_identifier": "t-c", "subscriptions": [
            {"topic_filter": "test/plant/#"}, {"topic_filter": "$share/g/test/plant/+"},
            {"topic_filter": "$SYS/#"}, {"topic_filter": "other"}],
            "payload": {"text": "plant/"}}})
        );
        rename.back(&mut form);
        assert_eq!(form, old);
        let mut short = json!({"publish": {"topic_id_type": 2, "topic_name": "pl"}});
        rename.add("topic:=x/").unwrap();
        rename.there(&mut short);
        assert_eq!(short["publish"]["topic_name"], "pl");
    }
}
