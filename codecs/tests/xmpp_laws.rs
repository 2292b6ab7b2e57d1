//! Laws of the XMPP codec.
#![allow(clippy::unwrap_used, missing_docs)]

use wirecheck_codecs::xmpp::json::envelope;
use wirecheck_codecs::xmpp::{Context, Start};

#[test]
fn scratch() {
    let text = std::fs::read_to_string("/work/shared/bench/inputs.json").unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    for input in all.as_array().unwrap().iter().filter(|i| i["proto"] == "xmpp") {
        let bytes = wirecheck_codecs::json::from_hex(input["hex"].as_str().unwrap()).unwrap();
        let said = envelope(&bytes, &Context::new(Start::Either));
        println!("{} {} -> {}", input["id"], input["expect"], serde_json::json!([said["message"], said["error"]]));
    }
    for text in [
        "<?xml version='1.0'?><stream:stream to='a' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en'>",
        "<?xml version='1.0'?><stream:stream to='a' version='1.0' xmlns='jabber:client'>",
        "<stream:stream to='a' version='1.0' xmlns='jabber:client'>",
        "<stream xmlns='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback'/>",
        "<stream:features><bind xmlns='urn:x'>a&#13;b<c xmlns=''/></bind></stream:features>",
        "</stream:stream>", "  <iq/>", "<iq z='1' a:x='\n&lt;' xmlns:a='u' xml:lang='d' b='&apos;'/>",
        "<a><![CDATA[x]]]]><![CDATA[>y]]></a>", "<?xml version='1.0' standalone='yes'?>", "<?xml-s ?>",
        "<iq a='1' a='1'/>", "<a:iq xmlns:a='jabber:client'/>", "x",
    ] {
        println!("{text}\n   {}", envelope(text.as_bytes(), &Context::new(Start::Either)));
    }
}
