//! mosquitto_pub and mosquitto_sub against the reference broker: eyes that are not ours.

use std::net::Ipv4Addr;
use std::process::Stdio;

use tokio::process::{Child, Command};
use tokio::time::{Duration, sleep, timeout};
use wirecheck::peer::mqtt::Broker;
use wirecheck::peer::{Options, Peer};

const VERSIONS: [&str; 2] = ["mqttv311", "mqttv5"];

#[tokio::test]
async fn each_qos() {
    let Some(port) = broker().await else { return };
    for version in VERSIONS {
        for qos in ["0", "1", "2"] {
            let topic = format!("test/{version}/{qos}");
            let subscriber = subscribe(port, version, &["-t", "test/#", "-q", qos, "-C", "1"]);
            wait_for_subscription().await;
            publish(port, version, &["-t", &topic, "-q", qos, "-m", "hello"]).await;
            assert_eq!(output(subscriber).await, format!("{topic} {qos} 0 hello\n"));
        }
    }
}

#[tokio::test]
async fn retained() {
    let Some(port) = broker().await else { return };
    for version in VERSIONS {
        let topic = format!("kept/{version}");
        publish(port, version, &["-t", &topic, "-q", "1", "-r", "-m", "kept"]).await;
        let subscriber = subscribe(port, version, &["-t", &topic, "-q", "2", "-C", "1"]);
        assert_eq!(output(subscriber).await, format!("{topic} 1 1 kept\n"));
        publish(port, version, &["-t", &topic, "-r", "-n"]).await;
        let subscriber = subscribe(port, version, &["-t", &topic, "-W", "1"]);
        assert_eq!(output(subscriber).await, "");
    }
}

#[tokio::test]
async fn will() {
    let Some(port) = broker().await else { return };
    for version in VERSIONS {
        let topic = format!("will/{version}");
        let watcher = subscribe(port, version, &["-t", &topic, "-q", "1", "-C", "1"]);
        let options = ["-t", "none", "--will-topic", &topic, "--will-payload", "gone"];
        let mut first = subscribe(port, version, &[&options[..], &["--will-qos", "1"]].concat());
        wait_for_subscription().await;
        first.kill().await.expect("the client can be killed");
        assert_eq!(output(watcher).await, format!("{topic} 1 0 gone\n"));
    }
}

#[tokio::test]
async fn queued_for_a_session() {
    let Some(port) = broker().await else { return };
    for (version, keep) in VERSIONS.into_iter().zip([&["-c"][..], &["-c", "-x", "60"]]) {
        let topic = format!("queue/{version}");
        let options = [keep, &["-i", version, "-q", "2", "-t", &topic]].concat();
        let first = subscribe(port, version, &[&options[..], &["-E"]].concat());
        assert_eq!(output(first).await, "");
        for (qos, payload) in [("1", "one"), ("2", "two")] {
            publish(port, version, &["-t", &topic, "-q", qos, "-m", payload]).await;
        }
        let second = subscribe(port, version, &[&options[..], &["-C", "2"]].concat());
        assert_eq!(output(second).await, format!("{topic} 1 0 one\n{topic} 2 0 two\n"));
    }
}

/// A broker on a free port; `None`, with a word about it, where the clients are not installed.
async fn broker() -> Option<u16> {
    for program in ["mosquitto_pub", "mosquitto_sub"] {
        let found = Command::new(program).arg("--help").stdout(Stdio::null()).status().await;
        if found.is_err() {
            let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
            assert!(
                !required.split(',').any(|name| name.trim() == "mosquitto-clients"),
                "{program} is required and not installed"
            );
            println!("skipped: {program} is not installed");
            return None;
        }
    }
    let broker = Broker::new(Options::default());
    let free = (Ipv4Addr::LOCALHOST, 0).into();
    let (address, serving) = broker.listen("main", free).await.expect("a free port");
    tokio::spawn(serving);
    Some(address.port())
}

fn subscribe(port: u16, version: &str, options: &[&str]) -> Child {
    Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", version, "-F", "%t %q %r %p"])
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("mosquitto_sub starts")
}

/// The programs do not say when their SUBSCRIBE was acknowledged.
async fn wait_for_subscription() {
    sleep(Duration::from_millis(300)).await;
}

async fn publish(port: u16, version: &str, options: &[&str]) {
    let publishing = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", version])
        .args(options)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status();
    let status = timeout(Duration::from_secs(10), publishing).await.expect("it ends in time");
    assert!(status.expect("mosquitto_pub starts").success(), "{options:?}");
}

async fn output(child: Child) -> String {
    let output = timeout(Duration::from_secs(10), child.wait_with_output()).await;
    let output = output.expect("it ends in time").expect("it can be waited for");
    String::from_utf8(output.stdout).expect("the payloads are text")
}
