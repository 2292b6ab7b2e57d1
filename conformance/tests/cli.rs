//! The command line from outside: what it prints, writes and returns.
#![allow(missing_docs, clippy::unwrap_used)]

mod serving;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use serving::{Served, ended, expect, run, wirecheck};

#[test]
fn a_run_without_target_leaves_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let summary = expect(
        &["run", "--case", "mqtt-5.0/will/takeover*", "--out", out.to_str().unwrap()],
        0,
        &["the built-in broker", "requirements tested", "report in"],
    );
    assert!(!summary.contains("FAIL"), "{summary}");
    let result: Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("result.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&wirecheck::result::schema()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&result).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(result["target"]["spec"], serde_json::json!(["mqtt-5.0"]));
    assert!(result["summary"]["pass"].as_u64().unwrap() >= 2);
    let mut names: Vec<_> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["junit.xml", "report.html", "result.json", "summary.md"]);
}

#[test]
fn a_fault_is_shown_and_its_command_shows_it_again() {
    let case = "mqtt-5.0/will/takeover-ends-session[no-delay]";
    let out = expect(
        &["run", "--fault", "takeover-keeps-both", "--case", case],
        1,
        &[
            "FAIL  mqtt-5.0/will/takeover-ends-session[no-delay]#closed",
            "MQTT5-3.1.4-3 (MUST, server)",
            "[MQTT-3.1.4-3]",
            "expected  the connection closed",
            "within 5 s",
            "the connection is still open",
        ],
    );
    let again = out.lines().find_map(|line| line.trim().strip_prefix("again")).unwrap();
    let words: Vec<&str> = again.trim().split(' ').map(|word| word.trim_matches('\'')).collect();
    assert_eq!(words[0], env!("CARGO_BIN_EXE_wirecheck"), "called by a path, printed with it");
    assert_eq!(words[1..], ["run", "--fault", "takeover-keeps-both", "--case", case]);
    expect(&words[1..], 1, &["FAIL"]);
}

#[test]
fn bytes_that_matter_have_a_caret() {
    expect(
        &["run", "--fault", "connack-reserved-flags", "--case", "mqtt-5.0/will/takeover*"],
        1,
        &["\n   ", "^^ ", "(byte 2)", "passive/mqtt-5.0/"],
    );
}

#[test]
fn usage_is_checked_before_anything_runs() {
    expect(&["run", "--case", "no/such/case"], 2, &["no case matches no/such/case"]);
    expect(&["run", "--case", "ping/answred"], 2, &["did you mean `ping/answered`?"]);
    expect(&["run", "--requirement", "MQTT5-9*"], 2, &["no requirement matches MQTT5-9*"]);
    let both = ["run", "--case", "ping/answered", "--requirement", "MQTT5-3.1.2-3"];
    expect(&both, 2, &["no case fits all of these options"]);
    expect(&["run", "/"], 2, &["/: this is a folder"]);
    expect(&["run", "mqqt://h"], 2, &["`mqqt` is not known; did you mean `mqtt`?"]);
    let elsewhere = ["run", "--fault", "takeover-silent", "--spec", "coap"];
    expect(&elsewhere, 4, &["no built-in peer that knows it speaks coap"]);
    expect(&["run", "--fault", "takeover-silnt"], 2, &["did you mean `takeover-silent`?"]);
    expect(&["run", "--variant", "one-copi"], 2, &["did you mean `one-copy`?"]);
    expect(&["run", "http://h"], 2, &["there are mqtt"]);
    expect(&["run", "mqtt://u:secret@h"], 2, &["WIRECHECK_PASSWORD"]);
    expect(&["run", "mqtt://u@h"], 2, &["set the environment variable WIRECHECK_PASSWORD"]);
    expect(&["run", "--spec", "xmpp-ws"], 2, &["no driver yet"]);
    expect(&["run", "--out", "/proc/nowhere"], 2, &["cannot write to /proc/nowhere"]);
    expect(&["run", "no-such-file.json"], 2, &["no-such-file.json"]);
    expect(&["decode", "mqtt-5", "c000"], 2, &["did you mean `mqtt-5.0`?"]);
}

