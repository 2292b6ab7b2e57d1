//! Connections and Sessions, the exchange of QoS 1 and 2, retained messages and Wills.

faults! {
    // Connect.
    "accepts-second-connect" ["MQTT5-3.1.0-2", "MQTT5-4.13.1-1", "MQTT311-3.1.0-2",
        "MQTT311-4.8.0-1"]
        "Ignores a second CONNECT and goes on.";
    "waits-for-connect" ["MQTT5-3.1.0-1", "MQTT5-4.13.1-1", "MQTT311-3.1.0-1", "MQTT311-4.8.0-1"]
        "Ignores packets before CONNECT instead of closing.";
    "packet-before-connack" ["MQTT5-3.2.0-1", "MQTT311-3.2.0-1"]
        "Sends PINGRESP before CONNACK.";
    "two-connacks" ["MQTT5-3.2.0-2"]
        "Sends CONNACK twice.";
    "connack-reserved-flags" ["MQTT5-3.2.2-1", "MQTT311-3.2.2.1-p1"]
        "Sets a reserved bit of the Connect Acknowledge Flags.";
    "session-present-on-refusal" ["MQTT5-3.2.2-6", "MQTT311-3.2.2-4"]
        "Sets Session Present in a CONNACK that refuses.";
    "session-present-on-clean-start" ["MQTT5-3.2.2-2", "MQTT5-3.1.2.4-p1", "MQTT311-3.2.2-1"]
        "Sets Session Present although a new Session was asked for.";
    "session-present-without-session" ["MQTT5-3.2.2-3", "MQTT311-3.2.2-3"]
        "Sets Session Present although there was no Session.";
    "hides-session-present" ["MQTT5-3.2.2-3", "MQTT5-3.1.2-23", "MQTT311-3.2.2-2", "MQTT311-4.1.0-1"]
        "Never sets Session Present.";
    "refuses-without-closing" ["MQTT5-3.1.2-1", "MQTT5-3.2.2-7", "MQTT5-3.1.4-2", "MQTT5-4.13.2-1",
        "MQTT311-3.2.2-5", "MQTT5-3.1.3-8", "MQTT311-3.1.3-8", "MQTT311-3.1.3-9", "MQTT311-3.1.2-2",
        "MQTT311-3.1.4-p5", "MQTT5-3.2.2-12", "MQTT5-3.2.2-13", "MQTT5-4.12.0-1"]
        "Leaves the connection open after a CONNACK that refuses.";
    "processes-after-refusal" ["MQTT5-3.1.4-6", "MQTT311-3.1.4-5"]
        "Publishes what a refused Client sends behind its CONNECT.";
    "no-connack-for-rejected-identifier" ["MQTT311-3.1.3-8", "MQTT311-3.1.3-9"]
        "Closes on an empty identifier without Clean Session without CONNACK 0x02.";
    "disconnect-before-connack" ["MQTT5-3.14.0-1"]
        "Refuses CONNECT by DISCONNECT instead of CONNACK.";
    "refuses-23-byte-identifiers" ["MQTT5-3.1.3-5", "MQTT311-3.1.3-5"]
        "Refuses Client Identifiers of more than 22 bytes.";
    "refuses-upper-case-identifiers" ["MQTT5-3.1.3-5", "MQTT311-3.1.3-5"]
        "Refuses Client Identifiers with capital letters.";
    "case-insensitive-client-identifiers" ["MQTT5-3.1.3-2", "MQTT311-3.1.3-2"]
        "Takes Client Identifiers that differ in case as the same.";
    "no-assigned-client-identifier" ["MQTT5-3.1.3-7", "MQTT5-3.2.2-16"]
        "Does not tell the Client Identifier that it has assigned.";
    "assigns-one-identifier-to-all" ["MQTT5-3.1.3-6", "MQTT5-3.2.2-16", "MQTT311-3.1.3-6"]
        "Assigns the same Client Identifier to every Client without one.";
    "refuses-connect-without-session" ["MQTT5-3.1.2-6", "MQTT311-3.1.2-4"]
        "Refuses to resume where there is no Session.";
    "ignores-bad-credentials" ["MQTT5-3.1.4-2", "MQTT311-3.1.4-p5"]
        "Neither answers nor closes where the password is wrong.";
    "accepts-bad-credentials" ["MQTT5-3.1.4-2", "MQTT311-3.1.4-p5", "MQTT5-3.1.4-p5"]
        "Accepts any user name and password.";
    "takeover-silent" ["MQTT5-3.1.4-p7"]
        "Closes the first connection of a takeover without DISCONNECT.";
    "takeover-keeps-both" ["MQTT5-3.1.4-3", "MQTT311-3.1.4-2"]
        "Keeps both connections of one Client Identifier.";
    "takeover-refuses-second" ["MQTT5-3.1.4-3", "MQTT311-3.1.4-2", "MQTT5-3.1.4-5", "MQTT311-3.1.4-4"]
        "Refuses the second connection of a Client Identifier.";
    "ignores-keep-alive" ["MQTT5-3.1.2-22", "MQTT5-3.2.2-22", "MQTT311-3.1.2-24"]
        "Never closes a silent connection.";
    "halves-keep-alive" ["MQTT5-3.2.2-22"]
        "Closes after half the Keep Alive.";
    "closes-without-keep-alive" ["MQTT5-3.1.2.10-p4", "MQTT311-3.1.2.10-p4"]
        "Closes after 5 s of silence although Keep Alive is 0.";
    "keep-alive-counts-pings-only" ["MQTT5-3.1.2-22", "MQTT311-3.1.2-24"]
        "Takes only PINGREQ as a sign of life.";
    "response-information-unasked" ["MQTT5-3.1.2-28", "MQTT5-3.1.2.11.6-p2"]
        "Returns Response Information without being asked.";
    "ignores-request-problem-information" ["MQTT5-3.1.2-29"]
        "Sends Reason Strings although the Client does not want them.";
    "refuses-without-connack" ["MQTT311-3.1.4-p4", "MQTT311-3.2.2.3-p1"]
        "Closes without CONNACK where it refuses a CONNECT, in 3.1.1.";
    "stays-open-after-unsupported-version" ["MQTT5-3.1.2-2", "MQTT5-4.13.2-1"]
        "Answers an unknown Protocol Version with CONNACK and does not close, in 5.0.";
    "hides-maximum-qos" ["MQTT5-3.2.2-9"]
        "Takes no QoS 2 and does not say so in CONNACK.";
    "accepts-will-qos-above-maximum" ["MQTT5-3.2.2-12", "MQTT5-3.2.2.3.4-p5"]
        "Takes a Will of a QoS above its Maximum QoS.";
    "accepts-will-retain-unavailable" ["MQTT5-3.2.2-13", "MQTT5-3.2.2.3.5-p3"]
        "Takes a Will that is to be retained although it retains nothing.";
    "stays-open-after-own-disconnect" ["MQTT5-3.14.4-2"]
        "Sends DISCONNECT to the first connection of a takeover and leaves it open.";
    // Session.
    "forgets-session" ["MQTT5-3.1.2-5", "MQTT5-3.2.2-3", "MQTT5-3.1.2-23", "MQTT311-3.1.2-4",
        "MQTT311-3.2.2-2", "MQTT311-4.1.0-1"]
        "Starts a new Session on every CONNECT.";
    "keeps-session-after-clean-start" ["MQTT5-3.1.2-4", "MQTT5-3.1.4-4", "MQTT311-3.1.2-6",
        "MQTT311-3.1.4-3"]
        "Resumes the old Session although a new one was asked for.";
    "keeps-session-without-expiry" ["MQTT5-4.1.0-2", "MQTT5-3.1.2.11.2-p2", "MQTT311-3.1.2-6",
        "MQTT311-3.1.2.4-p2"]
        "Keeps a Session for 60 s that ends with its connection.";
    "session-never-expires" ["MQTT5-4.1.0-2"]
        "Never ends a Session that has an expiry interval.";
    "creates-no-session-unless-clean" ["MQTT5-3.1.2-6", "MQTT311-3.1.2-4"]
        "Ends a new Session with its connection, unless Clean Start was asked for.";
    "session-expires-early" ["MQTT5-3.1.2-23", "MQTT5-3.1.2.11.2-p3", "MQTT5-4.1.0-p1",
        "MQTT311-3.1.2-4", "MQTT311-4.1.0-1"]
        "Ends every Session after 1 s without a connection.";
    "ignores-expiry-in-disconnect" ["MQTT5-4.1.0-2", "MQTT5-3.14.2.2.2-p2"]
        "Ignores the Session Expiry Interval of DISCONNECT.";
    "accepts-expiry-after-zero" ["MQTT5-4.13.1-1", "MQTT5-3.14.2.2.2-p4", "MQTT5-3.14.2.2.2-p5"]
        "Lets DISCONNECT raise a Session Expiry Interval of 0.";
    "loses-queued-messages" ["MQTT5-4.5.0-1", "MQTT311-3.1.2-5", "MQTT311-4.5.0-1"]
        "Queues nothing for a Session without a connection.";
    "loses-subscriptions" ["MQTT5-3.1.2-5", "MQTT5-4.1.0-p2", "MQTT311-3.1.2-4", "MQTT311-4.1.0-1"]
        "Loses the Subscriptions of a Session that is resumed.";
    "loses-received-identifiers" ["MQTT5-4.3.3-10", "MQTT5-4.1.0-p2", "MQTT311-4.3.3-2",
        "MQTT311-4.1.0-1"]
        "Loses the received QoS 2 identifiers of a Session that is resumed.";
    "session-end-clears-retained" ["MQTT5-4.1.0-p4", "MQTT311-3.1.2-7", "MQTT311-4.1.0-p1"]
        "Deletes a Client's retained messages with its Session.";
    "discards-session-while-connected" ["MQTT5-4.1.0-1", "MQTT311-4.1.0-2"]
        "Loses the Subscriptions of a connected Client when the Session Expiry Interval has passed since it came, in 3.1.1 after 3 s with Clean Session.";
    // Inbound qos.
    "no-puback" ["MQTT5-3.3.4-1", "MQTT5-4.3.2-4", "MQTT311-3.3.4-1", "MQTT311-4.3.2-2"]
        "Sends no PUBACK.";
    "puback-wrong-identifier" ["MQTT5-2.2.1-5", "MQTT5-4.3.2-4", "MQTT311-2.3.1-6",
        "MQTT311-4.3.2-2"]
        "Sends PUBACK with another identifier.";
    "pubrec-for-qos-1" ["MQTT5-3.3.4-1", "MQTT5-4.3.2-4", "MQTT311-3.3.4-1", "MQTT311-4.3.2-2"]
        "Answers QoS 1 with PUBREC.";
    "acknowledges-qos-0" ["MQTT5-3.3.4-1", "MQTT5-4.3.1-p1", "MQTT311-3.3.4-1", "MQTT311-4.3.1-p1"]
        "Answers QoS 0 with PUBACK.";
    "drops-repeated-qos-1" ["MQTT5-4.3.2-5", "MQTT311-4.3.2-2"]
        "Drops a QoS 1 PUBLISH with DUP whose identifier was used before.";
    "no-pubrec" ["MQTT5-3.3.4-1", "MQTT5-4.3.3-8", "MQTT311-3.3.4-1", "MQTT311-4.3.3-2"]
        "Sends no PUBREC.";
    "pubrec-wrong-identifier" ["MQTT5-2.2.1-5", "MQTT5-4.3.3-8", "MQTT311-2.3.1-6",
        "MQTT311-4.3.3-2"]
        "Sends PUBREC with another identifier.";
    "puback-for-qos-2" ["MQTT5-3.3.4-1", "MQTT5-4.3.3-8", "MQTT311-3.3.4-1", "MQTT311-4.3.3-2"]
        "Answers QoS 2 with PUBACK.";
    "delivers-qos-2-repetition" ["MQTT5-4.3.3-10", "MQTT311-4.3.3-2"]
        "Delivers a QoS 2 message again that is sent again before PUBREL.";
    "no-pubrec-for-repetition" ["MQTT5-4.3.3-10", "MQTT311-4.3.3-2"]
        "Does not answer a QoS 2 PUBLISH that is sent again.";
    "keeps-identifier-after-pubcomp" ["MQTT5-4.3.3-12", "MQTT311-4.3.3-2"]
        "Takes a QoS 2 identifier as known after PUBCOMP.";
    "takes-dup-for-repetition" ["MQTT5-4.3.3-12", "MQTT311-4.3.3-2"]
        "Takes every QoS 2 PUBLISH with DUP as a repetition.";
    "no-pubcomp" ["MQTT5-4.3.3-11", "MQTT311-4.3.3-2"]
        "Sends no PUBCOMP.";
    "no-pubcomp-for-unknown" ["MQTT5-4.3.3-11", "MQTT5-3.7.2.1-p2", "MQTT311-4.3.3-2"]
        "Does not answer a PUBREL whose identifier it does not know.";
    "pubcomp-wrong-identifier" ["MQTT5-2.2.1-5", "MQTT5-4.3.3-11", "MQTT311-3.7.2-p1",
        "MQTT311-4.3.3-2"]
        "Sends PUBCOMP with another identifier.";
    "accepts-qos-above-maximum" ["MQTT5-3.2.2.3.4-p3"]
        "Takes messages of a QoS above its Maximum QoS.";
    "remembers-refused-identifier" ["MQTT5-4.3.3-9"]
        "Takes the identifier of a QoS 2 message that it has refused as known.";
    "holds-refused-identifier-in-use" ["MQTT5-4.3.3-9"]
        "Answers a new message with the identifier of one that it has refused by 0x91.";
    "expires-received-identifier" ["MQTT5-4.3.3-13"]
        "Does not answer PUBREL once the message has expired.";
    "ignores-unauthorized-publish" ["MQTT311-3.3.5-2"]
        "Neither acknowledges a message that it does not pass on, nor closes, in 3.1.1.";
    // Outbound qos.
    "no-redelivery" ["MQTT5-4.4.0-1", "MQTT311-4.4.0-1", "MQTT5-4.3.2-3", "MQTT5-4.3.3-3", "MQTT311-4.3.2-1", "MQTT311-4.3.3-1"]
        "Does not send unacknowledged PUBLISH packets again.";
    "no-pubrel-redelivery" ["MQTT5-4.4.0-1", "MQTT311-4.4.0-1", "MQTT5-4.3.3-5", "MQTT311-4.3.3-1"]
        "Does not send unacknowledged PUBREL packets again.";
    "redelivers-with-new-identifier" ["MQTT5-4.4.0-1", "MQTT311-4.4.0-1"]
        "Sends unacknowledged PUBLISH packets again with other identifiers.";
    "redelivers-without-dup" ["MQTT5-3.3.1-1", "MQTT311-3.3.1-1"]
        "Sends unacknowledged PUBLISH packets again without DUP.";
    "redelivers-out-of-order" ["MQTT5-4.6.0-5", "MQTT311-4.6.0-1"]
        "Sends unacknowledged packets again in reverse order.";
    "redelivers-after-puback" ["MQTT5-4.4.0-1", "MQTT311-4.3.2-1"]
        "Sends a PUBLISH again that has had its PUBACK.";
    "redelivers-after-pubcomp" ["MQTT5-4.4.0-1", "MQTT311-4.3.3-1"]
        "Sends a PUBREL again that has had its PUBCOMP.";
    "redelivers-after-refusal" ["MQTT5-4.4.0-2"]
        "Sends a PUBLISH again that the Client has refused in PUBACK.";
    "redelivers-after-pubrec-refusal" ["MQTT5-4.4.0-2"]
        "Sends a PUBLISH again that the Client has refused in PUBREC.";
    "resends-publish-after-pubrel" ["MQTT5-4.3.3-6", "MQTT311-4.3.3-1"]
        "Sends the PUBLISH again where the PUBREL is due.";
    "resends-without-reconnect" ["MQTT5-4.4.0-1"]
        "Sends again after 2 s on the same connection.";
    "expires-in-flight" ["MQTT5-4.3.3-7"]
        "Drops a message in flight whose expiry has passed.";
    "first-send-with-dup" ["MQTT5-4.3.2-2", "MQTT5-4.3.3-2", "MQTT311-4.3.2-1", "MQTT311-4.3.3-1"]
        "Sets DUP on the first delivery.";
    "propagates-dup" ["MQTT5-3.3.1-3", "MQTT311-3.3.1-3"]
        "Passes the publisher's DUP on.";
    "dup-on-qos-0" ["MQTT5-3.3.1-2", "MQTT5-4.3.1-1", "MQTT311-3.3.1-2", "MQTT311-4.3.1-1"]
        "Sets DUP at QoS 0.";
    "delivers-qos-0-twice" ["MQTT5-4.3.1-p2", "MQTT311-4.3.1-p2"]
        "Sends every QoS 0 message twice.";
    "reuses-identifier" ["MQTT5-2.2.1-4", "MQTT5-4.3.2-1", "MQTT5-4.3.3-1", "MQTT311-2.3.1-4",
        "MQTT311-4.3.2-1", "MQTT311-4.3.3-1"]
        "Uses identifier 1 for every message.";
    "sends-identifier-zero" ["MQTT5-2.2.1-4", "MQTT311-2.3.1-1"]
        "Uses identifier 0 for every message.";
    "no-pubrel" ["MQTT5-4.3.3-4", "MQTT311-4.3.3-1"]
        "Sends no PUBREL.";
    "pubrel-wrong-identifier" ["MQTT5-2.2.1-5", "MQTT5-4.3.3-4", "MQTT311-2.3.1-6",
        "MQTT311-4.3.3-1"]
        "Sends PUBREL with another identifier.";
    "pubrel-wrong-flags" ["MQTT5-3.6.1-1", "MQTT5-2.1.3-1", "MQTT311-3.6.1-1", "MQTT311-2.2.2-1"]
        "Sends PUBREL with flags 0011.";
    "pubrel-after-refusal" ["MQTT5-2.2.1-p1"]
        "Sends PUBREL after a PUBREC that refuses.";
    "reorders-messages" ["MQTT5-4.6.0-5", "MQTT5-4.6.0-6", "MQTT311-4.6.0-5", "MQTT311-4.6.0-6"]
        "Swaps every two QoS 1 or 2 messages to a Client.";
    // Retained.
    "loses-retained" ["MQTT5-3.3.1-5", "MQTT5-3.3.1-9", "MQTT311-3.3.1-5", "MQTT311-3.3.1-6"]
        "Stores no retained messages.";
    "keeps-first-retained" ["MQTT5-3.3.1-5", "MQTT311-3.3.1-6"]
        "Never replaces a retained message.";
    "retained-qos-0-does-not-replace" ["MQTT5-3.3.1-5", "MQTT311-3.3.1-7"]
        "Does not replace a retained message by one of QoS 0.";
    "empty-payload-keeps-retained" ["MQTT5-3.3.1-6", "MQTT311-3.3.1-10"]
        "Keeps the retained message on an empty payload.";
    "stores-empty-retained" ["MQTT5-3.3.1-7", "MQTT311-3.3.1-11"]
        "Stores a retained message without payload.";
    "swallows-empty-retained" ["MQTT5-3.3.1-6", "MQTT311-3.3.1-10"]
        "Does not pass on a retained message without payload.";
    "stores-without-retain" ["MQTT5-3.3.1-8", "MQTT311-3.3.1-12"]
        "Stores every message as retained.";
    "clears-without-retain" ["MQTT5-3.3.1-8", "MQTT311-3.3.1-12"]
        "Deletes the retained message on an empty payload without RETAIN.";
    "retained-loses-qos" ["MQTT5-3.3.1-5", "MQTT5-3.8.4-8", "MQTT311-3.3.1-5"]
        "Stores retained messages at QoS 0.";
    "retained-loses-properties" ["MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16",
        "MQTT5-3.3.2-17", "MQTT5-3.3.2-20"]
        "Stores retained messages without their properties.";
    "retained-without-flag" ["MQTT5-3.3.1.3-p3", "MQTT5-3.8.3.1-p2", "MQTT311-3.3.1-8"]
        "Sends retained messages with RETAIN 0.";
    "keeps-retain-flag" ["MQTT5-3.3.1-12", "MQTT311-3.3.1-9"]
        "Passes RETAIN on to everybody.";
    "ignores-retain-as-published" ["MQTT5-3.3.1-13"]
        "Clears RETAIN in spite of Retain As Published.";
    "retain-handling-0-as-2" ["MQTT5-3.3.1-9"]
        "Sends no retained messages for Retain Handling 0.";
    "retain-handling-1-as-0" ["MQTT5-3.3.1-10"]
        "Takes Retain Handling 1 as 0.";
    "retain-handling-1-as-2" ["MQTT5-3.3.1-10"]
        "Takes Retain Handling 1 as 2.";
    "retain-handling-2-as-0" ["MQTT5-3.3.1-11"]
        "Takes Retain Handling 2 as 0.";
    "no-retained-on-resubscribing" ["MQTT5-3.3.1-9", "MQTT5-3.8.4-4", "MQTT311-3.8.4-3"]
        "Sends no retained messages for a Subscription that exists.";
    "accepts-retain-unavailable" ["MQTT5-3.2.2.3.5-p4", "MQTT5-3.2.2.3.5-p5"]
        "Takes messages with RETAIN although it retains nothing.";
    // Will.
    "no-will" ["MQTT5-3.1.2-7", "MQTT5-3.1.2-8", "MQTT311-3.1.2-8"]
        "Publishes no Will.";
    "no-will-on-lost-connection" ["MQTT5-3.1.2-8", "MQTT5-3.1.2.5-p1", "MQTT311-3.1.2-8",
        "MQTT311-3.1.2.5-p1"]
        "Publishes no Will when the connection is lost.";
    "no-will-on-error" ["MQTT5-3.1.2-8", "MQTT5-3.1.2.5-p1", "MQTT311-3.1.2-8",
        "MQTT311-3.1.2.5-p1"]
        "Publishes no Will when it closes because of an error.";
    "no-will-on-keep-alive" ["MQTT5-3.1.2-8", "MQTT5-3.1.2.5-p1", "MQTT311-3.1.2-8",
        "MQTT311-3.1.2.5-p1"]
        "Publishes no Will when the Keep Alive runs out.";
    "keeps-will-after-takeover" ["MQTT5-3.1.2-8", "MQTT5-3.1.4-p8", "MQTT311-3.1.2-8"]
        "Publishes no Will on a takeover.";
    "no-will-on-disconnect-0x04" ["MQTT5-3.1.2-8", "MQTT5-3.14.2.1-p2"]
        "Publishes no Will on DISCONNECT 0x04.";
    "will-after-disconnect" ["MQTT5-3.14.4-3", "MQTT5-3.1.2-10", "MQTT311-3.14.4-3",
        "MQTT311-3.1.2-10"]
        "Publishes the Will after a normal DISCONNECT.";
    "will-stays-in-session" ["MQTT5-3.1.2-10", "MQTT311-3.1.2-10"]
        "Publishes the Will again when the Session ends.";
    "will-at-qos-0" ["MQTT5-3.1.2.6-p2", "MQTT5-3.1.3.2-p1", "MQTT311-3.1.2-9"]
        "Publishes the Will at QoS 0.";
    "will-never-retained" ["MQTT5-3.1.2-15", "MQTT311-3.1.2-17"]
        "Publishes the Will with RETAIN 0.";
    "will-always-retained" ["MQTT5-3.1.2-14", "MQTT311-3.1.2-16"]
        "Publishes the Will with RETAIN 1.";
    "will-without-payload" ["MQTT5-3.1.2-8", "MQTT5-3.1.3.4-p1", "MQTT311-3.1.2-8",
        "MQTT311-3.1.3.3-p2"]
        "Publishes the Will with an empty payload.";
    "will-without-properties" ["MQTT5-3.1.3.2-p1", "MQTT5-3.1.3-10"]
        "Publishes the Will without its properties.";
    "will-reorders-user-properties" ["MQTT5-3.1.3-10"]
        "Reverses the User Properties of the Will.";
    "will-delay-ignored" ["MQTT5-3.1.2-8", "MQTT5-3.1.3-9", "MQTT5-3.1.3.2.2-p3"]
        "Publishes the Will at once in spite of its delay.";
    "will-delay-not-cancelled" ["MQTT5-3.1.3-9"]
        "Publishes the Will after its delay although the Client is back.";
    "will-waits-for-delay-only" ["MQTT5-3.1.2-8", "MQTT5-3.1.3.2.2-p3"]
        "Publishes the Will only after its delay although the Session has ended.";
    "will-ignores-session-expiry" ["MQTT5-3.1.2-8", "MQTT5-3.1.3.2.2-p3"]
        "Forgets a Will that still waits when the Session ends.";
    "keeps-old-will" ["MQTT311-3.1.2-12"]
        "Keeps the Will of the connection before for one without Will, in 3.1.1.";
    "will-late" ["MQTT5-3.1.2.5-p2", "MQTT311-3.1.2.5-p2"]
        "Publishes each Will 8 s late.";
}
