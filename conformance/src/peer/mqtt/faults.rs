//! What the broker can be told to do wrong: one behaviour each, and nothing else.

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
    "hides-session-present" ["MQTT5-3.2.2-3", "MQTT311-3.2.2-2"]
        "Never sets Session Present.";
    "refuses-without-closing" ["MQTT5-3.2.2-7", "MQTT5-3.1.4-2", "MQTT5-4.13.2-1",
        "MQTT311-3.2.2-5"]
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
    "halves-keep-alive" ["MQTT5-3.2.2-22", "MQTT311-3.1.2-24"]
        "Closes after half the Keep Alive.";
    "closes-without-keep-alive" ["MQTT5-3.1.2.10-p4", "MQTT311-3.1.2.10-p4"]
        "Closes after 5 s of silence although Keep Alive is 0.";
    "keep-alive-counts-pings-only" ["MQTT5-3.1.2-22", "MQTT311-3.1.2-24"]
        "Takes only PINGREQ as a sign of life.";
    "response-information-unasked" ["MQTT5-3.1.2-28", "MQTT5-3.1.2.11.6-p2"]
        "Returns Response Information without being asked.";
    "ignores-request-problem-information" ["MQTT5-3.1.2-29"]
        "Sends Reason Strings although the Client does not want them.";
    // Session.
    "forgets-session" ["MQTT5-3.1.2-5", "MQTT5-3.2.2-3", "MQTT5-3.1.2-23", "MQTT311-3.1.2-4",
        "MQTT311-3.2.2-2"]
        "Starts a new Session on every CONNECT.";
    "keeps-session-after-clean-start" ["MQTT5-3.1.2-4", "MQTT5-3.1.4-4", "MQTT311-3.1.2-6",
        "MQTT311-3.1.4-3"]
        "Resumes the old Session although a new one was asked for.";
    "keeps-session-without-expiry" ["MQTT5-4.1.0-2", "MQTT5-3.1.2.11.2-p2", "MQTT311-3.1.2-6",
        "MQTT311-3.1.2.4-p2"]
        "Keeps a Session for 60 s that ends with its connection.";
    "session-never-expires" ["MQTT5-4.1.0-2"]
        "Never ends a Session that has an expiry interval.";
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
    "session-end-clears-retained" ["MQTT5-4.1.0-p4", "MQTT311-3.1.2-7"]
        "Deletes a Client's retained messages with its Session.";
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
    // Outbound qos.
    "no-redelivery" ["MQTT5-4.4.0-1", "MQTT311-4.4.0-1"]
        "Does not send unacknowledged PUBLISH packets again.";
    "no-pubrel-redelivery" ["MQTT5-4.4.0-1", "MQTT311-4.4.0-1"]
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
        "Sends a PUBLISH again that the Client has refused.";
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
    "pubrel-after-refusal" ["MQTT5-4.3.3-4"]
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
    "will-at-qos-0" ["MQTT5-3.1.2-9", "MQTT5-3.1.3.2-p1", "MQTT311-3.1.2-9", "MQTT5-3.1.2-8", "MQTT311-3.1.2-8"]
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
    // Subscriptions.
    "no-suback" ["MQTT5-3.8.4-1", "MQTT311-3.8.4-1"]
        "Sends no SUBACK.";
    "suback-wrong-identifier" ["MQTT5-3.8.4-2", "MQTT5-2.2.1-6", "MQTT311-3.8.4-2",
        "MQTT311-2.3.1-7"]
        "Sends SUBACK with another identifier.";
    "suback-codes-reversed" ["MQTT5-3.9.3-1", "MQTT311-3.9.3-1"]
        "Reverses the codes of SUBACK.";
    "suback-one-code-short" ["MQTT5-3.8.4-6", "MQTT311-3.8.4-5"]
        "Leaves out the last code of several in SUBACK.";
    "suback-for-each-filter" ["MQTT5-3.8.4-5", "MQTT311-3.8.4-4"]
        "Sends a SUBACK for each Topic Filter.";
    "suback-claims-qos-2" ["MQTT5-3.8.4-7", "MQTT311-3.8.4-5"]
        "Claims to grant QoS 2 whatever it grants.";
    "suback-undefined-code" ["MQTT5-3.9.3-2", "MQTT311-3.9.3-2"]
        "Sends SUBACK with the code 0x03.";
    "subscribes-first-filter-only" ["MQTT5-3.8.4-5", "MQTT311-3.8.4-4"]
        "Takes only the first Topic Filter of a SUBSCRIBE.";
    "delivers-above-granted-qos" ["MQTT5-3.8.4-8", "MQTT5-3.3.4-2", "MQTT311-3.8.4-6",
        "MQTT311-3.3.5-1"]
        "Delivers at the QoS of the publication, also above the granted one.";
    "delivers-at-qos-0" ["MQTT5-3.8.4-8", "MQTT311-3.8.4-6"]
        "Delivers everything at QoS 0.";
    "overlap-takes-lowest-qos" ["MQTT5-3.3.4-2", "MQTT311-3.3.5-1"]
        "Delivers at the lowest QoS of overlapping Subscriptions.";
    "replacement-keeps-old-qos" ["MQTT5-3.8.4-3", "MQTT311-3.8.4-3"]
        "Keeps the old QoS when a Subscription is replaced.";
    "replacement-keeps-old-identifier" ["MQTT5-3.8.4-3", "MQTT5-3.8.4-p7"]
        "Keeps the old Subscription Identifier when a Subscription is replaced.";
    "resubscribing-duplicates" ["MQTT5-3.8.4-3", "MQTT5-4.8.1-p1", "MQTT311-3.8.4-3"]
        "Delivers twice after subscribing twice.";
    "resubscribing-loses-queued" ["MQTT5-3.8.4-4", "MQTT311-3.8.4-3"]
        "Drops what is queued when a Subscription is replaced.";
    "ignores-unsubscribe" ["MQTT5-3.10.4-1", "MQTT5-3.10.4-2", "MQTT311-3.10.4-1",
        "MQTT311-3.10.4-2"]
        "Acknowledges UNSUBSCRIBE and keeps the Subscription.";
    "unsubscribes-first-filter-only" ["MQTT5-3.10.4-6", "MQTT311-3.10.4-6"]
        "Deletes only the first Topic Filter of an UNSUBSCRIBE.";
    "unsubscribes-by-prefix" ["MQTT5-3.10.4-1", "MQTT311-3.10.4-1"]
        "Deletes every Subscription that starts with the Topic Filter.";
    "unsubscribing-drops-in-flight" ["MQTT5-3.10.4-3", "MQTT311-3.10.4-3"]
        "Forgets the messages in flight on UNSUBSCRIBE.";
    "no-unsuback" ["MQTT5-3.10.4-4", "MQTT311-3.10.4-4"]
        "Sends no UNSUBACK.";
    "unsuback-wrong-identifier" ["MQTT5-3.10.4-5", "MQTT5-2.2.1-6", "MQTT311-3.10.4-4",
        "MQTT311-2.3.1-7"]
        "Sends UNSUBACK with another identifier.";
    "no-unsuback-for-nothing" ["MQTT5-3.10.4-5", "MQTT5-3.10.4-4", "MQTT311-3.10.4-5"]
        "Sends no UNSUBACK where no Subscription was deleted.";
    "unsuback-codes-reversed" ["MQTT5-3.11.3-1"]
        "Reverses the codes of UNSUBACK.";
    "unsuback-one-code-short" ["MQTT5-3.11.3-2"]
        "Leaves out the last code of several in UNSUBACK.";
    "unsuback-undefined-code" ["MQTT5-3.11.3-2"]
        "Sends UNSUBACK with the code 0x03.";
    "ignores-no-local" ["MQTT5-3.8.3-3"]
        "Delivers a Client's own messages in spite of No Local.";
    "never-delivers-to-publisher" ["MQTT5-3.3.4-p1", "MQTT5-4.5.0-1", "MQTT311-3.3.5-p1",
        "MQTT311-4.5.0-1"]
        "Never delivers a message to the Client that published it.";
    "delivers-to-first-subscriber-only" ["MQTT5-3.3.4-p1", "MQTT5-4.5.0-1", "MQTT311-3.3.5-p1",
        "MQTT311-4.5.0-1"]
        "Delivers each message to one Client only.";
    "drops-empty-payload" ["MQTT5-3.3.3-p1", "MQTT5-4.5.0-1", "MQTT311-3.3.3-p1", "MQTT311-4.5.0-1"]
        "Does not pass on messages without payload.";
    // Topics.
    "case-insensitive-matching" ["MQTT5-4.7.3-4", "MQTT5-4.7.3-p1", "MQTT311-4.7.3-4",
        "MQTT311-4.7.3-p1"]
        "Matches without regard to case.";
    "normalizes-slashes" ["MQTT5-4.7.3-4", "MQTT5-4.7.3-p3", "MQTT5-4.7.1.1-p1", "MQTT311-4.7.3-4",
        "MQTT311-4.7.3-p3", "MQTT311-4.7.1.1-p1"]
        "Matches without regard to empty levels.";
    "strips-bom" ["MQTT5-1.5.4-3", "MQTT311-1.5.3-3"]
        "Strips U+FEFF from the front of Topic Names.";
    "alters-topic-name" ["MQTT5-3.3.2-3", "MQTT311-3.3.2-3"]
        "Drops a slash at the end of the Topic Name.";
    "matches-longer-topics" ["MQTT5-3.3.2-3", "MQTT5-4.7.3-p6", "MQTT311-3.3.2-3",
        "MQTT311-4.7.3-p6"]
        "Matches also topics below the Topic Filter.";
    "wildcard-matches-dollar" ["MQTT5-4.7.2-1", "MQTT311-4.7.2-1"]
        "Lets a wildcard at the start match topics that start with $.";
    "lets-clients-publish-to-sys" ["MQTT5-4.7.2-p1", "MQTT311-4.7.2-p1"]
        "Passes on what a Client publishes below $SYS.";
    "plus-matches-several-levels" ["MQTT5-3.3.2-3", "MQTT5-4.7.1.3-p1", "MQTT311-3.3.2-3",
        "MQTT311-4.7.1.3-p1"]
        "Lets + at the end match several levels.";
    "plus-misses-empty-level" ["MQTT5-4.7.1.3-p1", "MQTT311-4.7.1.3-p1"]
        "Does not let + match an empty level.";
    "plus-misses-first-level" ["MQTT5-4.7.1.3-p1", "MQTT5-4.7.1.3-p2", "MQTT311-4.7.1.3-p1",
        "MQTT311-4.7.1.3-p2"]
        "Does not let + match at the first level.";
    "hash-misses-parent" ["MQTT5-4.7.1.2-p1", "MQTT311-4.7.1.2-p1"]
        "Does not let # match the parent level.";
    // Shared.
    "shared-as-plain-filter" ["MQTT5-4.8.2-p1", "MQTT5-4.8.2-p3"]
        "Delivers to every member of a share, without retained messages.";
    "shared-to-all-members" ["MQTT5-4.8.2-p1"]
        "Delivers to every member of a share.";
    "shared-loses-a-message" ["MQTT5-4.8.2-p1"]
        "Loses every fifth message of a share.";
    "shared-ignores-share-name" ["MQTT5-4.8.2-p1"]
        "Takes shares with different names as one.";
    "shared-ignores-granted-qos" ["MQTT5-4.8.2-3"]
        "Delivers to a member above its granted QoS.";
    "shared-sends-retained" ["MQTT5-3.8.4-p4", "MQTT5-4.8.2-p3", "MQTT5-4.8.2-p4"]
        "Sends retained messages to a new member.";
    "shared-replaces-plain" ["MQTT5-4.8.2-p16"]
        "Drops the plain copy of a Client that is a member as well.";
    "shared-qos-2-not-completed" ["MQTT5-4.8.2-4", "MQTT5-4.4.0-1"]
        "Does not complete messages of a share after a reconnection.";
    "shared-qos-2-moves-to-another" ["MQTT5-4.8.2-5"]
        "Gives a QoS 2 message in flight to another member when the Session ends.";
    "shared-loses-qos-1-with-session" ["MQTT5-4.8.2-p12"]
        "Drops a QoS 1 message in flight when the member's Session ends.";
    "shared-offers-refused-again" ["MQTT5-4.8.2-6"]
        "Gives a message that a member has refused to another one.";
    "ignores-shared-unsubscribe" ["MQTT5-3.10.4-1", "MQTT5-3.10.4-p2", "MQTT5-4.8.2-p5"]
        "Keeps a member that has unsubscribed.";
    "loses-subscription-identifier" ["MQTT5-3.3.4-3", "MQTT5-3.3.4-p2"]
        "Sends no Subscription Identifiers.";
    "merges-to-one-subscription-identifier" ["MQTT5-3.3.4-4", "MQTT5-3.3.2.3.8-p2"]
        "Sends one Subscription Identifier of several.";
    // Aliases, flow control, size.
    "keeps-aliases-over-connections" ["MQTT5-3.3.2-7"]
        "Keeps the Client's Topic Aliases for its next connection.";
    "accepts-alias-above-maximum" ["MQTT5-3.3.2-9", "MQTT5-3.2.2-17", "MQTT5-4.13.1-1",
        "MQTT5-3.3.4-p8"]
        "Takes Topic Aliases above its maximum.";
    "refuses-highest-alias" ["MQTT5-3.3.2-12"]
        "Refuses the highest Topic Alias that it allows.";
    "never-rebinds-alias" ["MQTT5-3.3.4-p11"]
        "Keeps the first meaning of a Topic Alias.";
    "accepts-unknown-alias" ["MQTT5-4.13.1-1", "MQTT5-3.3.4-p12"]
        "Ignores a PUBLISH with an unknown Topic Alias.";
    "forgets-alias-after-use" ["MQTT5-3.3.4-p10"]
        "Forgets a Topic Alias once it has stood for its Topic Name.";
    "uses-alias-above-maximum" ["MQTT5-3.1.2-26", "MQTT5-3.3.2-11"]
        "Uses a Topic Alias above the Client's maximum.";
    "uses-alias-unasked" ["MQTT5-3.1.2-27"]
        "Uses a Topic Alias although the Client allows none.";
    "ignores-receive-maximum" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2"]
        "Sends without regard to the Client's Receive Maximum.";
    "blocks-at-quota-zero" ["MQTT5-3.3.4-10", "MQTT5-4.9.0-3"]
        "Answers no PINGREQ while the send quota is 0.";
    "quota-never-refilled" ["MQTT5-4.9.0-p1"]
        "Does not count acknowledgements towards the send quota.";
    "refills-quota-twice" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2"]
        "Counts each acknowledgement twice towards the send quota.";
    "refills-quota-at-pubrec" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2"]
        "Takes PUBREC as the end of a QoS 2 message in flow control.";
    "no-inbound-quota" ["MQTT5-4.13.1-1", "MQTT5-3.3.4-7"]
        "Takes more messages than its Receive Maximum.";
    "sends-too-large" ["MQTT5-3.1.2-24"]
        "Sends packets above the Client's Maximum Packet Size.";
    "disconnects-on-too-large" ["MQTT5-3.1.2-25"]
        "Closes the connection instead of dropping what is too large.";
    "too-large-blocks-queue" ["MQTT5-3.1.2-25"]
        "Stops delivering at a message that is too large.";
    "keeps-reason-string-when-too-large" ["MQTT5-3.1.2-24", "MQTT5-3.2.2-19", "MQTT5-3.4.2-2",
        "MQTT5-3.5.2-2", "MQTT5-3.9.2-1", "MQTT5-3.11.2-1", "MQTT5-3.14.2-3"]
        "Adds a Reason String where that makes the packet too large.";
    "keeps-user-property-when-too-large" ["MQTT5-3.1.2-24", "MQTT5-3.2.2-20", "MQTT5-3.4.2-3",
        "MQTT5-3.5.2-3", "MQTT5-3.9.2-2", "MQTT5-3.11.2-2", "MQTT5-3.14.2-4"]
        "Adds a User Property where that makes the packet too large.";
    // Properties.
    "ignores-message-expiry" ["MQTT5-3.3.2-5", "MQTT5-3.3.1.3-p6"]
        "Delivers messages whose expiry has passed.";
    "does-not-count-expiry-down" ["MQTT5-3.3.2-6"]
        "Passes the Message Expiry Interval on as received.";
    "drops-message-expiry-interval" ["MQTT5-3.3.2-6"]
        "Passes messages on without their Message Expiry Interval.";
    "drops-payload-format-indicator" ["MQTT5-3.3.2-4"]
        "Passes messages on without their Payload Format Indicator.";
    "drops-content-type" ["MQTT5-3.3.2-20"]
        "Passes messages on without their Content Type.";
    "drops-response-topic" ["MQTT5-3.3.2-15"]
        "Passes messages on without their Response Topic.";
    "drops-correlation-data" ["MQTT5-3.3.2-16"]
        "Passes messages on without their Correlation Data.";
    "drops-user-properties" ["MQTT5-3.3.2-17"]
        "Passes messages on without their User Properties.";
    "reorders-user-properties" ["MQTT5-3.3.2-18"]
        "Reverses the User Properties of messages.";
    "merges-user-properties" ["MQTT5-3.3.2-17", "MQTT5-3.3.2.3.7-p1"]
        "Passes on only the first User Property of each name.";
    // Disconnect, authentication, errors.
    "no-pingresp" ["MQTT5-3.12.4-1", "MQTT311-3.12.4-1"]
        "Answers only the first PINGREQ of a connection.";
    "pingresp-reserved-flags" ["MQTT5-2.1.3-1", "MQTT311-2.2.2-1"]
        "Sets a reserved flag of PINGRESP.";
    "non-minimal-remaining-length" ["MQTT5-1.5.5-1"]
        "Writes the Remaining Length of PINGRESP in two bytes.";
    "stays-open-after-disconnect" ["MQTT5-3.14.4-p1", "MQTT311-3.14.4-p1"]
        "Does not close after DISCONNECT.";
    "packet-after-disconnect" ["MQTT5-3.14.4-1"]
        "Sends PINGRESP behind DISCONNECT.";
    "disconnect-with-session-expiry" ["MQTT5-3.14.2-2"]
        "Puts a Session Expiry Interval into DISCONNECT.";
    "auth-unasked" ["MQTT5-4.12.0-6"]
        "Sends AUTH although CONNECT has no Authentication Method.";
    "auth-wrong-reason-code" ["MQTT5-4.12.0-2"]
        "Sends its challenge with Reason Code 0x19.";
    "auth-wrong-method" ["MQTT5-4.12.0-5"]
        "Sends AUTH with another Authentication Method.";
    "connack-without-method" ["MQTT5-4.12.0-5"]
        "Sends CONNACK without the Authentication Method.";
    "accepts-unknown-method" ["MQTT5-4.12.0-1"]
        "Takes any Authentication Method.";
    "accepts-wrong-authentication-data" ["MQTT5-4.12.0-4"]
        "Takes any Authentication Data.";
    "serves-before-authentication" ["MQTT5-3.1.2-30", "MQTT5-4.13.1-1", "MQTT5-3.2.0-1"]
        "Answers PINGREQ before the authentication is done.";
    "accepts-auth-without-method" ["MQTT5-4.12.0-7", "MQTT5-4.13.1-1", "MQTT5-3.15.0-p1"]
        "Ignores AUTH on a connection without Authentication Method.";
    "accepts-other-method-in-reauthentication" ["MQTT5-4.12.1-1", "MQTT5-4.13.1-1"]
        "Takes another Authentication Method in re-authentication.";
    "ignores-reauthentication" ["MQTT5-4.12.1-p1"]
        "Does not answer AUTH 0x19.";
    "stays-open-after-failed-reauthentication" ["MQTT5-4.12.1-2"]
        "Accepts a re-authentication with wrong data.";
    "closes-without-reason" ["MQTT5-4.13.1-p1", "MQTT5-4.12.1-p2"]
        "Closes on an error without CONNACK or DISCONNECT.";
    "closes-with-unspecified-error" ["MQTT5-4.13.1-p7"]
        "Gives every error the Reason Code 0x80.";
    "answers-errors-but-stays-open" ["MQTT5-4.13.1-1", "MQTT5-4.13.2-1", "MQTT5-3.1.4-1",
        "MQTT311-4.8.0-1", "MQTT311-3.1.4-1"]
        "Says what is wrong in 5.0 and does not close.";
    "dies-on-crash-topic" ["WIRECHECK-alive"]
        "Stops serving everybody on a message to a topic that ends in /crash, or on zero bytes in place of CONNECT.";
    "goes-deaf" ["WIRECHECK-alive"]
        "Reads nothing more after a message to a topic that ends in /crash, or zero bytes in place of CONNECT.";
}
