use serde_json::{Map, Value, json};

use super::*;

#[track_caller]
fn yes(pattern: Value, value: Value) -> Map<String, Value> {
    let mut bindings = Map::new();
    if let Err(mismatch) = match_value(&pattern, &value, &mut bindings) {
        panic!("{pattern} does not match {value}: {mismatch}");
    }
    bindings
}

#[track_caller]
fn no(pattern: Value, value: Value) -> Box<Mismatch> {
    let mut bindings = Map::new();
    let result = match_value(&pattern, &value, &mut bindings);
    assert!(bindings.is_empty(), "a mismatch binds nothing");
    result.expect_err("a mismatch")
}

#[test]
fn objects_are_partial_and_arrays_exact() {
    yes(json!({"publish": {"qos": 1}}), json!({"publish": {"qos": 1, "dup": false}}));
    yes(json!({"publish": {}}), json!({"publish": {"qos": 1}}));
    yes(json!({}), json!({"publish": {"qos": 1}}));
    yes(
        json!({"suback": {"reason_codes": [1, {"$le": 2}]}}),
        json!({"suback": {"reason_codes": [1, 0]}}),
    );
    no(json!([1]), json!([1, 2]));
    no(json!([2, 1]), json!([1, 2]));
    let wrong = no(json!({"publish": {"qos": 1}}), json!({"publish": {"qos": 2}}));
    assert_eq!(wrong.to_string(), "publish.qos is 2, expected 1");
    assert_eq!(wrong.token(&[]), "publish qos=2");
    let wrong = no(json!({"publish": {"qos": 1}}), json!({"publish": {}}));
    assert_eq!(wrong.to_string(), "publish.qos is missing, expected 1");
    assert_eq!(wrong.token(&[]), "publish qos=absent");
    let wrong = no(json!({"a": {"b": [{"c": 1}]}}), json!({"a": {"b": [{"c": 2}]}}));
    assert_eq!(wrong.path, "a.b.0.c");
}

#[test]
fn what_a_verb_gives_is_matched_by_its_members() {
    let given = || json!({"stdout": "RIGHT", "stderr": "", "code": 0});
    yes(json!({"code": 0}), given());
    yes(json!({"stdout": {"$contains": "RIGHT", "$lacks": "WRONG"}}), given());
    assert_eq!(no(json!({"code": 1}), given()).to_string(), "code is 0, expected 1");
    assert_eq!(no(json!({"signal": 9}), given()).to_string(), "signal is missing, expected 9");
}

#[test]
fn another_kind_differs_as_a_whole() {
    let wrong = no(json!({"publish": {}}), json!({"puback": {"packet_identifier": 1}}));
    assert_eq!(wrong.to_string(), "{puback: {packet_identifier: 1}}, expected {publish: {}}");
    assert_eq!(wrong.token(&[]), "puback");
    assert_eq!(kind_of(&json!({"puback": {}})), Some("puback"));
    assert_eq!(kind_of(&json!({"$in": []})), None);
    assert_eq!(kind_of(&json!({"a": 1, "b": 2})), None);
    assert_eq!(kind_of(&json!("a")), None);
}

#[test]
fn tokens_hold_nothing_that_changes_from_run_to_run() {
    let token = |field: &str, observed: Value| {
        let path = format!("coap.{field}");
        Mismatch { path, expected: json!(0), observed: Some(observed) }.token(&["message_id"])
    };
    assert_eq!(token("code", json!("4.04")), "coap code=4.04");
    assert_eq!(token("type", json!("NON")), "coap type=NON");
    assert_eq!(token("message_id", json!(7)), "coap message_id=other");
    assert_eq!(token("payload", json!("k2m9q")), "coap payload=other");
    assert_eq!(token("session_present", json!(true)), "coap session_present=true");
}

