//! How the values that serde cannot derive strictly are read, written and described in the JSON
//! Schema: steps above all, whose verb is their first key.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess,
};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::scalar::is_requirement_id;
use super::{EachFrom, Given, Need, Protocol, Ref, Row, Split, Step, Time, suggest};

macro_rules! step {
    ($($verb:literal $variant:ident),* $(,)?) => {
        impl Step {
            /// Every verb.
            pub const VERBS: &[&str] = &[$($verb),*];

            /// The verb.
            #[must_use]
            pub fn verb(&self) -> &'static str {
                match self { $(Self::$variant(_) => $verb,)* }
            }
        }

        impl Serialize for Step {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(step) => step.serialize(serializer),)* }
            }
        }

        impl JsonSchema for Step {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                "Step".into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let verbs = [$(generator.subschema_for::<super::$variant>()),*];
                json_schema!({ "oneOf": verbs })
            }
        }

        fn read_step<'de, A: MapAccess<'de>>(verb: &str, map: A) -> Result<Step, A::Error> {
            let map = MapAccessDeserializer::new(FirstKey { first: Some(verb), rest: map });
            match verb {
                $($verb => Ok(Step::$variant(Deserialize::deserialize(map)?)),)*
                _ => Err(A::Error::unknown_variant(verb, Step::VERBS)),
            }
        }
    };
}

step! {
    "open" Open, "accept" Accept, "do" Do, "send" Send, "await" Await, "expect" Expect,
    "collect" Collect, "check" Check, "close" Close, "wait" Wait, "repeat" Repeat,
    "procedure" Procedure,
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StepVisitor)
    }
}

struct StepVisitor;

impl<'de> serde::de::Visitor<'de> for StepVisitor {
    type Value = Step;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a step: an object whose first key is a verb")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Step, A::Error> {
        let Some(verb) = map.next_key::<String>()? else {
            return Err(A::Error::custom("an empty step: its first key must be a verb"));
        };
        if Step::VERBS.contains(&verb.as_str()) {
            return read_step(&verb, map);
        }
        map.next_value::<IgnoredAny>()?;
        while let Some((key, _)) = map.next_entry::<String, IgnoredAny>()? {
            if Step::VERBS.contains(&key.as_str()) {
                return Err(A::Error::custom(format!(
                    "the verb `{key}` must be the first key of its step, before `{verb}`"
                )));
            }
        }
        let guess = suggest::phrase(&verb, Step::VERBS.iter().copied());
        Err(A::Error::custom(format!("the first key `{verb}` of a step is not a verb{guess}")))
    }
}

/// Gives the key that was read to choose the type once more, then the rest of the map.
struct FirstKey<'a, A> {
    first: Option<&'a str>,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FirstKey<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// For a member that, when it is there, can only be `true`.
pub(super) fn only_true<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match bool::deserialize(deserializer)? {
        true => Ok(true),
        false => Err(D::Error::custom("it can only be `true`; leave it out otherwise")),
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) if text.contains("${") => Ok(Self::Template(text)),
            value => T::deserialize(value).map(Self::Fixed).map_err(D::Error::custom),
        }
    }
}

impl<T: Serialize> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(value) => value.serialize(serializer),
            Self::Template(text) => serializer.serialize_str(text),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Given_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let fixed = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [fixed, { "type": "string", "pattern": "\\$\\{" }] })
    }
}

const REQUIREMENT: &str =
    "^((MQTT5|MQTT311|MQTTSN|RFC[0-9]+|XEP[0-9]+)-[0-9A-Z.]+-p?[0-9]+|\\$\\{each\\.[a-z0-9_]+\\})$";

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let check = |id: String| {
            if is_requirement_id(&id) || id.starts_with("${each.") {
                Ok(id)
            } else {
                Err(D::Error::custom(format!("`{id}` is not a requirement id")))
            }
        };
        match Value::deserialize(deserializer)? {
            Value::String(id) => check(id).map(Self::One),
            value @ Value::Object(_) => {
                let ids: BTreeMap<Protocol, String> =
                    Deserialize::deserialize(value).map_err(D::Error::custom)?;
                let ids = ids.into_iter().map(|(protocol, id)| Ok((protocol, check(id)?)));
                ids.collect::<Result<_, D::Error>>().map(Self::PerProtocol)
            }
            _ => Err(D::Error::custom("expected a requirement id, or an id for each protocol")),
        }
    }
}

impl Serialize for Ref {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(id) => serializer.serialize_str(id),
            Self::PerProtocol(ids) => ids.serialize(serializer),
        }
    }
}

