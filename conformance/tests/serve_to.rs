//! The MQTT-SN gateway of `serve --to` over a broker in another process.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use serde_json::json;
use serving::{Served, ended, expect, path, run, wirecheck};

#[test]
fn the_gateway_passes_over_the_broker_that_it_is_given() {
    let broker = Served::start(&[]);
    let gateway = Served::of("mqtt-sn-1.2", &["--to", &broker.url]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.json");
    let text = json!({ "schema": "wirecheck/target/1",
        "endpoints": { "main": { "url": gateway.url }, "mqtt": { "url": broker.url } },
        "resources": { "predefined-id": "1", "predefined-topic": "wirecheck/predefined" } });
    std::fs::write(&file, text.to_string()).unwrap();
    for case in ["publish/qos-2", "publish/predefined-id", "subscribe/first-message*"] {
        let case = format!("mqtt-sn-1.2/{case}");
        let (code, out, err) = run(&["run", path(&file), "--case", &case]);
        assert_eq!(code, 0, "{case}\n{out}\n{err}");
    }
}

#[test]
fn what_cannot_be_behind_the_gateway_is_refused() {
    let serve = |spec: &str, to: &str, exit: i32, word: &str| {
        expect(&["serve", spec, "--port", "0", "--to", to], exit, &[word]);
    };
    serve("mqtt-5.0", "mqtt://127.0.0.1:1", 2, "--to is for mqtt-sn-1.2");
    serve("mqtt-sn-1.2", "coap://127.0.0.1", 2, "it is to be an MQTT broker");
    serve("mqtt-sn-1.2", "mqtt://127.0.0.1:1?v=5.0", 2, "MQTT 3.1.1");
    serve("mqtt-sn-1.2", "nonsense", 2, "--to");
    serve("mqtt-sn-1.2", "mqtt://127.0.0.1:1", 3, "cannot connect");
}

#[test]
fn what_failed_is_confirmed_beside_what_is_behind_the_gateway() {
    let broker = Served::start(&[]);
    let gateway =
        |more: &[&str]| Served::of("mqtt-sn-1.2", &[&["--to", broker.url.as_str()], more].concat());
    let (faulty, right) = (gateway(&["--fault", "retain-lost"]), gateway(&[]));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.json");
    let text = json!({ "schema": "wirecheck/target/1",
        "endpoints": { "main": { "url": faulty.url }, "mqtt": { "url": broker.url } } });
    std::fs::write(&file, text.to_string()).unwrap();
    let case = "mqtt-sn-1.2/forms/retain-flag";
    let out = path(folder.path());
    let (code, text, err) = run(&["run", path(&file), "--case", case, "--out", out]);
    assert_eq!(code, 1, "{text}{err}");
    let result = folder.path().join("result.json");
    let (code, text, err) = run(&["confirm", path(&result)]);
    assert!(code == 0 && text.contains("1 of 1 confirmed"), "{text}{err}");
    let (code, text, err) = run(&["confirm", path(&result), "--at", &right.url]);
    assert!(code == 1 && text.contains("0 of 1 confirmed"), "{text}{err}");
}

#[test]
fn a_gateway_is_found_in_its_group() {
    let gateway = Served::at("mqtt-sn-1.2", "mqtt-sn://225.", &[]);
    let (code, out, err) = run(&["run", &gateway.url, "--case", "connect/answered"]);
    assert!(code == 0 && out.contains("pass"), "{code} {out}{err}");
    drop(gateway);
    let nobody = "mqtt-sn://225.1.1.2:9";
    expect(&["run", nobody, "--case", "connect/answered"], 3, &["no gateway answers SEARCHGW"]);
}

#[test]
fn a_gateway_is_spoken_to_by_dtls() {
    let gateway = Served::at("mqtt-sn-1.2", "mqtt-sn+dtls://", &[]);
    let url = gateway.url.replace("//", "//wirecheck@");
    let mut command = wirecheck(&["run", &url, "--case", "connect/answered", "--log", "all"]);
    command.env("WIRECHECK_PASSWORD", "wirecheck-reference");
    let (code, out, err) = ended(&command.output().unwrap());
    assert!(code == 0 && out.contains("pass"), "{code} {out}{err}");
}