#[test]
fn variables_bind_with_their_type() {
    let found = yes(
        json!({"publish": {"packet_identifier": "?{pid}", "payload": "?{p}", "topic_name": "?{}"}}),
        json!({"publish": {"packet_identifier": 7, "payload": {"hex": "00"}, "topic_name": "t"}}),
    );
    assert_eq!(Value::from(found), json!({"pid": 7, "p": {"hex": "00"}}));
    yes(json!(["?{x}", "?{x}"]), json!([1, 1]));
    assert_eq!(no(json!(["?{x}", "?{x}"]), json!([1, 2])).expected, json!(1));
    let mut bindings = yes(json!("?{x}"), json!(1));
    match_value(&json!("?{x}"), &json!(2), &mut bindings).expect("it is bound anew");
    assert_eq!(bindings["x"], json!(2));
    assert_eq!(
        bound_names(&json!({"a": ["?{x}", "?{}"], "xml": "<a b='?{y}' c='?{}'/>"})),
        ["x", "y"]
    );
}

#[test]
fn bytes_are_compared_whatever_their_form() {
    yes(json!("a"), json!({"hex": "61"}));
    yes(json!({"hex": "61 62"}), json!("ab"));
    yes(json!({"$hex": "61 62"}), json!("ab"));
    yes(json!({"repeat": "a", "times": 3}), json!("aaa"));
    no(json!({"hex": "61"}), json!("b"));
    no(json!({"$hex": "6"}), json!("b"));
    no(json!("1"), json!(1));
}

#[test]
fn operators() {
    yes(json!({"$in": [1, {"$ge": 5}]}), json!(7));
    no(json!({"$in": [1, 2]}), json!(3));
    yes(json!({"$not": 1}), json!(2));
    no(json!({"$not": {"$in": [1, 2]}}), json!(2));
    yes(json!({"$le": 2}), json!(2));
    no(json!({"$le": 2}), json!("x"));
    yes(json!({"$ge": 2}), json!("9007199254740993"));
    yes(json!({"$between": [2, 5]}), json!(5));
    no(json!({"$between": [2, 5]}), json!(6));
    yes(json!({"$len": 2}), json!([1, 2]));
    yes(json!({"$len": {"$ge": 2}}), json!({"hex": "0000"}));
    no(json!({"$len": 2}), json!(2));
    yes(json!({"$starts": "2."}), json!("2.05"));
    no(json!({"$starts": "2."}), json!("4.05"));
    yes(json!({"$contains": "IG", "$lacks": "WRONG"}), json!("RIGHT"));
    no(json!({"$contains": "IG", "$lacks": "WRONG"}), json!("WRONG RIGHT"));
    yes(json!({"$contains": 2, "$lacks": 3}), json!([1, 2]));
    assert_eq!(yes(json!({"$in": [["?{x}", 1], ["?{x}", 2]]}), json!([7, 2]))["x"], json!(7));
    no(json!({"$unknown": 1}), json!(1));
}

#[test]
fn what_is_not_there() {
    yes(json!({"a": {"b": {"$absent": true}}}), json!({"a": {}}));
    yes(json!({"a": {"b": {"$absent": false}}}), json!({"a": {"b": 1}}));
    yes(json!({"a": {"b": {"$not": 1}, "c": {"$lacks": "x"}}}), json!({"a": {}}));
    let wrong = no(json!({"a": {"b": {"$absent": true}}}), json!({"a": {"b": 1}}));
    assert_eq!(wrong.to_string(), "a.b is 1, expected nothing");
    let wrong = no(json!({"a": {"b": {"$le": 1}}}), json!({"a": {}}));
    assert_eq!(wrong.to_string(), "a.b is missing, expected at most 1");
}

fn properties(list: Value) -> Value {
    json!({"connack": {"properties": list}})
}

