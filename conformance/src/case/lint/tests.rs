use serde_json::{Value, json};

use super::*;
use crate::case::load::load_embedded;
use crate::case::{Auto, Stage};

fn requirement(id: &str) -> Option<RequirementInfo> {
    let (server, client, level) = match id {
        "MQTT5-1.1.1-1" => (true, false, "MUST"),
        "MQTT5-1.1.1-2" => (false, true, "MUST NOT"),
        "MQTT5-1.1.1-3" => (true, true, "SHOULD"),
        "MQTT311-1.1.1-1" => (true, false, "MUST"),
        _ => return None,
    };
    Some(RequirementInfo { binds_server: server, binds_client: client, level: level.to_owned() })
}

/// The problems of a case with these steps, as `path: text`.
#[track_caller]
fn steps(steps: Value) -> Vec<String> {
    case(json!({ "steps": steps }))
}

#[track_caller]
fn case(members: Value) -> Vec<String> {
    case_with(members, None)
}

#[track_caller]
fn case_with(members: Value, fields: Option<&FieldsOf>) -> Vec<String> {
    let mut case = json!({"id": "a/b", "title": "t", "protocols": ["mqtt-5.0"]});
    for (key, value) in members.as_object().expect("an object") {
        case[key] = value.clone();
    }
    let case = serde_json::from_value(case).expect("a case");
    let known = Known {
        requirement: &requirement,
        procedures: Some(&["coap-get"]),
        opening: Some(Opening {
            stages: &[Stage::Transport],
            autos: &[Auto::Ack],
            members: &["like", "session", "subscribe", "account"],
        }),
        faults: Some(&["silent", "closes"]),
        error_kinds: Some(&["truncated"]),
        fields,
        proof: true,
    };
    let problems = lint_case(&case, &known);
    problems.into_iter().map(|(path, text)| format!("{path}: {text}")).collect()
}

fn expect(members: Value) -> Value {
    let mut step = json!({"expect": "a", "name": "n", "requirement": "MQTT5-1.1.1-1",
        "bites": ["silent"]});
    for (key, value) in members.as_object().expect("an object") {
        step[key] = value.clone();
    }
    step
}

const NONE: [&str; 0] = [];

#[test]
fn the_embedded_cases_lack_only_the_catalogue() {
    let any = |_: &str| {
        let level = "MUST".to_owned();
        Some(RequirementInfo { binds_server: true, binds_client: true, level })
    };
    let known = Known {
        requirement: &any,
        opening: None,
        procedures: Some(&[
            "coap-get",
            "coap-put",
            "sasl-plain",
            "bind-if-authenticated",
            "scram-as-client",
            "scram-as-server",
            "start-tls",
            "starttls-offer",
            "roster-item",
            "subscription-state",
            "coap-links",
            "dtls-handshake",
            "oscore-request",
            "oscore-response",
        ]),
        faults: None,
        error_kinds: None,
        fields: None,
        proof: true,
    };
    let files = load_embedded().expect("valid cases");
    let problems: Vec<String> =
        files.iter().flat_map(|file| lint(file, &known)).map(|p| p.to_string()).collect();
    assert_eq!(problems, NONE);
}

#[test]
fn a_good_case_has_no_problems() {
    let found = steps(json!([
        {"open": "a", "as": "connack"},
        {"send": "a", "message": {"pingreq": {}}, "as": "ping"},
        expect(json!({"is": {"pingresp": {"x": "?{x}"}}, "within": "2s", "since": "ping",
            "checks": [{"name": "m", "is": {"y": "${x+1}"}, "requirement": "MQTT5-1.1.1-3",
                        "bites": ["closes"]}]})),
        {"check": "connack", "name": "c", "info": "what came"},
        {"send": "a", "again": "ping", "refused_as": "accepted", "breaks": "MQTT5-1.1.1-2"},
        {"close": "a", "how": "fin"},
        {"open": "a"}
    ]));
    assert_eq!(found, NONE);
}

