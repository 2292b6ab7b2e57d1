//! Subscriptions and topics, shares, flow control, properties, authentication and errors.

faults! {
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
    "subscribes-last-filter-only" ["MQTT5-3.8.4-5", "MQTT311-3.8.4-4"]
        "Takes only the last Topic Filter of a SUBSCRIBE.";
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
    "unsubscribes-last-filter-only" ["MQTT5-3.10.4-6", "MQTT311-3.10.4-6"]
        "Deletes only the last Topic Filter of an UNSUBSCRIBE.";
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
    "unsuback-for-each-filter" ["MQTT5-3.10.4-6", "MQTT311-3.10.4-6"]
        "Sends an UNSUBACK for each Topic Filter of an UNSUBSCRIBE.";
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
    "refuses-subscribe-above-maximum-qos" ["MQTT5-3.2.2-10"]
        "Refuses a Subscription that asks for more than the Maximum QoS.";
    "accepts-wildcards-unavailable" ["MQTT5-3.2.2.3.11-p3"]
        "Takes Topic Filters with wildcards although it has said that there are none.";
    "accepts-subscription-identifiers-unavailable" ["MQTT5-3.2.2.3.12-p3"]
        "Takes a Subscription Identifier although it has said that there are none.";
    "accepts-shared-unavailable" ["MQTT5-3.2.2.3.13-p3"]
        "Takes a shared Subscription although it has said that there are none.";
    "refuses-wildcards" ["MQTT311-3.8.3-p1"]
        "Refuses Topic Filters with wildcards, in 3.1.1.";
    "grants-wildcards-without-matching" ["MQTT311-3.8.3-2"]
        "Grants Topic Filters with wildcards and matches nothing with them.";
    "invents-subscription-identifier" ["MQTT5-3.3.4-p6"]
        "Adds the Subscription Identifier 4711 to every message.";
    "sends-first-subscription-identifier" ["MQTT5-3.3.4-5"]
        "Sends the same Subscription Identifier in each of several copies.";
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
    "shared-ignores-share-name" ["MQTT5-4.8.2-p1", "MQTT5-4.8.2-p15"]
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
    "ignores-receive-maximum" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2", "MQTT5-4.9.0-1"]
        "Sends without regard to the Client's Receive Maximum.";
    "blocks-at-quota-zero" ["MQTT5-3.3.4-10", "MQTT5-4.9.0-3"]
        "Answers no PINGREQ while the send quota is 0.";
    "quota-never-refilled" ["MQTT5-4.9.0-p1"]
        "Does not count acknowledgements towards the send quota.";
    "refills-quota-twice" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2"]
        "Counts each acknowledgement twice towards the send quota.";
    "refills-quota-at-pubrec" ["MQTT5-3.3.4-9", "MQTT5-4.9.0-2"]
        "Takes PUBREC as the end of a QoS 2 message in flow control.";
    "no-inbound-quota" ["MQTT5-3.3.4-p15", "MQTT5-3.3.4-7"]
        "Takes more messages than its Receive Maximum.";
    "sends-too-large" ["MQTT5-3.1.2-24"]
        "Sends packets above the Client's Maximum Packet Size.";
    "disconnects-on-too-large" ["MQTT5-3.1.2-25"]
        "Closes the connection instead of dropping what is too large.";
    "too-large-blocks-queue" ["MQTT5-3.1.2-25"]
        "Stops delivering at a message that is too large.";
    "keeps-reason-string-when-too-large" ["MQTT5-3.1.2-24", "MQTT5-3.2.2-19", "MQTT5-3.4.2-2",
        "MQTT5-3.5.2-2", "MQTT5-3.9.2-1", "MQTT5-3.11.2-1", "MQTT5-3.14.2-3", "MQTT5-3.6.2-2", "MQTT5-3.7.2-2", "MQTT5-3.15.2-2"]
        "Adds a Reason String where that makes the packet too large.";
    "keeps-user-property-when-too-large" ["MQTT5-3.1.2-24", "MQTT5-3.2.2-20", "MQTT5-3.4.2-3",
        "MQTT5-3.5.2-3", "MQTT5-3.9.2-2", "MQTT5-3.11.2-2", "MQTT5-3.14.2-4", "MQTT5-3.6.2-3", "MQTT5-3.7.2-3", "MQTT5-3.15.2-3"]
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
    "takes-wrong-flags-disconnect" ["MQTT5-3.14.1-1", "MQTT311-3.14.1-1", "MQTT5-3.1.2-8",
        "MQTT311-3.1.2-8"]
        "Takes a DISCONNECT with reserved flags for a right one.";
    "no-pingresp" ["MQTT5-3.12.4-1", "MQTT311-3.12.4-1"]
        "Answers no PINGREQ.";
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
        "Sends its challenge with Reason Code 0x00.";
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