#[test]
fn a_wrong_key_in_a_case_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mqtt")).unwrap();
    let file = folder.path().join("mqtt/own.json");
    let write = |step: &str| {
        let text = format!(
            "{{\"schema\": \"wirecheck/case/1\", \"family\": \"mqtt\", \"cases\": [\n\
             {{\"id\": \"own/one\", \"title\": \"t\", \"protocols\": [\"mqtt-5.0\"], \"steps\": [\n\
             {{\"open\": \"a\"}},\n{step}]}}]}}"
        );
        std::fs::write(&file, text).unwrap();
    };
    let cases = folder.path().to_str().unwrap();
    write("{\"expct\": \"a\"}");
    expect(&["run", "--cases", cases], 2, &["own.json:4:", "expect"]);
    let check = "{\"expect\": \"a\", \"name\": \"n\", \"bites\": [\"no-pingresp\"], ";
    write(&format!("{check}\"requirement\": \"MQTT5-9.9.9-9\", \"is\": {{\"pingresp\": {{}}}}}}"));
    expect(&["run", "--cases", cases], 2, &["own.json:4:", "MQTT5-9.9.9-9"]);
    expect(&["check", "--cases", cases], 2, &["own.json:4:"]);
    std::fs::write(&file, "{").unwrap();
    expect(&["list", "--cases", cases], 2, &["own.json:1:", "not JSON"]);
}

#[test]
fn cases_of_ones_own_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mqtt")).unwrap();
    let text = r#"{"schema": "wirecheck/case/1", "family": "mqtt", "cases": [
        {"id": "own/ping", "title": "t", "protocols": ["mqtt-3.1.1"], "steps": [
        {"open": "a", "auto": []}, {"send": "a", "message": {"pingreq": {}}},
        {"expect": "a", "name": "pong", "requirement": "MQTT311-3.12.4-1", "bites": ["no-pingresp"],
         "is": {"pingresp": {}}, "within": "2s"}]}]}"#;
    std::fs::write(folder.path().join("mqtt/own.json"), text).unwrap();
    let cases = folder.path().to_str().unwrap();
    let out = expect(&["run", "--cases", cases, "--case", "*/own/*"], 0, &["pass"]);
    assert!(out.contains("mqtt-3.1.1  MUST"), "{out}");
    expect(&["show", "--cases", cases, "own/ping"], 0, &["MQTT311-3.12.4-1", "runs as"]);
}

#[test]
fn an_unreachable_target_is_said_to_be_one() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("mqtt://127.0.0.1:{port}");
    expect(&["run", &url], 3, &[&format!("127.0.0.1:{port}"), "refused", "Is the server running"]);
    expect(&["run", "mqtt://no-such-host.invalid"], 3, &["cannot find the host"]);
}

/// A target that does to each connection what `serve` does.
fn bad_target(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    url
}

/// The time that a target takes which never answers.
fn expect_unusable(serve: fn(TcpStream), words: &str) {
    let url = bad_target(serve);
    let started = Instant::now();
    // A tenth of the patience: 1.5 s instead of 15 s.
    expect(&["run", &url, "--patience", "0.1x"], 3, &["cannot be tested", words]);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

fn until_the_end(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

#[test]
fn targets_that_make_no_sense() {
    expect_unusable(until_the_end, "no answer");
    expect_unusable(
        |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
            until_the_end(stream);
        },
        "no MQTT",
    );
    expect_unusable(
        |mut stream| {
            for _ in 0..100 {
                let _ = stream.write_all(&[0x20]);
                std::thread::sleep(Duration::from_millis(200));
            }
        },
        "mqtt-5.0: ",
    );
    expect_unusable(
        |mut stream| {
            let _ = stream.write_all(&[0x30, 0xff, 0xff, 0xff, 0x7f]);
            let zeros = [0; 65536];
            while stream.write_all(&zeros).is_ok() {}
        },
        "larger than the receiver takes",
    );
    expect_unusable(drop, "closed the connection");
}

#[test]
fn one_protocol_that_is_not_spoken_is_skipped() {
    // CONNACK 0x01 to everybody but MQTT 3.1.1, and an answer to all that the probe asks.
    let url = bad_target(|mut stream| {
        let mut buffer = [0; 1024];
        let Ok(count) = stream.read(&mut buffer) else { return };
        if buffer[..count].get(8) != Some(&4) {
            let _ = stream.write_all(&[0x20, 2, 0, 1]);
            return;
        }
        let _ = stream.write_all(&[0x20, 2, 0, 0]);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            let _ = match buffer[0] {
                0x82 => stream.write_all(&[0x90, 3, buffer[2], buffer[3], 1]),
                0xc0 => stream.write_all(&[0xd0, 0]),
                _ => Ok(()),
            };
            if count > 0 && buffer[0] == 0xe0 {
                return;
            }
        }
    });
    let case = "mqtt-*/will/*";
    let out = run(&[
        "run",
        &url,
        "--case",
        case,
        "--case",
        "mqtt-3.1.1/retained/*",
        "--level",
        "must",
        "--patience",
        "0.1x",
    ]);
    assert!(out.1.contains("skip") && out.1.contains("mqtt-5.0 is false"), "{out:?}");
    expect(&["run", &format!("{url}?v=5.0"), "--case", case], 3, &["cannot be tested"]);
}