#[test]
fn messages_that_do_not_exist() {
    let fields: &FieldsOf = &|kind| match kind {
        "pingreq" => Some(&[]),
        "pingresp" => Some(&["x", "y"]),
        _ => None,
    };
    let steps = json!([
        {"open": "a"},
        {"send": "a", "message": {"pingrq": {}}},
        {"send": "a", "message": {"pingreq": {"${id.a}": 1}}},
        expect(json!({"is": {"pingresp": {"z": 1}}})),
        expect(json!({"name": "o", "nothing": {"pingrsp": {}}, "until": {"for": "1s"}})),
        {"collect": ["a"], "where": {"${id.a}": {}}, "until": {"is": {"pingresp": {"w": 1}}},
         "as": "all"},
    ]);
    assert_eq!(
        case_with(json!({ "steps": steps }), Some(fields)),
        [
            "steps[1].message: there is no message `pingrq`",
            "steps[3].is: unknown field of `pingresp` `z`",
            "steps[4].nothing: there is no message `pingrsp`",
            "steps[5].until.is: unknown field of `pingresp` `w`",
        ]
    );
}

#[test]
fn needs_are_a_closed_list() {
    let found = case(json!({"needs": ["tcp", "shared-subscription", "endpoint:mqtt"],
        "steps": [{"open": "a"}]}));
    let wanted = "needs[1]: unknown capability `shared-subscription`; did you mean \
                  `shared-subscriptions`?";
    assert_eq!(found, [wanted]);
}

#[test]
fn citations() {
    let found = steps(json!([
        {"open": "a"},
        expect(json!({"closed": "any", "requirement": "MQTT5-9.9.9-9"})),
        expect(json!({"name": "o", "closed": "any", "requirement": "MQTT5-1.1.1-2", "bites": ["silnt"]})),
        {"open": "a"},
        {"send": "a", "message": {"pingreq": {}}, "refused_as": "accepted", "breaks": "MQTT5-1.1.1-1"},
        expect(json!({"name": "p", "requirement": {"mqtt-3.1.1": "MQTT311-1.1.1-1"}, "any_of": [
            {"closed": "any", "verdict": "fail", "requirement": "MQTT5-1.1.1-3", "bites": ["closes"]},
            {"nothing": true}]})),
    ]));
    assert_eq!(
        found,
        [
            "steps[1].requirement: unknown requirement `MQTT5-9.9.9-9`",
            "steps[2].requirement: `MQTT5-1.1.1-2` does not bind a server, as the target is",
            "steps[2].bites: unknown fault `silnt`; did you mean `silent`?",
            "steps[4].breaks: `MQTT5-1.1.1-1` does not bind a client, as we are here",
            "steps[5].requirement: the case does not run in `mqtt-3.1.1`",
            "steps[5].requirement: no requirement is named for `mqtt-5.0`",
            "steps[5].any_of[0].requirement: the verdict cannot be `fail`: `MQTT5-1.1.1-3` is SHOULD",
        ]
    );
}

#[test]
fn citations_of_rows() {
    let found = case(json!({
        "each": [{"row": "x", "r": "MQTT5-1.1.1-1", "f": ["silent", "odd"]},
                 {"row": "y", "r": "MQTT5-9.9.9-9", "f": "closes"}, {"row": "y", "f": "closes"}],
        "steps": [{"open": "a"},
            expect(json!({"closed": "any", "requirement": "${each.r}", "bites": ["${each.f}"]}))]
    }));
    assert_eq!(
        found,
        [
            "each[2].row: a second row `y`",
            "steps[1].requirement: row `y`: ${each.r}: `each` has no `r`",
            "steps[1].requirement: unknown requirement `MQTT5-9.9.9-9`",
            "steps[1].bites: unknown fault `odd`",
            "steps[1].requirement: the row `y` has no `r`",
        ]
    );
}

#[test]
fn names_are_unique() {
    let found = steps(json!([
        {"open": "a"},
        expect(json!({"closed": "any"})),
        {"repeat": 2, "as": "i", "steps": [expect(json!({"closed": "any"}))]},
        expect(json!({"name": "alive", "closed": "any"}))
    ]));
    assert_eq!(
        found,
        [
            "steps[2].steps[0].name: a second check `n`",
            "steps[3].name: the check `alive` is every case's own",
        ]
    );
}

