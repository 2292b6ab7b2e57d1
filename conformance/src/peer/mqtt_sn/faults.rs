//! What the MQTT-SN gateway can be told to do wrong or differently.

use crate::peer::{Variant, variant};

faults! {
    // Connections and Wills.
    "prompts-without-will" ["MQTTSN-6.2-4"]
        "Asks every client for a Will.";
    "connack-before-will" ["MQTTSN-6.2-2"]
        "Answers a CONNECT with the Will flag with CONNACK at once.";
    "no-prompt-for-will-message" ["MQTTSN-6.2-2"]
        "Takes the Will topic and does not ask for the Will message.";
    "takes-any-protocol-id" ["MQTTSN-6.2-5"]
        "Takes a CONNECT of another protocol.";
    "will-lost" ["MQTTSN-6.14-1"]
        "Forgets the Will of a client that is lost.";
    "keep-alive-not-supervised" ["MQTTSN-6.14-1"]
        "Waits for a client that is silent for ever.";
    "will-after-disconnect" ["MQTTSN-6.14-2"]
        "Supervises a client that has disconnected, and publishes its Will.";
    "empty-will-topic-ignored" ["MQTTSN-5.4.7-2", "MQTTSN-5.4.7-p1", "MQTTSN-6.3-5"]
        "Keeps the Will when the answer to its prompt is an empty WILLTOPIC.";
    "clean-session-keeps-will" ["MQTTSN-6.3-2"]
        "Keeps the Will of a client that connects with CleanSession and without a Will.";
    "will-lost-on-reconnection" ["MQTTSN-6.3-4"]
        "Forgets the Will of a client that connects without CleanSession and without a Will.";
    "keeps-old-will" ["MQTTSN-6.3-3"]
        "Keeps the Will of a client that connects without CleanSession and with another Will.";
    "forgets-subscriptions" ["MQTTSN-6.12-2", "MQTTSN-6.12.0-p1", "MQTTSN-6.3-4"]
        "Forgets the subscriptions of a client that disconnects.";
    "clean-session-keeps-subscriptions" ["MQTTSN-6.3-1", "MQTTSN-6.3-2"]
        "Keeps the subscriptions of a client that connects with CleanSession.";
    "will-update-ignored" ["MQTTSN-6.4-1"]
        "Acknowledges an update of the Will and keeps the old one.";
    "empty-update-keeps-will" ["MQTTSN-5.4.22-2"]
        "Keeps the Will when an empty WILLTOPICUPD comes.";
    "no-willtopicresp" ["MQTTSN-5.4.24-1"]
        "Does not acknowledge WILLTOPICUPD.";
    "no-willmsgresp" ["MQTTSN-5.4.25-1"]
        "Does not acknowledge WILLMSGUPD.";
    "refuses-longest-client-id" ["MQTTSN-5.3.1-1"]
        "Refuses a ClientId of 23 characters, as if it were an invalid topic id.";
    "does-not-support-longest-client-id" ["MQTTSN-5.3.1-1"]
        "Refuses a ClientId of 23 characters as not supported.";
    "no-tolerance" ["MQTTSN-7.2-2"]
        "Gives a client up as soon as its keep alive duration is over.";
    // Topic ids.
    "silent-on-topic-id" ["MQTTSN-6.5-1"]
        "Says nothing to a REGISTER that has a topic id already.";
    "assigns-reserved-topic-id" ["MQTTSN-5.3.11-1"]
        "Answers REGISTER with topic id 0xFFFF.";
    "no-regack" ["MQTTSN-6.5-1"]
        "Does not answer REGISTER.";
    "regack-other-message-id" ["MQTTSN-5.4.11-1"]
        "Answers REGISTER with another MsgId.";
    "regack-useless-topic-id" ["MQTTSN-5.4.11-1"]
        "Answers REGISTER with a topic id that it then does not know.";
    "silent-on-bad-register" ["MQTTSN-6.5-2"]
        "Says nothing to a REGISTER that it does not accept.";
    "never-registers" ["MQTTSN-6.5-6"]
        "Uses topic ids that the client was not told of.";
    "publish-before-regack" ["MQTTSN-6.10-3"]
        "Sends REGISTER before each first PUBLISH after waking, and does not wait for REGACK.";
    "regack-rejection-ignored" ["MQTTSN-6.10-4"]
        "Goes on with a topic name whose REGISTER was rejected.";
    "shares-topic-ids" ["MQTTSN-7.3-1"]
        "Takes the topic ids of one client from all of them.";
    // Publishing.
    "no-puback" ["MQTTSN-5.4.13-2"]
        "Does not acknowledge a PUBLISH of QoS 1.";
    "puback-other-message-id" ["MQTTSN-5.4.13-1"]
        "Acknowledges a PUBLISH with another MsgId.";
    "puback-other-topic-id" ["MQTTSN-5.4.13-1"]
        "Acknowledges a PUBLISH with another topic id.";
    "pubrec-other-message-id" ["MQTTSN-5.4.14-1"]
        "Answers a PUBLISH of QoS 2 with another MsgId.";
    "no-pubcomp" ["MQTTSN-6.6-4"]
        "Does not answer PUBREL.";
    "swallows-messages" ["MQTTSN-6.6-4"]
        "Acknowledges the messages of clients and passes none of them on.";
    "takes-unknown-topic-id" ["MQTTSN-5.4.13-2"]
        "Accepts a PUBLISH with a topic id that was never assigned.";
    "takes-unknown-predefined-id" ["MQTTSN-6.7-1"]
        "Accepts a PUBLISH with a pre-defined topic id that it does not know.";
    "qos-minus-1-needs-connection" ["MQTTSN-6.8-1"]
        "Drops a PUBLISH of QoS -1 from a client that is not connected.";
    "drops-for-other-topic-types" ["MQTTSN-6.6-4"]
        "Sends clients no message whose topic has a short name or a pre-defined topic id.";
    "reserved-return-code" ["MQTTSN-5.3.10-1"]
        "Refuses a PUBLISH with ReturnCode 4.";
    "duplicates-pass" ["MQTTSN-6.6-4"]
        "Takes a PUBLISH of QoS 2 that is sent again for another message.";
    "message-id-at-qos-0" ["MQTTSN-5.4.12-2"]
        "Sends messages of QoS 0 with a MsgId.";
    "flags-misplaced" ["MQTTSN-5.3.4-1"]
        "Writes the Retain flag where DUP is.";
    "retain-lost" ["MQTTSN-5.4.12-p1"]
        "Never sets the Retain flag.";
    "dup-at-once" ["MQTTSN-5.3.4-2"]
        "Sets DUP when it sends a message for the first time.";
    "resends-without-dup" ["MQTTSN-5.3.4-2"]
        "Does not set DUP when it sends a message again.";
    "cuts-long-messages" ["MQTTSN-6.10-6"]
        "Sends the beginning of a message that is too long for MQTT-SN.";
    "disconnects-for-long-messages" ["MQTTSN-6.10-6"]
        "Sends DISCONNECT when a message is too long for MQTT-SN.";
    // Subscriptions.
    "takes-long-short-name" ["MQTTSN-6.7-3"]
        "Accepts a SUBSCRIBE to a short topic name of three octets.";
    "no-suback" ["MQTTSN-6.9-1"]
        "Does not answer SUBSCRIBE.";
    "suback-other-message-id" ["MQTTSN-5.4.16-1"]
        "Answers SUBSCRIBE with another MsgId.";
    "suback-lower-qos" ["MQTTSN-5.4.16-1"]
        "Tells QoS 0 in SUBACK, whatever is granted.";
    "suback-higher-qos" ["MQTTSN-5.4.16-1"]
        "Tells QoS 2 in SUBACK, whatever is granted.";
    "suback-without-topic-id" ["MQTTSN-5.4.16-2", "MQTTSN-6.9-1"]
        "Answers a SUBSCRIBE to a topic name with topic id 0.";
    "suback-with-id-for-wildcard" ["MQTTSN-6.9-3"]
        "Answers a SUBSCRIBE with a wildcard with a topic id.";
    "publishes-with-other-topic-id" ["MQTTSN-6.10-1"]
        "Registers a second topic id instead of using the one of SUBACK.";
    "accepts-bad-subscribe" ["MQTTSN-6.9-2"]
        "Says nothing to a SUBSCRIBE that it does not accept.";
    "no-unsuback" ["MQTTSN-6.9-5"]
        "Does not answer UNSUBSCRIBE.";
    "unsuback-other-message-id" ["MQTTSN-5.4.18-1"]
        "Answers UNSUBSCRIBE with another MsgId.";
    // Lengths, ping, discovery, forwarders.
    "short-lengths-only" ["MQTTSN-5.2.1-2"]
        "Does not understand a Length of three octets.";
    "lengths-below-128-only" ["MQTTSN-5.2.1-3"]
        "Does not understand a Length of one octet that is 128 or more.";
    "mixes-nodes" ["MQTTSN-5.5-3"]
        "Sends all that goes to one forwarder to the first of its nodes.";
    "reserved-control-bits" ["MQTTSN-5.5-2"]
        "Sets a reserved bit of Ctrl.";
    "disconnect-instead-of-pingresp" ["MQTTSN-6.11-2"]
        "Answers PINGREQ with DISCONNECT.";
    "deaf-after-malformed" ["MQTTSN-5.4.20-1", "MQTTSN-6.2-4"]
        "Says nothing any more to a client that sent what is no message.";
    "no-gwinfo" ["MQTTSN-6.1-7"]
        "Does not answer SEARCHGW.";
    "gwinfo-with-address" ["MQTTSN-5.4.3-1"]
        "Puts an address into its GWINFO.";
    "forwards-bare" ["MQTTSN-5.5-3"]
        "Answers what came by a forwarder, other than SEARCHGW, without the encapsulation.";
    // Disconnecting and sleeping.
    "no-disconnect" ["MQTTSN-6.12-3"]
        "Does not answer DISCONNECT.";
    "disconnect-echoes-duration" ["MQTTSN-5.4.21-1", "MQTTSN-5.4.21-2"]
        "Answers a DISCONNECT with its duration.";
    "sleeps-through-connect" ["MQTTSN-6.14-9"]
        "Answers the CONNECT of a client that sleeps and takes it for asleep all the same.";
    "sleep-not-supervised" ["MQTTSN-6.14-4"]
        "Waits for a client that sleeps for ever.";
    "sends-to-asleep-client" ["MQTTSN-6.14-5"]
        "Sends messages to a client although it sleeps.";
    "no-pingresp-after-flush" ["MQTTSN-6.14-6"]
        "Ends the messages for a client that wakes without PINGRESP.";
    "no-pingresp-without-messages" ["MQTTSN-6.14-7"]
        "Says nothing to a client that wakes and has no messages.";
    "pingresp-before-last-message" ["MQTTSN-5.4.20-2", "MQTTSN-6.14-6"]
        "Sends PINGRESP before the last message.";
    "flush-out-of-order" ["MQTTSN-6.14-6"]
        "Sends the messages for a client that wakes in another order.";
    "flushes-twice" ["MQTTSN-6.14-6"]
        "Sends each message for a client that wakes twice, as two messages.";
    "flush-loses-one" ["MQTTSN-6.14-6"]
        "Loses the first message for a client that sleeps.";
    "awake-after-pingresp" ["MQTTSN-6.14-6"]
        "Takes a client for awake after PINGRESP.";
    "sleep-supervised-by-keep-alive" ["MQTTSN-6.14-3"]
        "Supervises a client that sleeps with its keep alive duration.";
    "keeps-first-sleep-duration" ["MQTTSN-6.14-9"]
        "Acknowledges another sleep duration and keeps the first one.";
    "sleeps-through-disconnect" ["MQTTSN-6.14-9"]
        "Acknowledges the DISCONNECT of a client that sleeps and goes on supervising it.";
    "wakes-at-one-address-only" ["MQTTSN-6.14-6"]
        "Does not know a client that wakes at another address.";
}

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    variant("late", "Sends everything 200 ms later."),
    variant(
        "retransmits",
        "Sends every PUBLISH of QoS 1 and 2 and every REGISTER twice, with DUP.",
    ),
    variant(
        "registers-after-wake",
        "Sends REGISTER before every first PUBLISH after a client wakes.",
    ),
    variant("registers-always", "Sends REGISTER before every first PUBLISH on a topic name."),
    variant("other-return-code", "Refuses what it does not accept as not supported."),
];
