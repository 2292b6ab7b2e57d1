//! CoAP over DTLS and TLS, and XMPP over TLS, from outside: keys, certificates, and what is said where
//! they are wrong.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use serving::{ended, path, wirecheck};

/// A reference server, and where its endpoint with DTLS or TLS is.
struct Secured {
    child: Child,
    place: String,
}

impl Secured {
    fn start(spec: &str) -> Self {
        Self::start_at(&["serve", spec, "--port", "0"], "coaps")
    }

    fn start_at(arguments: &[&str], scheme: &str) -> Self {
        let mut child = wirecheck(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut secure = lines.map(Result::unwrap).filter(|line| line.starts_with(scheme));
        let place = secure.next().unwrap().split_once("://").unwrap().1.to_owned();
        Self { child, place }
    }
}

impl Drop for Secured {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a case against a target, with a password in the environment.
fn run(target: &str, case: &str, password: Option<&str>) -> (i32, String, String) {
    let mut command = wirecheck(&["run", target, "--case", case]);
    command.envs(password.map(|password| ("WIRECHECK_PASSWORD", password)));
    ended(&command.output().unwrap())
}

#[test]
fn a_key_opens_dtls_and_another_one_does_not() {
    let served = Secured::start("coap");
    let url = format!("coaps://wirecheck@{}", served.place);
    let (code, out, err) = run(&url, "coap/secure/p*", Some("wirecheck-reference"));
    assert!(code == 0 && err.contains("coap/secure/protected"), "{code} {out}{err}");
    let hex = "0x7769726563686563 6b2d7265666572656e6365".replace(' ', "");
    let (code, out, err) = run(&url, "coap/messages/ping", Some(&hex));
    assert!(code == 0 && out.contains("kept"), "{code} {out}{err}");
    let (code, out, err) = run(&url, "coap/messages/ping", Some("0xzz"));
    assert!(code == 2 && err.contains("not in hex"), "{code} {out}{err}");
    let (code, out, err) = run(&url, "coap/messages/ping", Some("another"));
    assert!(code == 3 && err.contains("DTLS"), "{code} {out}{err}");
    assert!(!err.contains("another"), "{err}");
    let (code, out, err) = run(&url, "coap/messages/ping", None);
    assert!(code == 2 && err.contains("WIRECHECK_PASSWORD"), "{code} {out}{err}");
}

#[test]
fn xmpp_comes_to_tls_in_the_middle_and_at_the_beginning() {
    let cases =
        [("xmpp://", "xmpp/tls/channel-binding[other-data]"), ("xmpps://", "xmpp/tls/session")];
    for (scheme, case) in cases {
        let arguments = ["serve", "xmpp", "--port", "0", "--variant", "requires-tls"];
        let served = Secured::start_at(&arguments, scheme);
        let url = format!("{scheme}tester@{}", served.place);
        let (code, out, err) = run(&url, case, Some("secret"));
        assert!(code == 0 && out.contains("kept"), "{code} {out}{err}");
    }
}

#[test]
fn without_a_key_certificates_are_spoken_of() {
    let served = Secured::start("coap");
    let url = format!("coaps://{}", served.place);
    let (code, out, err) = run(&url, "coap/secure/certificate", None);
    assert!(code == 0 && out.contains("kept"), "{code} {out}{err}");
    let (code, out, err) = run(&url, "coap/secure/pre-shared-key", None);
    assert!(code == 4 && out.contains("no pre-shared key is given"), "{code} {out}{err}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.json");
    let verified = |verify: bool| {
        let text = serde_json::json!({ "schema": "wirecheck/target/1",
            "endpoints": { "main": { "url": url } }, "tls": { "ca": "ca.pem", "verify": verify } });
        std::fs::write(&file, text.to_string()).unwrap();
        run(path(&file), "coap/messages/ping", None)
    };
    let other = rcgen::generate_simple_self_signed(vec!["other".to_owned()]).unwrap();
    std::fs::write(folder.path().join("ca.pem"), other.cert.pem()).unwrap();
    assert_eq!(verified(false).0, 0);
    let (code, out, err) = verified(true);
    assert!(code == 3 && err.contains("DTLS"), "{code} {out}{err}");
}

#[test]
fn tls_lies_below_streams_and_websocket() {
    for (spec, scheme) in [("coap-tcp", "coaps+tcp"), ("coap-ws", "coaps+ws")] {
        let served = Secured::start(spec);
        let url = format!("{scheme}://{}", served.place);
        let (code, out, err) = run(&url, &format!("{spec}/signalling/ping"), None);
        assert!(code == 0 && out.contains("pass"), "{url} {code} {out}{err}");
    }
}

#[test]
fn a_target_file_without_its_key_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("target.json");
    let write = |member: &str, value: serde_json::Value| {
        let mut text = serde_json::json!({ "schema": "wirecheck/target/1",
            "endpoints": { "main": { "url": "coaps://127.0.0.1:9" } } });
        text[member] = value;
        std::fs::write(&file, text.to_string()).unwrap();
        run(path(&file), "coap/messages/ping", Some("secret"))
    };
    let refused = |(code, out, err): (i32, String, String), words: &str| {
        assert!(code == 2 && err.contains("target.json:1:"), "{code} {out}{err}");
        assert!(err.contains(words), "{err}");
    };
    let psk = serde_json::json!({ "identity": "me", "key_env": "NOT_SET_9" });
    refused(write("psk", psk), "NOT_SET_9 is not set; it holds the key of me");
    let oscore = |secret: &str, id: &str| serde_json::json!({ "secret_env": secret, "sender_id": id, "recipient_id": "02" });
    refused(
        write("oscore", oscore("NOT_SET_9", "01")),
        "NOT_SET_9 is not set; it holds the Master",
    );
    refused(write("oscore", oscore("WIRECHECK_PASSWORD", "0")), "`sender_id` is not in hex");
    refused(write("oscore", oscore("WIRECHECK_PASSWORD", "0102030405060708")), "too-long");
}
