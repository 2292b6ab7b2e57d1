//! What the CoAP server, and the client beside it, can be told to do wrong or differently.

pub mod connected;
pub mod proxy;

use crate::peer::{Variant, variant};

faults! {
    // Messages.
    "no-pong" ["RFC7252-4.2-1"]
        "Says nothing to an Empty Confirmable message.";
    "ignores-format-errors" ["RFC7252-4.2-1", "RFC7252-3-3", "RFC7252-3-4", "RFC7252-3.1-2",
        "RFC7252-3.1-3", "RFC7252-4.1-2"]
        "Says nothing to a Confirmable message with a message format error.";
    "answers-format-errors" ["RFC7252-4.2-1", "RFC7252-3-3", "RFC7252-3-4", "RFC7252-3.1-2",
        "RFC7252-3.1-3", "RFC7252-4.1-2"]
        "Answers a Confirmable message with a message format error with 4.00.";
    "answers-unknown-version" ["RFC7252-3-2"]
        "Answers a message of another version with a Reset.";
    "reset-with-message-id-0" ["RFC7252-4.2-3"]
        "Answers a ping with a Reset of Message ID 0.";
    "ignores-unexpected-responses" ["RFC7252-4.2-1"]
        "Says nothing to a Confirmable response that it did not ask for.";
    "answers-malformed-at-length" ["RFC7252-11.3-1"]
        "Answers a Confirmable message with a message format error with 4.00 and 100 bytes.";
    "answers-malformed-non" ["RFC7252-4.3-4"]
        "Answers a Non-confirmable message that it cannot process with 4.00.";
    "processes-malformed-non" ["RFC7252-4.3-3"]
        "Answers a Non-confirmable message that it cannot process with 2.05.";
    "resets-acknowledgements" ["RFC7252-4.2-4"]
        "Answers an Acknowledgement or a Reset that matches nothing with a Reset.";
    "acknowledges-other-message-id" ["RFC7252-4.2-2", "RFC7252-4.4-1"]
        "Counts the Message ID in an Acknowledgement up by one.";
    "changes-token" ["RFC7252-5.3.1-1", "RFC7252-5.3.2-2", "RFC7252-5.3.2-3"]
        "Changes the last byte of the Token in responses.";
    "acknowledges-non" ["RFC7252-4.3-2"]
        "Acknowledges Non-confirmable requests.";
    "con-response-to-non" ["RFC7252-5.2.3-1"]
        "Answers a Non-confirmable request with a Confirmable response.";
    "answers-non-from-elsewhere" ["RFC7252-5.3.2-1"]
        "Answers a Non-confirmable request from another endpoint, where nobody waits for it.";
    "answers-duplicate-non" ["RFC7252-4.5-3"]
        "Answers a second copy of a Non-confirmable request.";
    "reuses-message-ids" ["RFC7252-4.4-2"]
        "Gives everything that it sends by itself the same Message ID.";
    "strips-zeros-from-tokens" ["RFC7252-5.3.1-5", "RFC7252-5.3.1-1"]
        "Takes the Token for a number, and leaves zeros at its beginning out.";
    "processes-duplicates" ["RFC7252-4.5-1"]
        "Processes a Confirmable request again for each copy.";
    "ignores-duplicates" ["RFC7252-4.5-1", "RFC7252-5.2.2-2"]
        "Says nothing to a second copy of a Confirmable request.";
    // Multicast.
    "resets-multicast" ["RFC7252-8.1-3"]
        "Rejects what was sent to the multicast group by a Reset.";
    "answers-multicast-at-once" ["RFC7252-8.2-3"]
        "Answers what was sent to the multicast group at once.";
    // DTLS.
    "rejects-in-the-clear" ["RFC7252-9.1.1-1"]
        "Sends Empty messages of a DTLS session without DTLS.";
    "answers-in-the-clear" ["RFC7252-9.1.2-2", "RFC7252-6.2-1"]
        "Sends responses of a DTLS session without DTLS.";
    "answers-in-another-session" ["RFC7252-9.1.2-2"]
        "Sends responses in the DTLS session that began last.";
    "notifies-in-the-clear" ["RFC7641-7-2"]
        "Sends the notifications of a DTLS session without DTLS.";
    "takes-acknowledgements-in-the-clear" ["RFC7252-9.1.1-2"]
        "Takes what comes without DTLS from the port of a session for a part of it.";
    "retransmits-in-a-new-session" ["RFC7252-9.1.1-3"]
        "Goes on with its exchanges in the DTLS session that takes the place of theirs.";
    "no-psk-with-ccm-8" ["RFC7252-9.1.3.1-1"]
        "Speaks TLS_PSK_WITH_AES_128_GCM_SHA256 alone with a pre-shared key.";
    "no-certificates-with-ccm-8" ["RFC7252-9.1.3.3-1"]
        "Speaks TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 alone with a certificate.";
    // Echo and Request-Tag.
    "serves-what-is-not-fresh" ["RFC9175-2.3-2"]
        "Serves a request without Echo where it must be fresh.";
    "refuses-without-echo" ["RFC9175-2.3-26"]
        "Refuses a request that is not fresh without an Echo option.";
    "refuses-fresh-requests" ["RFC9175-2.3-10"]
        "Refuses a request with a fresh Echo option too.";
    "takes-any-echo" ["RFC9175-2.2.1-2"]
        "Takes any value of the Echo option for its own.";
    "no-new-echo" ["RFC9175-2.3-12"]
        "Refuses a wrong Echo option without a new one.";
    "reads-request-tags" ["RFC9175-3.3-2"]
        "Refuses a Request-Tag that is no UTF-8.";
    "mixes-request-tags" ["RFC9175-3.3-p1"]
        "Assembles blocks whatever their Request-Tags.";
    "request-tags-in-responses" ["RFC9175-3.4-2"]
        "Sends the Request-Tag back.";
    // OSCORE.
    "oscore-option-alone-is-plain" ["RFC8613-2-2"]
        "Answers a request with the OSCORE option and without payload as if it were not protected.";
    "oscore-code-in-the-clear" ["RFC8613-4.2-3"]
        "Says the Code of a protected response outside too.";
    "oscore-outer-code-counts" ["RFC8613-4.2-4"]
        "Takes the Code of a protected request from outside.";
    "oscore-notifications-as-2.04" ["RFC8613-4.1.3.5-7"]
        "Sends protected notifications as 2.04.";
    "oscore-notifications-without-partial-iv" ["RFC8613-4.1.3.5.2-1"]
        "Uses the nonce of the registration for every notification.";
    "oscore-own-nonce-untold" ["RFC8613-8.3-2"]
        "Protects with a Partial IV of its own and does not say which.";
    "oscore-nonce-of-the-request-told" ["RFC8613-8.3-3"]
        "Says the Partial IV of the request in a response with the nonce of the request.";
    "oscore-takes-replays" ["RFC8613-7.4-1"]
        "Processes a protected request again that comes again.";
    "oscore-takes-any-kid" ["RFC8613-8.2-3"]
        "Has one context, and does not look at the kid.";
    "oscore-takes-reserved-flags" ["RFC8613-8.2-3"]
        "Does not look at the reserved bits of the OSCORE option.";
    "oscore-takes-damaged-tags" ["RFC8613-8.2-10"]
        "Does not compare the last byte of the tag.";
    // Separate responses.
    "no-empty-ack" ["RFC7252-4.2-1"]
        "Does not acknowledge a request whose response takes time.";
    "ack-with-token" ["RFC7252-4.2-1", "RFC7252-4.1-1"]
        "Puts the Token into Empty Acknowledgements.";
    "piggybacks-on-a-copy" ["RFC7252-5.2.2-1"]
        "Answers a second copy of a request, after an Empty Acknowledgement, in another one.";
    "forgets-acknowledged-requests" ["RFC7252-4.2-8"]
        "Says nothing to a copy of a request once its separate response is acknowledged.";
    "acknowledged-by-anybody" ["RFC7252-4.4-3", "RFC7252-9.1.1-2"]
        "Takes an Acknowledgement from whatever endpoint.";
    "retransmits-behind-the-span" ["RFC7252-4.2-6"]
        "Sends a Confirmable message once more when it should have been given up.";
    "retransmits-with-new-message-id" ["RFC7252-4.2-5"]
        "Gives each retransmission a Message ID of its own.";
    "retransmits-for-ever" ["RFC7252-4.2-5"]
        "Does not give up after four retransmissions.";
    "never-retransmits" ["RFC7252-4.2-5"]
        "Sends each Confirmable message once.";
    "linear-back-off" ["RFC7252-4.2-5"]
        "Does not double the timeout of a retransmission.";
    "first-retransmission-too-early" ["RFC7252-4.2-5"]
        "Waits half a second before the first retransmission.";
    "ack-does-not-stop" ["RFC7252-5.2.2-4"]
        "Goes on retransmitting after an Acknowledgement.";
    // Requests and options.
    "ignores-unknown-critical" ["RFC7252-5.4.1-2"]
        "Processes a request with a critical option that it does not know.";
    "refuses-unknown-elective" ["RFC7252-5.4.1-1"]
        "Refuses an elective option that it does not know with 4.02.";
    "processes-non-with-unknown-critical" ["RFC7252-5.4.1-5"]
        "Processes a Non-confirmable request with a critical option that it does not know.";
    "answers-non-with-unknown-critical" ["RFC7252-4.3-4"]
        "Answers a Non-confirmable request with a critical option that it does not know with 4.02.";
    "takes-wrong-lengths" ["RFC7252-5.4.3-1"]
        "Takes a critical option that is too short or too long as if it were not there.";
    "refuses-wrong-elective-lengths" ["RFC7252-5.4.3-1"]
        "Refuses an elective option that is too short or too long with 4.02.";
    "refuses-leading-zeros" ["RFC7252-3.2-2"]
        "Refuses an option whose number begins with zeros with 4.02.";
    "serves-what-a-proxy-would" ["RFC7252-5.7.2-1", "RFC7252-5.10.2-3"]
        "Serves a request with Proxy-Uri or Proxy-Scheme by the other options.";
    "proxying-is-a-bad-option" ["RFC7252-5.7.2-1", "RFC7252-5.10.2-3"]
        "Answers a request with Proxy-Uri or Proxy-Scheme with 4.02.";
    "uri-path-overrides-proxy-uri" ["RFC7252-5.10.2-4"]
        "Serves a request with Proxy-Uri and Uri-Path by its Uri-Path.";
    "no-diagnostics" ["RFC7252-5.4.1-3"]
        "Says nothing in the payload of an error.";
    "latin-1-diagnostics" ["RFC7252-5.5.2-1"]
        "Encodes diagnostic payloads in Latin-1.";
    "get-stores-payload" ["RFC7252-5.1-1", "RFC7252-5.5-1"]
        "Replaces a representation by the payload of a GET.";
    "refuses-get-with-payload" ["RFC7252-5.5-1"]
        "Refuses a GET with a payload.";
    "get-is-changed" ["RFC7252-5.8.1-1"]
        "Answers a GET with 2.04.";
    "put-appends" ["RFC7252-5.1-2"]
        "Adds the payload of a PUT to what is there.";
    "replacing-is-creating" ["RFC7252-5.8.3-1"]
        "Answers the replacement of a representation with 2.01.";
    "deleting-nothing-not-found" ["RFC7252-5.8.4-1"]
        "Answers DELETE for a resource that is not there with 4.04.";
    "valid-without-etag" ["RFC7252-5.9.1.3-1"]
        "Leaves the ETag out of 2.03.";
    "valid-with-payload" ["RFC7252-5.9.1.3-1"]
        "Puts the representation into 2.03.";
    "ignores-conditions" ["RFC7252-5.10.8-1", "RFC7252-5.10.8-2"]
        "Performs a request although If-Match or If-None-Match does not hold.";
    "changes-although-a-condition-fails" ["RFC7252-5.10.8-1"]
        "Performs a PUT although a condition does not hold, and answers 4.12.";
    "failed-condition-is-bad-request" ["RFC7252-5.10.8-2"]
        "Answers 4.00 when a condition does not hold.";
    "two-etags" ["RFC7252-5.10.6.1-1"]
        "Puts two ETag options into a response.";
    "two-content-formats" ["RFC7252-5.4.5-2"]
        "Puts two Content-Format options into a response.";
    "location-of-dots" ["RFC7252-5.10.7-2"]
        "Says that what is created is at a Location-Path of two dots.";
    "uri-path-in-response" ["RFC7252-5.4-1"]
        "Puts Uri-Path into a response.";
    "applies-a-refused-patch" ["RFC8132-3-4"]
        "Replaces a representation by the payload of a PATCH that it answers with an error.";
    "suppresses-every-response" ["RFC7967-2.1-1"]
        "Sends no response to a request with No-Response, whatever it says.";
    "hop-limit-0-is-exhausted" ["RFC8768-3-3"]
        "Answers a Hop-Limit of 0 with 5.08.";
    "unknown-method-not-found" ["RFC7252-5.8-1"]
        "Answers a method that it does not know with 4.04.";
    "takes-surplus-options" ["RFC7252-5.4.5-3"]
        "Takes a second Accept option as if it were not there.";
    "ignores-accept" ["RFC7252-5.10.4-1"]
        "Answers in its own Content-Format whatever Accept says.";
    // Discovery.
    "lists-nothing" ["RFC7252-7.2-1"]
        "Has no /.well-known/core.";
    "links-as-text" ["RFC6690-4-2"]
        "Says that its links are plain text.";
    "links-without-brackets" ["RFC6690-2-p2", "RFC6690-4-2"]
        "Writes links without angle brackets.";
    "refuses-link-queries" ["RFC6690-4.1-3"]
        "Refuses a query for links.";
    "ct-out-of-range" ["RFC7252-7.2.1-1"]
        "Gives a link a Content-Format above 65535.";
    "obs-with-value" ["RFC7641-6-2"]
        "Gives the attribute obs a value.";
    "obs-twice" ["RFC7641-6-3"]
        "Gives a link the attribute obs twice.";
    "rt-twice" ["RFC6690-3.1-2"]
        "Gives a link the attribute rt twice.";
    "if-twice" ["RFC6690-3.2-2"]
        "Gives a link the attribute if twice.";
    "sz-twice" ["RFC6690-3.3-2"]
        "Gives a link the attribute sz twice.";
    "attribute-called-href" ["RFC6690-2-1"]
        "Gives a link an attribute called href.";
    // Observe.
    "never-notifies" ["RFC7641-4.1-1"]
        "Registers observers and tells them nothing.";
    "second-entry" ["RFC7641-4.1-2"]
        "Makes a second entry when a client registers with the same Token again.";
    "observe-without-registration" ["RFC7641-4.1-4"]
        "Puts Observe into the response for a resource that cannot be observed.";
    "changes-notification-token" ["RFC7641-4.2-1"]
        "Sends notifications with a longer Token.";
    "notifies-that-it-changed" ["RFC7641-4.2-2"]
        "Sends notifications with the code 2.04.";
    "notifies-in-another-format" ["RFC7641-4.2-4"]
        "Sends notifications in another Content-Format than the first response.";
    "notifies-in-a-new-format" ["RFC7641-4.2-5"]
        "Goes on with notifications when the resource has another Content-Format.";
    "notifies-without-number" ["RFC7641-4.2-6"]
        "Leaves Observe out of notifications.";
    "observe-in-error-notification" ["RFC7641-4.2-6"]
        "Puts Observe into the notification that ends an observation.";
    "silent-deletion" ["RFC7641-4.2-3"]
        "Does not tell observers that the resource is deleted.";
    "notifies-of-an-old-state" ["RFC7641-4.5-3"]
        "Leaves the last byte out of notifications.";
    "many-notifications-at-a-time" ["RFC7641-4.5.1-1"]
        "Sends a notification although the one before is not acknowledged.";
    "observe-number-leaps" ["RFC7641-4.4-2"]
        "Counts more than half of the circle from notification to notification.";
    "observe-number-repeats" ["RFC7641-4.4-3", "RFC7641-4.4-1"]
        "Gives every notification the same number.";
    "reset-ignored" ["RFC7641-4.5-4"]
        "Keeps an observer that answers with a Reset.";
    "keeps-observer" ["RFC7641-4.1-5"]
        "Keeps an observer that deregisters.";
    "observe-in-deregistration" ["RFC7641-4.1-6"]
        "Puts an Observe option into the response to a deregistration.";
    // Blocks.
    "assembles-over-a-gap" ["RFC7959-2.5-2"]
        "Takes the final block of a transfer although earlier ones are missing.";
    "applies-a-broken-transfer" ["RFC7959-2.5-p1"]
        "Writes each block into the resource as it comes.";
    "assembles-other-formats" ["RFC7959-2.3-7"]
        "Assembles blocks with different Content-Formats.";
    "ignores-block2" ["RFC7959-2.1-1"]
        "Answers a request for a block as if it were for the whole.";
    "takes-reserved-block-size" ["RFC7959-2.2-2"]
        "Takes the reserved size exponent 7.";
    "shrinking-blocks" ["RFC7959-2.4-6"]
        "Answers every second request for a block with a smaller one.";
    "blocks-without-etag" ["RFC7959-2.4-7"]
        "Leaves the ETag out of responses in blocks.";
    "two-block2" ["RFC7959-2.1-2"]
        "Puts Block2 into a response twice.";
    "two-size2" ["RFC7959-4-3"]
        "Puts Size2 into a response twice.";
    "block2-in-continue" ["RFC7959-2.3-4"]
        "Puts Block2 into a response that asks for more blocks.";
    "never-in-blocks-unasked" ["RFC7252-4.6-2"]
        "Sends a large representation in one message where no block size is asked for.";
    "larger-blocks-than-asked" ["RFC7959-2.4-3"]
        "Answers in blocks of 128 bytes whatever size is asked for.";
    "blocks-of-changing-size" ["RFC7959-2.4-6", "RFC7959-2.3-1"]
        "Leaves the last byte of every second block out.";
    // The client.
    "acks-unknown-token" ["RFC7252-4.2-1"]
        "The client acknowledges a response that it did not ask for.";
    "silent-on-unknown-token" ["RFC7252-5.3.2-p1"]
        "The client says nothing to a response that it did not ask for.";
    "delivers-wrong-token" ["RFC7252-5.3.2-3"]
        "The client delivers a response whatever its Token.";
}

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    variant("separate-always", "Acknowledges every Confirmable request first and responds later."),
    variant("piggybacks-always", "Responds in the Acknowledgement, however long that takes."),
    variant("late", "Sends everything 200 ms later."),
    variant("blocks-of-32", "Prefers blocks of 32 bytes."),
    variant("stateless-block1", "Applies each block of an update as it comes, and says so."),
    variant(
        "non-notifications",
        "Sends Non-confirmable notifications, every fourth a Confirmable one.",
    ),
    variant("no-observe", "Answers a registration as a plain GET."),
    variant("unavailable", "Answers every fifth request with 5.03."),
    variant("ignores-multicast", "Ignores what is sent to the multicast group."),
    variant("no-validation", "Answers a GET with an ETag with the whole representation."),
    variant("resets-non", "Rejects a Non-confirmable message with a Reset."),
    variant("always-responds", "Responds whatever No-Response says."),
    variant("no-block1", "Takes no updates in blocks: 4.13."),
    variant("oscore-own-nonces", "Protects every response with a Partial IV of its own."),
    variant("no-certificates", "Speaks DTLS with a pre-shared key only."),
    variant("proxy-without-cache", "Asks the server again for each request that it forwards."),
    variant("response-before-ack", "Sends a separate response before the Empty Acknowledgement."),
];