#[test]
fn properties_are_sets() {
    let value = properties(json!([{"receive_maximum": 5}, {"maximum_qos": 1}]));
    yes(properties(json!([{"maximum_qos": 1}, {"receive_maximum": "?{n}"}])), value.clone());
    yes(properties(json!({"$has": [{"maximum_qos": 1}]})), value.clone());
    yes(properties(json!({"$lacks": {"reason_string": "?{}"}})), value.clone());
    no(properties(json!({"$lacks": {"maximum_qos": "?{}"}})), value.clone());
    let wrong = no(properties(json!([{"maximum_qos": 1}])), value.clone());
    assert_eq!(wrong.to_string(), "connack.properties.receive_maximum is 5, expected nothing");
    let wrong = no(properties(json!({"$has": [{"maximum_qos": 0}]})), value.clone());
    assert_eq!(wrong.to_string(), "connack.properties.maximum_qos is 1, expected 0");
    assert_eq!(wrong.token(&[]), "connack properties.maximum_qos=1");
    let wrong = no(properties(json!({"$has": [{"topic_alias_maximum": 1}]})), value);
    assert_eq!(wrong.path, "connack.properties.topic_alias_maximum");
    assert_eq!(wrong.observed, None);
}

#[test]
fn the_order_of_user_properties_counts() {
    let value = properties(json!([{"user_property": ["a", "1"]}, {"maximum_qos": 1},
        {"user_property": ["b", "2"]}, {"user_property": ["c", "3"]}]));
    let has = |list: Value| properties(json!({"$has": list}));
    yes(has(json!([{"user_property": ["a", "1"]}, {"user_property": ["c", "3"]}])), value.clone());
    no(has(json!([{"user_property": ["c", "3"]}, {"user_property": ["a", "1"]}])), value.clone());
    yes(
        properties(json!([{"maximum_qos": 1}, {"user_property": ["a", "1"]},
            {"user_property": ["b", "2"]}, {"user_property": ["c", "3"]}])),
        value.clone(),
    );
    no(
        properties(json!([{"maximum_qos": 1}, {"user_property": ["b", "2"]},
            {"user_property": ["a", "1"]}, {"user_property": ["c", "3"]}])),
        value,
    );
}

#[test]
fn a_set_tries_every_assignment() {
    let value = properties(json!([{"subscription_identifier": 1}, {"subscription_identifier": 2}]));
    let pattern = json!([{"subscription_identifier": {"$ge": 1}}, {"subscription_identifier": 1}]);
    yes(properties(pattern), value.clone());
    no(properties(json!([{"subscription_identifier": 1}, {"subscription_identifier": 1}])), value);
}

#[test]
fn the_order_of_repeated_options_counts() {
    let options = |list: Value| json!({"coap": {"options": list}});
    let value = options(json!([{"observe": 0}, {"uri_path": "a"}, {"uri_path": "b"}]));
    yes(options(json!([{"uri_path": "a"}, {"uri_path": "b"}, {"observe": 0}])), value.clone());
    no(options(json!([{"uri_path": "b"}, {"uri_path": "a"}, {"observe": 0}])), value);
}

#[test]
fn a_list_of_any_length_ends() {
    let entries: Vec<Value> = (0..20_000).map(|i| json!({"user_property": ["k", i]})).collect();
    let value = properties(Value::from(entries));
    let any = json!({"user_property": "?{}"});
    no(properties(json!({"$has": [any, any, any, {"user_property": ["k", -1]}]})), value.clone());
    no(properties(json!([any])), value);
}

#[test]
fn xml_is_compared_as_xml() {
    let mut bindings = Map::new();
    let value =
        json!({"xml": "<iq from='b' id='7' type='result'><ping xmlns='urn:xmpp:ping'/></iq>"});
    let wanted = json!({"xml": "<iq id='?{n}' type='result'/>"});
    assert_eq!(match_value(&wanted, &value, &mut bindings), Ok(()));
    assert_eq!(bindings, *json!({"n": "7"}).as_object().unwrap());
    let wanted = json!({"xml": "<iq type='error'/>"});
    let mismatch = match_value(&wanted, &value, &mut bindings).unwrap_err();
    assert_eq!(mismatch.path, "xml.iq/@type");
    assert_eq!(mismatch.token(&[]), "xml iq/@type=other");
    assert!(match_value(&json!({"stream_end": {}}), &value, &mut bindings).is_err());
    assert!(fits(&json!({"xml": "?{all}"}), &value));
}
