//! The client of libcoap against the reference servers: eyes that are not ours.
//!
//! Where it is not installed the test says so and passes, unless `WIRECHECK_REQUIRE` names libcoap.
#![allow(missing_docs, clippy::unwrap_used)]

use std::net::Ipv4Addr;
use std::process::Output;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use wirecheck::case::Protocol;
use wirecheck::peer::{Options, TABLE};

const CLIENT: &str = "coap-client-notls";

/// Runs the client; `None` where it is not installed.
async fn client(arguments: &[&str]) -> Option<String> {
    let running = Command::new(CLIENT).args(arguments).kill_on_drop(true).output();
    let output = timeout(Duration::from_secs(30), running).await.expect("the client ends");
    match output {
        Ok(Output { stdout, .. }) => Some(String::from_utf8(stdout).unwrap()),
        Err(_) => {
            let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
            let required = required.split(',').any(|name| name == "libcoap");
            assert!(!required, "libcoap is required and {CLIENT} is not installed");
            println!("skipped: {CLIENT} is not installed");
            None
        }
    }
}

#[tokio::test]
async fn libcoap_understands_the_reference_servers() {
    for protocol in [Protocol::Coap, Protocol::CoapTcp] {
        let speaks = |peer: &&&'static dyn wirecheck::peer::Reference| {
            peer.endpoints()[0].protocols.contains(&protocol)
        };
        let reference = *TABLE.iter().find(speaks).unwrap();
        let peer = reference.start(Options::default());
        let free = (Ipv4Addr::LOCALHOST, 0).into();
        let (address, serving) = peer.listen("main", free).await.unwrap();
        tokio::spawn(serving);
        let uri = |path: &str| format!("{}://{address}/{path}", reference.endpoints()[0].scheme);
        let large: String = ('a'..='z').cycle().take(1300).collect();
        let Some(got) = client(&["-m", "get", &uri("large")]).await else { return };
        assert_eq!(got.trim_end(), large, "{protocol}");
        let put = client(&["-m", "put", "-e", "put here", &uri("new")]).await.unwrap();
        assert_eq!(put.trim_end(), "", "{protocol}");
        let got = client(&["-m", "get", &uri("new")]).await.unwrap();
        assert_eq!(got.trim_end(), "put here", "{protocol}");
        let separate = client(&["-m", "get", &uri("separate")]).await.unwrap();
        assert_eq!(separate.trim_end(), "at last", "{protocol}");
        let told = client(&["-m", "get", "-s", "3", &uri("tick")]).await.unwrap();
        assert!(told.contains("12"), "{protocol}: {told}");
    }
}