#[test]
fn actors() {
    let found = steps(json!([
        {"send": "watcher", "message": {}},
        {"open": "watcher"},
        {"open": "watcher"},
        {"collect": ["watchr"], "until": {"fence": {"from": "b"}}, "as": "all"},
        {"close": "watcher", "how": "fin"},
        {"close": "watcher", "how": "fin"},
        {"send": "watcher", "message": {}},
        {"repeat": 2, "as": "i", "steps": [{"open": "c"}]},
        {"procedure": "coap-gt", "on": "d"},
        {"open": "topic"}
    ]));
    assert_eq!(
        found,
        [
            "steps[8].procedure: unknown procedure `coap-gt`; did you mean `coap-get`?",
            "steps[0].send: `watcher` was not opened or accepted before",
            "steps[2].open: `watcher` is open already; close it first",
            "steps[3].collect[0]: `watchr` was not opened or accepted before; did you mean `watcher`?",
            "steps[3].until.fence.from: `b` was not opened or accepted before",
            "steps[5].close: `watcher` is closed already",
            "steps[6].send: `watcher` is closed by then",
            "steps[7].steps: `c` is opened in every turn and never closed",
            "steps[8].on: `d` was not opened or accepted before",
            "steps[9].open: `topic` is the name of a value",
        ]
    );
}

#[test]
fn values() {
    let found = steps(json!([
        {"open": "a", "as": "a"},
        {"send": "a", "message": {"x": "${pid}", "y": "${i+}", "z": "${topic}/${each.n}"}},
        {"await": "a", "is": {"publish": {"packet_identifier": "?{pid}", "q": "?{mid}"}}},
        {"send": "a", "message": {"x": "${pdi}", "y": "${a.jid}", "z": "?{pid}"}},
        {"check": "gone", "name": "g", "info": "x"},
        {"wait": "${nobody}s", "since": "never", "because": "x"},
        {"send": "a", "again": "pid"}
    ]));
    assert_eq!(
        found,
        [
            "steps[3].message: `?{pid}` belongs into a pattern",
            "steps[0].as: `a` is the name of an actor",
            "steps[1].message.x: `pid` was not bound before; did you mean `id`?",
            "steps[1].message.y: ${i+}: expected a path or a number",
            "steps[1].message.z: `${each.n}` without rows",
            "steps[2]: `mid` has a meaning of its own; bind another name",
            "steps[3].message.x: `pdi` was not bound before",
            "steps[4].check: `gone` was not bound before",
            "steps[5].wait: `nobody` was not bound before",
            "steps[5].since: `never` was not bound before",
            "steps[6].again: no send before this one is bound `as` `pid`",
        ]
    );
}

#[test]
fn branches_bind_for_what_follows() {
    let found = steps(json!([
        {"open": "a"},
        {"await": "a", "any_of": [
            {"is": {"x": "?{x}"}, "then": [{"close": "a", "how": "fin"}]}, {"closed": "any"}]},
        {"send": "a", "message": {"x": "${x}"}}
    ]));
    assert_eq!(found, NONE);
}

