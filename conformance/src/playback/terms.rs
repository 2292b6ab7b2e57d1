//! What a server numbers or names in its messages, and what is different in every run, by protocol.

use serde_json::{Map, Value, json};

/// What kind of thing was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A message that is acknowledged under this number.
    Message,
    /// A topic, on this flow.
    Topic,
    /// Anything that may be named on other flows too: a client, an address, an entity-tag.
    Name,
}

/// A name that a server has given.
pub(super) type Term = (Kind, Value);

/// What stands for a value that is the server's own choice.
const CHOSEN: &str = "(chosen by the server)";

/// The names that a message of a server gives, in the order of its fields.
pub(super) fn given(form: &Value) -> Vec<Term> {
    let mut found = Vec::new();
    let Some((kind, body)) = entry(form) else { return found };
    let mut add = |kind, field: &str| {
        if let Some(value) = body.get(field).filter(|value| **value != json!(0)) {
            found.push((kind, value.clone()));
        }
    };
    match kind {
        "publish" => {
            add(Kind::Message, "packet_identifier");
            add(Kind::Message, "message_id");
        }
        "register" => {
            add(Kind::Topic, "topic_id");
            add(Kind::Message, "message_id");
        }
        "regack" | "suback" => add(Kind::Topic, "topic_id"),
        "coap" if body.get("type") == Some(&json!("CON")) => add(Kind::Message, "message_id"),
        "xml" => return xml::given(body.as_str().unwrap_or_default()),
        _ => {}
    }
    for list in ["properties", "options"] {
        for option in body.get(list).and_then(Value::as_array).into_iter().flatten() {
            for name in ["assigned_client_identifier", "etag", "echo"] {
                found.extend(option.get(name).map(|value| (Kind::Name, value.clone())));
            }
        }
    }
    found
}

/// Shows the places of a client's message in which it uses the names that the server gave.
pub(super) fn named(form: &mut Value, put: &mut dyn FnMut(Kind, &mut Value)) {
    let Some((kind, body)) = entry_mut(form) else { return };
    if kind == "xml" {
        put(Kind::Name, body);
        return;
    }
    if kind == "encapsulated" {
        body.get_mut("message").into_iter().for_each(|inner| named(inner, put));
        return;
    }
    let acknowledges = match kind.as_str() {
        "puback" | "pubrec" | "pubcomp" | "regack" => true,
        "coap" => matches!(body.get("type").and_then(Value::as_str), Some("ACK" | "RST")),
        _ => false,
    };
    let names_topic = match kind.as_str() {
        "regack" | "puback" => true,
        "publish" => body.get("topic_id_type").and_then(Value::as_u64).unwrap_or(0) == 0,
        _ => false,
    };
    let Value::Object(fields) = body else { return };
    for (field, value) in fields {
        match field.as_str() {
            "packet_identifier" | "message_id" if acknowledges => put(Kind::Message, value),
            "topic_id" if names_topic => put(Kind::Topic, value),
            "client_identifier" => put(Kind::Name, value),
            "options" => {
                let options = value.as_array_mut().into_iter().flatten();
                for option in options.filter_map(Value::as_object_mut) {
                    let is_name = |name: &str| matches!(name, "etag" | "if_match" | "echo");
                    let named = option.iter_mut().filter(|(name, _)| is_name(name));
                    named.for_each(|(_, value)| put(Kind::Name, value));
                }
            }
            _ => {}
        }
    }
}

/// What a server's message is one of a row of: rows may overtake each other, within one the order
/// counts.
pub(super) fn row(form: &Value) -> String {
    let Some((kind, body)) = entry(form) else { return String::new() };
    let text = |field: &str| body.get(field).map(ToString::to_string).unwrap_or_default();
    match kind {
        "publish" => format!("publish {} {}", text("topic_name"), text("topic_id")),
        "register" => format!("register {}", text("topic_name")),
        "coap" => {
            let is_empty = body.get("code") == Some(&json!("0.00"));
            let row = if is_empty { text("type") } else { text("token") };
            format!("coap {row}")
        }
        "xml" => xml::row(body.as_str().unwrap_or_default()),
        kind => kind.to_owned(),
    }
}

/// A server's message without what is the server's own choice and its clock's. `known` has the
/// names of then for those of now.
pub(super) fn plain(form: &Value, known: &dyn Fn(Kind, &Value) -> Option<Value>) -> Value {
    let mut plain = form.clone();
    let Some((kind, body)) = entry_mut(&mut plain) else { return plain };
    let kind = kind.clone();
    match body {
        Value::String(text) if kind == "xml" => *text = xml::plain(text, known),
        Value::Object(fields) => {
            without_choices(&kind, fields, known);
            for list in ["properties", "options"] {
                if let Some(Value::Array(options)) = fields.get_mut(list) {
                    options.iter_mut().filter_map(Value::as_object_mut).for_each(without_options);
                    // Only properties of one name have an order among them.
                    options.sort_by_key(|it| entry(it).map(|(name, _)| name.to_owned()));
                }
            }
        }
        _ => {}
    }
    plain
}