impl JsonSchema for Ref {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ref".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let protocols = Protocol::ALL.map(Protocol::as_str);
        json_schema!({
            "description": "A requirement id, or one for each protocol of the case.",
            "anyOf": [
                { "type": "string", "pattern": REQUIREMENT },
                {
                    "type": "object",
                    "propertyNames": { "enum": protocols },
                    "additionalProperties": { "type": "string", "pattern": REQUIREMENT },
                    "minProperties": 1
                }
            ]
        })
    }
}

impl<'de> Deserialize<'de> for Need {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(id) => Ok(Self { id, pattern: None }),
            Value::Object(map) if map.len() == 1 => {
                let (id, pattern) = map.into_iter().next().expect("the map has one entry");
                Ok(Self { id, pattern: Some(pattern) })
            }
            _ => Err(D::Error::custom("a need is the id of a capability or {\"id\": pattern}")),
        }
    }
}

impl Serialize for Need {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(pattern) = &self.pattern else { return serializer.serialize_str(&self.id) };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.id, pattern)?;
        map.end()
    }
}

impl JsonSchema for Need {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Need".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A capability: its id, or one key, the id, with a pattern for its value.",
            "anyOf": [
                { "type": "string" },
                { "type": "object", "minProperties": 1, "maxProperties": 1 }
            ]
        })
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut values = Map::<String, Value>::deserialize(deserializer)?;
        let mut take = |key: &str| values.shift_remove(key);
        let row = take("row").ok_or_else(|| D::Error::missing_field("row"))?;
        let needs = take("needs").unwrap_or_else(|| Value::Array(Vec::new()));
        let protocols = take("protocols").unwrap_or_else(|| Value::Array(Vec::new()));
        Ok(Self {
            row: Deserialize::deserialize(row).map_err(D::Error::custom)?,
            needs: Deserialize::deserialize(needs).map_err(D::Error::custom)?,
            protocols: Deserialize::deserialize(protocols).map_err(D::Error::custom)?,
            values,
        })
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("row", &self.row)?;
        if !self.needs.is_empty() {
            map.serialize_entry("needs", &self.needs)?;
        }
        if !self.protocols.is_empty() {
            map.serialize_entry("protocols", &self.protocols)?;
        }
        for (key, value) in &self.values {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl JsonSchema for Row {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Row".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let name = generator.subschema_for::<super::Name>();
        let needs = generator.subschema_for::<Vec<Need>>();
        let protocols = generator.subschema_for::<Vec<Protocol>>();
        json_schema!({
            "description": "A row: its name, what only it needs, and any values of its own.",
            "type": "object",
            "required": ["row"],
            "properties": { "row": name, "needs": needs, "protocols": protocols }
        })
    }
}

impl<'de> Deserialize<'de> for EachFrom {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.strip_prefix("vectors:").and_then(|vectors| vectors.split_once('/')) {
            Some((spec, area)) if !spec.is_empty() && !area.is_empty() => {
                Ok(Self::Vectors { spec: spec.to_owned(), area: area.to_owned() })
            }
            _ => Err(D::Error::custom(format!("`{text}` is not `vectors:<spec>/<area>`"))),
        }
    }
}

impl Serialize for EachFrom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Vectors { spec, area } => {
                serializer.serialize_str(&format!("vectors:{spec}/{area}"))
            }
        }
    }
}

impl JsonSchema for EachFrom {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EachFrom".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "`vectors:<spec>/<area>`; `*` is the specification of each protocol, the areas `first` and `later` are all vectors that come first on a link, or later.",
            "type": "string"
        })
    }
}

impl<'de> Deserialize<'de> for Split {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Object {
            #[serde(default)]
            sizes: Vec<Given<u64>>,
            every: Option<Given<u64>>,
            pause: Option<Time>,
        }
        let value = Value::deserialize(deserializer)?;
        if value.is_array() {
            let sizes = Deserialize::deserialize(value).map_err(D::Error::custom)?;
            return Ok(Self { sizes, ..Self::default() });
        }
        let Object { sizes, every, pause } =
            Deserialize::deserialize(value).map_err(D::Error::custom)?;
        if sizes.is_empty() == every.is_none() {
            return Err(D::Error::custom("a split has either `sizes` or `every`"));
        }
        Ok(Self { sizes, every, pause })
    }
}

impl JsonSchema for Split {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Split".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let sizes = generator.subschema_for::<Vec<Given<u64>>>();
        let every = generator.subschema_for::<Given<u64>>();
        let pause = generator.subschema_for::<Time>();
        json_schema!({
            "description": "How bytes are cut into writes.",
            "anyOf": [
                sizes,
                {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": { "sizes": sizes, "every": every, "pause": pause },
                    "oneOf": [{ "required": ["sizes"] }, { "required": ["every"] }]
                }
            ]
        })
    }
}
