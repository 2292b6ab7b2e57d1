//! Stanzas of XMPP, as a client gets them.

use super::COUNT;

/// The header of the stream that the stanzas are in.
pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' id='f3a7' from='plant.example' version='1.0'>";

/// Of 64 stanzas 29 are messages, 20 presences, 8 notifications of pubsub, 5 answers of service
/// discovery and 2 rosters, in an order that repeats only after all 512.
pub fn mixed(index: usize) -> String {
    match index * 13 % COUNT % 64 {
        0..29 => message(index),
        29..49 => presence(index),
        49..57 => pubsub(index),
        57..62 => disco(index),
        _ => roster(index),
    }
}

/// A number of `digits` hexadecimal digits that has no pattern.
fn hexadecimal(index: usize, digits: usize) -> String {
    let mut state = index as u64 + 1;
    let mut text = String::new();
    while text.len() < digits {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        text += &format!("{:08x}", state >> 32);
    }
    text.truncate(digits);
    text
}

/// Chat; a third of the bodies have references, a quarter characters that are not ASCII.
pub fn message(index: usize) -> String {
    let mut body = String::from("Pump 3 has been running hot since the shift began, so I took");
    body += [" it off line", " it off line & put the spare on", " it off (see log)"][index % 3];
    body += match index % 4 {
        0 => " – um 5 °C kühler läuft jetzt die zweite Pumpe. ☺",
        _ => ". The second one is five degrees cooler by now.",
    };
    let body = body.replace('&', "&amp;") + if index.is_multiple_of(5) { " &lt;3" } else { "" };
    let (id, thread) = (hexadecimal(index, 12), hexadecimal(index / 8, 32));
    format!(
        "<message from='operator{}@plant.example/desk.{index}' to='foreman@plant.example/phone' \
         type='chat' id='{id}' xml:lang='en'><body>{body}</body><thread>{thread}</thread>\
         <active xmlns='http://jabber.org/protocol/chatstates'/>\
         <request xmlns='urn:xmpp:receipts'/></message>",
        index % 7
    )
}

/// Presence with capabilities and the hash of a picture.
pub fn presence(index: usize) -> String {
    let show = ["<show>away</show>", "<show>dnd</show>", ""][index % 3];
    let (version, photo) = (hexadecimal(index % 5, 27), hexadecimal(index % 11, 40));
    format!(
        "<presence from='operator{}@plant.example/desk.{index}' to='foreman@plant.example/phone'>\
         {show}<priority>{}</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' \
         node='https://client.example/' ver='{version}='/><x xmlns='vcard-temp:x:update'>\
         <photo>{photo}</photo></x></presence>",
        index % 7,
        index % 9
    )
}

/// The answer to a request for a roster of 64 contacts.
pub fn roster(index: usize) -> String {
    let item = |at: usize| {
        let subscription = ["both", "both", "to", "from"][at % 4];
        format!(
            "<item jid='operator{at}@site{}.plant.example' name='Operator No. {at}' \
             subscription='{subscription}'><group>Shift {}</group></item>",
            index % 9,
            at % 5
        )
    };
    format!(
        "<iq to='foreman@plant.example/phone' type='result' id='{}'>\
         <query xmlns='jabber:iq:roster' ver='{index}'>{}</query></iq>",
        hexadecimal(index, 12),
        (0..64).map(item).collect::<String>()
    )
}

/// News of one item of a node, in the form of Atom.
pub fn pubsub(index: usize) -> String {
    let id = hexadecimal(index, 32);
    let minute = index % 60;
    format!(
        "<message from='pubsub.plant.example' to='foreman@plant.example' type='headline' \
         id='n{index}'><event xmlns='http://jabber.org/protocol/pubsub#event'>\
         <items node='urn:plant:alarms'><item id='{id}' publisher='sensor@plant.example'>\
         <entry xmlns='http://www.w3.org/2005/Atom'><title>Alarm {index}: tank &gt; 80 %</title>\
         <summary>The level of tank {} rises faster than the outlet can drain it.</summary>\
         <link rel='alternate' type='text/html' href='https://plant.example/alarm/{index}'/>\
         <published>2024-05-06T07:{minute:02}:00Z</published>\
         <updated>2024-05-06T07:{minute:02}:30Z</updated></entry></item></items></event></message>",
        index % 12
    )
}

/// An answer of service discovery with a form.
pub fn disco(index: usize) -> String {
    let features = [
        "http://jabber.org/protocol/disco#info",
        "http://jabber.org/protocol/caps",
        "http://jabber.org/protocol/chatstates",
        "urn:xmpp:receipts",
        "urn:xmpp:ping",
        "urn:xmpp:carbons:2",
        "jabber:iq:version",
    ];
    let feature = |of: &&str| format!("<feature var='{of}'/>");
    format!(
        "<iq from='operator{}@plant.example/desk' to='foreman@plant.example/phone' type='result' \
         id='d{index}'><query xmlns='http://jabber.org/protocol/disco#info' node='{}'>\
         <identity category='client' type='pc' name='Desk &amp; Phone'/>{}\
         <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
         <value>urn:xmpp:dataforms:softwareinfo</value></field>\
         <field var='software'><value>Desk</value></field></x></query></iq>",
        index % 7,
        hexadecimal(index, 16),
        features.iter().map(feature).collect::<String>()
    )
}