fn without_choices(
    kind: &str,
    fields: &mut Map<String, Value>,
    known: &dyn Fn(Kind, &Value) -> Option<Value>,
) {
    let numbers = match kind {
        "publish" | "pubrel" | "register" => &["packet_identifier", "message_id"][..],
        "stream" => &["id"],
        "coap" if !matches!(fields.get("type").and_then(Value::as_str), Some("ACK" | "RST")) => {
            &["message_id"]
        }
        _ => &[],
    };
    numbers.iter().for_each(|number| {
        fields.shift_remove(*number);
    });
    if let Some(id) = fields.get_mut("topic_id").filter(|id| **id != json!(0)) {
        *id = match kind {
            "publish" | "puback" => known(Kind::Topic, id).unwrap_or_else(|| id.clone()),
            _ => json!(CHOSEN),
        };
    }
}

/// What differs from run to run in one property or option.
fn without_options(option: &mut Map<String, Value>) {
    for (name, value) in option {
        if matches!(
            name.as_str(),
            "assigned_client_identifier" | "etag" | "echo" | "observe" | "message_expiry_interval"
        ) {
            *value = json!(CHOSEN);
        }
    }
}

fn entry(form: &Value) -> Option<(&str, &Value)> {
    form.as_object()?.iter().next().map(|(kind, body)| (kind.as_str(), body))
}

fn entry_mut(form: &mut Value) -> Option<(&String, &mut Value)> {
    form.as_object_mut()?.iter_mut().next()
}

/// Elements of XMPP, as text.
mod xml {
    use serde_json::{Value, json};

    use super::{CHOSEN, Kind, Term};

    /// The full JID that was bound, the id of a stream that can be resumed, and the ids of requests.
    pub(super) fn given(text: &str) -> Vec<Term> {
        let tag = head(text);
        let bound = text.split_once("<jid>").and_then(|(_, rest)| rest.split_once("</jid>"));
        let is_request =
            tag.starts_with("<iq") && matches!(attribute(tag, "type"), Some("get" | "set"));
        let id = attribute(tag, "id").filter(|_| tag.starts_with("<enabled") || is_request);
        let words = bound.map(|(jid, _)| jid).into_iter().chain(id);
        words.map(|word| (Kind::Name, json!(word))).collect()
    }

    /// Answers by their id, the rest by what it is and who sent it.
    pub(super) fn row(text: &str) -> String {
        let tag = head(text);
        let name = tag.trim_start_matches('<').split([' ', '/', '>']).next().unwrap_or_default();
        let is_answer = matches!(attribute(tag, "type"), Some("result" | "error"));
        let by = if name == "iq" && is_answer { "id" } else { "from" };
        format!("{name} {}", attribute(tag, by).unwrap_or_default())
    }

    pub(super) fn plain(text: &str, known: &dyn Fn(Kind, &Value) -> Option<Value>) -> String {
        let mut plain = text.to_owned();
        for (kind, word) in words(text) {
            if let Some(then) = known(kind, &word).as_ref().and_then(Value::as_str)
                && let Some(now) = word.as_str()
            {
                plain = exchange(&plain, now, then);
            }
        }
        for name in ["stamp", "id"] {
            let is_ours = name == "id" && !plain.starts_with("<enabled");
            if !is_ours {
                let values = values(&plain, name);
                for value in values {
                    plain = exchange(&plain, &value, CHOSEN);
                }
            }
        }
        plain
    }

    /// Every value of an attribute, and what stands alone between two tags.
    fn words(text: &str) -> Vec<Term> {
        let quoted = text.split(['\'', '"', '<', '>']).filter(|word| !word.is_empty());
        quoted.map(|word| (Kind::Name, json!(word))).collect()
    }

    /// Puts a word for another where it is a whole value.
    pub(super) fn exchange(text: &str, old: &str, new: &str) -> String {
        let mut text = text.to_owned();
        for (before, behind) in [("'", "'"), ("\"", "\""), (">", "<")] {
            let (old, new) = (format!("{before}{old}{behind}"), format!("{before}{new}{behind}"));
            text = text.replace(&old, &new);
        }
        text
    }