#[test]
fn decode_and_encode_are_inverse() {
    let hex = "c000101a00044d5154540506003c0321000a000263310000017400026f6b".to_owned();
    let json = expect(&["decode", "mqtt-5.0", &hex, "--json"], 0, &["\"pingreq\"", "\"connect\""]);
    assert_eq!(json.lines().count(), 2);
    let (code, out, err) = run(&["encode", "mqtt-5.0", &json]);
    assert_eq!((code, out.replace('\n', "")), (0, hex.clone()), "{err}");
    expect(&["decode", "mqtt-5.0", &hex], 0, &["CONNECT", "keep_alive", "will.payload"]);
    let stanza = "<iq type='get' id='1'/>";
    expect(&["decode", "xmpp", stanza, "--text"], 0, &["<iq>", "type"]);
    expect(&["decode", "xmpp", "<a><!-- --></a>", "--text"], 1, &["comment", "RFC6120-11.1-1"]);
    expect(&["decode", "mqtt-5.0", "c001"], 1, &["incomplete", "^^"]);
    expect(&["decode", "mqtt-5.0", "c10100", "--json"], 1, &["\"error\"", "wrong-flags"]);
    expect(&["decode", "mqtt-5.0", "c0 0"], 2, &["odd number"]);
    expect(&["encode", "mqtt-5.0", "{\"publsh\": {}}"], 2, &[]);
    expect(&["encode", "mqtt-5.0", "{"], 2, &["not JSON"]);
}

#[test]
fn input_can_come_from_standard_input() {
    let mut child = wirecheck(&["decode", "mqtt-3.1.1", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"d0 00\n").unwrap();
    let (code, out, _) = ended(&child.wait_with_output().unwrap());
    assert!(code == 0 && out.contains("PINGRESP"), "{out}");
}

#[test]
fn cases_are_listed_and_shown() {
    let out = expect(&["list"], 0, &["mqtt-5.0/will/takeover-ends-session[no-delay]", "coap/"]);
    assert!(out.lines().count() > 20);
    let out = expect(&["list", "mqtt-5.0/will/*", "--json"], 0, &["\"requirement\""]);
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    expect(&["list", "z*"], 2, &["no case matches"]);
    expect(&["list", "ping/answered"], 0, &["mqtt-3.1.1/ping/answered", "mqtt-5.0/ping/answered"]);
    let pings = ["list", "--requirements", "MQTT5-3.12.*"];
    expect(&pings, 0, &["MQTT5-3.12.4-1 (MUST, server)  "]);
    let out = expect(&[pings.as_slice(), &["--json"]].concat(), 0, &["\"cases\":[\"mqtt-5.0/"]);
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    expect(&["list", "--requirements", "MQTT6*"], 2, &["no requirement matches"]);
    expect(&["show", "will/takeover-ends-session"], 0, &["MQTT5-3.1.4-3 (MUST, server)", "open"]);
    expect(&["show", "will/takeover-ends-sesion"], 2, &["did you mean"]);
}

#[test]
fn the_check_prints_coverage() {
    expect(&["check"], 0, &["## mqtt-5.0", "| MUST |", "no problems"]);
}

#[test]
fn faults_and_variants_are_listed_and_served() {
    expect(&["serve", "mqtt-5.0", "--list"], 0, &["takeover-silent", "one-byte-writes"]);
    let served = Served::start(&[]);
    let (code, out, err) = run(&["run", &served.url, "--case", "mqtt-5.0/will/takeover*"]);
    assert_eq!(code, 0, "{out}{err}");
}

#[test]
fn a_password_is_in_no_file_and_on_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target.json");
    let Served { url, .. } = &Served::start(&["--fault", "takeover-keeps-both"]);
    let text = format!(
        "{{\"schema\": \"wirecheck/target/1\", \"name\": \"ours\", \"endpoints\": {{\"main\": \
         {{\"url\": \"{url}\"}}}}, \"accounts\": [{{\"user\": \"u\", \"password_env\": \"PW\"}}]}}"
    );
    std::fs::write(&target, text).unwrap();
    let out = folder.path().join("out");
    let output = wirecheck(&["run", target.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .args(["--case", "mqtt-5.0/will/takeover*", "--log", "all"])
        .env("PW", "hunter-2x")
        .output()
        .unwrap();
    let (code, printed, progress) = ended(&output);
    assert_eq!(code, 1, "{printed}{progress}");
    let mut texts = vec![printed, progress];
    let files = [&out, &out.join("captures")].map(|folder| std::fs::read_dir(folder).unwrap());
    let files = files.into_iter().flatten().map(|entry| entry.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        texts.push(String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned());
    }
    assert!(texts.len() > 6, "there are captures");
    let hex: String = b"hunter-2x".iter().map(|byte| format!("{byte:02x}")).collect();
    for text in &texts {
        assert!(!text.contains("hunter-2x") && !text.contains(&hex), "{text}");
    }
    assert!(texts.iter().any(|text| text.contains("*********")));
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_a_partial_report() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let mut child = wirecheck(&["run", "--case", "mqtt-5.0/will/*", "--out", out])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Some cases are over at once; those of the Will Delay Interval take two seconds and more.
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(told.any(|line| line.unwrap().starts_with("PASS")));
    let rest = std::thread::spawn(move || told.count());
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let (code, printed, _) = ended(&child.wait_with_output().unwrap());
    rest.join().unwrap();
    assert_eq!(code, 130, "{printed}");
    assert!(printed.contains("interrupted"), "{printed}");
    let result = std::fs::read_to_string(folder.path().join("result.json")).unwrap();
    let result: Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["partial"], true);
    assert!(result["summary"]["pass"].as_u64().unwrap() > 0);
}

#[test]
fn known_failures_are_no_news() {
    let folder = tempfile::tempdir().unwrap();
    let known = folder.path().join("known.json");
    let Served { url, .. } = &Served::start(&["--fault", "no-pingresp"]);
    let (file, case) = (known.to_str().unwrap(), "mqtt-5.0/p*/answered");
    let arguments = ["run", url, "--case", case, "--known", file];
    let with = |more: &[&str]| run(&[&arguments[..], more].concat());
    let (code, _, err) = with(&[]);
    assert_eq!(code, 2, "{err}");
    let (code, out, err) = with(&["--update-known"]);
    assert_eq!(code, 1, "{out}{err}");
    let text = std::fs::read_to_string(&known).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&wirecheck::known::schema()).unwrap();
    assert!(validator.is_valid(&written), "{text}");
    let failures = written["known"].as_object().unwrap().len();
    assert!(failures >= 1, "{text}");
    let (code, out, _) = with(&[]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains(&format!("{failures} xfail")), "{out}");
    // Another way of failing is news, and so is a check that fails no more.
    std::fs::write(&known, text.replace("\"outcome\": \"", "\"outcome\": \"other ")).unwrap();
    let (code, out, _) = with(&[]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("known to fail in another way"), "{out}");
    std::fs::write(&known, text.replace("#answered", "#alive")).unwrap();
    let (code, out, _) = with(&[]);
    assert_eq!(code, 1, "{out}");
    std::fs::write(&known, "{\"schema\": \"wirecheck/known/1\",\n \"knwon\": {}}").unwrap();
    let (code, _, err) = with(&[]);
    assert!(code == 2 && err.contains("known.json:2:"), "{code} {err}");
}