#[test]
fn forms() {
    let found = steps(json!([
        {"open": "a", "from": "new-address", "at": "bound", "auto": ["ack", "iq"], "as": "v"},
        {"send": "a"},
        {"send": "a", "bytes": "10 0", "message": {}, "mutate": [{"append": "xx"}, {"set": {"field": "f", "to": []}}]},
        {"send": "a", "bytes": "10", "mutate": [{"truncate": 1}], "refused_as": "truncatd"},
        {"await": "a", "any_of": [{"nothing": true, "closed": "any", "verdict": "fail"}]},
        expect(json!({"name": "a1", "nothing": {"publish": {}}})),
        expect(json!({"name": "a2", "nothing": {"publish": {}}, "until": {}, "within": "1s"})),
        expect(json!({"name": "a4", "nothing": {}, "until": {"quiet": "1s"}})),
        expect(json!({"name": "a5", "any_of": [
            {"nothing": true, "verdict": "warn", "requirement": "MQTT5-1.1.1-3"}, {"is": {}}]})),
        expect(json!({"name": "a3", "closed": "any", "since": "v", "checks": [
            {"name": "j", "is": {"x": {"$lt": 1}}, "requirement": "MQTT5-1.1.1-1", "bites": ["silent"]}]})),
        {"wait": "1s", "because": " "},
        {"check": "v", "name": "c1", "is": 1, "count": 1, "requirement": "MQTT5-1.1.1-1", "bites": ["silent"]},
        {"check": "v", "name": "c2", "is": {"$in": [], "qos": 1}, "slack": "10%"},
        {"check": "v", "name": "c3", "set_of": {"field": "x"}, "info": "x"},
        {"check": "v", "name": "c4", "in_order": {"field": "x", "bits": 3, "when": {}}, "info": "x"},
        {"check": "v", "name": "c5", "is": 1, "requirement": "MQTT5-1.1.1-1"}
    ]));
    assert_eq!(
        found,
        [
            "steps[0].from: `from` means nothing in this protocol",
            "steps[0].at: this stage means nothing in this protocol",
            "steps[0].auto[1]: nothing of this protocol is answered by this name",
            "steps[1]: a send has exactly one of `message`, `messages`, `bytes`, `xml`, `again`, `vectors`",
            "steps[2]: a send has exactly one of `message`, `messages`, `bytes`, `xml`, `again`, `vectors`",
            "steps[2].bytes: half a byte: hex digits come in pairs at character 4",
            "steps[2].mutate[0]: neither hex, `'text'` nor `<length: …>` at character 1",
            "steps[2].mutate[1]: `to` is a number, or bytes in a text",
            "steps[2]: a send that is wrong on purpose has `refused_as`: an error kind, or `accepted`",
            "steps[3].mutate: only a `message` can be mutated",
            "steps[3].refused_as: unknown error kind `truncatd`; did you mean `truncated`?",
            "steps[4].any_of: `any_of` needs two branches",
            "steps[4].any_of[0]: a branch has exactly one of `is`, `closed`, `nothing`",
            "steps[4].any_of[0]: an await judges nothing: its branches end as `skip`, `info` or `inconclusive`, without `requirement` and `bites`",
            "steps[5]: `nothing` needs `until`: how else would silence end?",
            "steps[6]: `nothing` ends by `until`; it takes no `within`, `not_before` or `as`",
            "steps[6].until: `until` needs one of `fence`, `is`, `count`, `quiet`, `for`",
            "steps[7].until: `count` and `quiet` belong to `collect`",
            "steps[8].any_of[0]: no fault proves that this branch can be reached",
            "steps[9].checks: `checks` need a message: `is` or `where`",
            "steps[9].since: `since` needs `within` or `not_before`",
            "steps[9].checks[0].is.x: unknown operator `$lt`; did you mean `$le`?",
            "steps[10].because: a wait must say why nothing can be awaited",
            "steps[11]: a check has exactly one of `is`, `each`, `count`, `last`, `set_of`, `in_order`, `intervals`, `same_bytes`",
            "steps[12]: a check has `requirement` and `bites`, or `info`",
            "steps[12].slack: `slack` belongs to `intervals`",
            "steps[12].is: operators and members do not mix in one object",
            "steps[13].set_of: `set_of` has either `equals` or `equals_that_of`",
            "steps[14].in_order: `in_order` has exactly one of `equals`, `after`, `preceded_by`",
            "steps[14].in_order.bits: `bits` belongs to `after`",
            "steps[14].in_order.when: `when` belongs to `preceded_by`",
            "steps[15].bites: no fault proves that this check can fail",
        ]
    );
}

#[test]
fn headers() {
    let found = case(json!({"protocols": ["mqtt-5.0", "mqtt-5.0"], "locks": ["run", "acount:1"],
        "each": [{"row": "x", "protocols": ["mqtt-3.1.1"]}], "steps": []}));
    assert_eq!(
        found,
        [
            "steps: a case without steps",
            "protocols[1]: `mqtt-5.0` is there twice",
            "locks[1]: unknown lock `acount:1`; it can be `run`, `account:N`, `resource:NAME`, `client:NAME`, `topics:#`",
            "each[0].protocols: the case does not run in `mqtt-3.1.1`",
        ]
    );
}

#[test]
fn what_an_instance_could_not_fill_in_is_a_problem() {
    let found = steps(json!([{"open": "a", "to": "x${topic"}]));
    assert_eq!(found, ["steps[0].to: ${topic}: `${` without `}`"]);
    let steps = json!([{"open": "a"},
        expect(json!({"closed": "any", "requirement": "${each.r}", "bites": ["${each.f}"]}))]);
    let rows = json!([{"row": "x", "r": ["MQTT5-1.1.1-1"], "f": ["silent", 7]}]);
    let found = case(json!({"each": rows, "steps": steps}));
    assert_eq!(
        found,
        [
            "steps[1].requirement: `${each.r}` is not a text in `x`",
            "steps[1].bites: `${each.f}` is not a text in `x`"
        ]
    );
}