    fn values(text: &str, name: &str) -> Vec<String> {
        let begin = format!(" {name}=");
        let places = text.match_indices(&begin);
        let value = |(place, found): (usize, &str)| {
            let rest = text.get(place + found.len()..)?;
            let quote = rest.chars().next()?;
            rest.get(1..)?.split_once(quote).map(|(value, _)| value.to_owned())
        };
        places.filter_map(value).collect()
    }

    fn head(text: &str) -> &str {
        text.split_once('>').map_or(text, |(head, _)| head)
    }

    fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
        let (_, rest) = tag.split_once(&format!(" {name}="))?;
        let quote = rest.chars().next()?;
        rest.get(1..)?.split_once(quote).map(|(value, _)| value)
    }
}

/// Puts the words of now for those of then into a form that is one text.
pub(super) fn reword(text: &mut Value, then: &Value, now: &Value) {
    if let (Value::String(text), Some(then), Some(now)) = (text, then.as_str(), now.as_str()) {
        *text = xml::exchange(text, then, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: Kind, _: &Value) -> Option<Value> {
        None
    }

    #[test]
    fn what_a_server_numbers_is_not_compared() {
        let publish = |id: u64| {
            json!({"publish": {"qos": 1, "topic_name": "t", "packet_identifier": id,
            "properties": [{"message_expiry_interval": id}], "payload": "x"}})
        };
        assert_eq!(given(&publish(7)), [(Kind::Message, json!(7))]);
        assert_eq!(plain(&publish(7), &nothing), plain(&publish(8), &nothing));
        assert_eq!(row(&publish(7)), row(&publish(8)));
        let connack = |properties: Value| json!({"connack": {"properties": properties}});
        let assigned = json!({"assigned_client_identifier": "x"});
        let words = ["a", "b"].map(|word| json!({"user_property": [word, "c"]}));
        let [one, other] = [
            connack(json!([words[0], assigned, words[1]])),
            connack(json!([{"assigned_client_identifier": "y"}, words[0], words[1]])),
        ];
        assert_eq!(given(&one), [(Kind::Name, json!("x"))]);
        assert_eq!(plain(&one, &nothing), plain(&other, &nothing));
        let turned = connack(json!([words[1], words[0], assigned]));
        assert_ne!(plain(&one, &nothing), plain(&turned, &nothing));
        let puback = json!({"puback": {"packet_identifier": 4}});
        assert_eq!(plain(&puback, &nothing), puback);
        let topic = |id: u64| json!({"publish": {"topic_id": id, "message_id": 1}});
        let known = |_: Kind, id: &Value| (*id == json!(2)).then(|| json!(1));
        assert_eq!(plain(&topic(2), &known), plain(&topic(1), &nothing));
        assert_ne!(plain(&topic(3), &known), plain(&topic(1), &nothing));
    }

    #[test]
    fn a_client_names_what_it_was_given() {
        let places = |mut form: Value| {
            let mut found = Vec::new();
            named(&mut form, &mut |kind, value| found.push((kind, value.clone())));
            found
        };
        assert_eq!(
            places(json!({"pubrec": {"packet_identifier": 4}})),
            [(Kind::Message, json!(4))]
        );
        assert_eq!(places(json!({"pubrel": {"packet_identifier": 4}})), []);
        assert_eq!(places(json!({"coap": {"type": "CON", "message_id": 4}})), []);
        let acknowledged = json!({"coap": {"type": "ACK", "message_id": 4,
            "options": [{"if_match": "01"}]}});
        assert_eq!(places(acknowledged), [(Kind::Message, json!(4)), (Kind::Name, json!("01"))]);
        let inner = json!({"encapsulated": {"message": {"regack": {"topic_id": 1}}}});
        assert_eq!(places(inner), [(Kind::Topic, json!(1))]);
    }

    #[test]
    fn elements_are_compared_without_their_ids() {
        let bound = json!({"xml": "<iq type='result' id='b'><bind><jid>a@b/1</jid></bind></iq>"});
        assert_eq!(given(&bound), [(Kind::Name, json!("a@b/1"))]);
        assert_eq!(row(&bound), "iq b");
        let presence = |jid: &str| json!({"xml": format!("<presence from='{jid}' stamp=\"3\"/>")});
        let known = |_: Kind, jid: &Value| (*jid == json!("a@b/2")).then(|| json!("a@b/1"));
        assert_eq!(plain(&presence("a@b/2"), &known), plain(&presence("a@b/1"), &nothing));
        let mut to = json!("<message to='a@b/1'>a@b/1!</message>");
        reword(&mut to, &json!("a@b/1"), &json!("a@b/2"));
        assert_eq!(to, "<message to='a@b/2'>a@b/1!</message>");
    }
}