#[test]
fn what_failed_is_confirmed_by_another_sender() {
    let folder = tempfile::tempdir().unwrap();
    let faulty = Served::start(&["--fault", "no-will-on-disconnect-0x04"]);
    let right = Served::start(&[]);
    let out = folder.path().to_str().unwrap();
    let (code, text, _) =
        run(&["run", &faulty.url, "--case", "mqtt-5.0/will/disconnected-with-will", "--out", out]);
    assert_eq!(code, 1, "{text}");
    let result = folder.path().join("result.json");
    let result = result.to_str().unwrap();
    let (code, text, err) = run(&["confirm", result]);
    assert_eq!(code, 0, "{text}{err}");
    assert!(text.contains("1 of 1 confirmed"), "{text}");
    let (code, text, _) = run(&["confirm", result, "--at", &right.url]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("differs") && text.contains("0 of 1 confirmed"), "{text}");
    expect(&["confirm", "Cargo.toml"], 2, &["Cargo.toml:1:"]);
    let cut = folder.path().join("cut.json");
    let whole = std::fs::read_to_string(result).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    expect(&["confirm", cut.to_str().unwrap()], 2, &["cut.json:", "not the whole"]);
    std::fs::write(&cut, whole.replace("wirecheck/result/1", "wirecheck/result/9")).unwrap();
    expect(&["confirm", cut.to_str().unwrap()], 2, &["another version"]);
}

#[test]
fn what_failed_in_frames_is_confirmed_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let result = folder.path().join("result.json");
    let result = result.to_str().unwrap();
    let faulty = Served::of("coap-ws", &["--fault", "closes-on-empty"]);
    let right = Served::of("coap-ws", &[]);
    let case = "coap-ws/signalling/empty";
    let (code, text, _) = run(&["run", &faulty.url, "--case", case, "--out", out]);
    assert_eq!(code, 1, "{text}");
    let (code, text, err) = run(&["confirm", result]);
    assert!(code == 0 && text.contains("1 of 1 confirmed"), "{text}{err}");
    let (code, text, err) = run(&["confirm", result, "--at", &right.url]);
    assert!(code == 1 && text.contains("0 of 1 confirmed"), "{text}{err}");
}
