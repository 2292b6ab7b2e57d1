//! What the XMPP server can be told to do wrong or differently.

use crate::peer::{Variant, variant};

faults! {
    // Streams.
    "header-without-from" ["RFC6120-4.7.1-3"]
        "Leaves `from` out of its stream header.";
    "header-without-id" ["RFC6120-4.7.3-4"]
        "Leaves `id` out of its stream header.";
    "header-without-lang" ["RFC6120-4.7.4-3"]
        "Leaves `xml:lang` out of its stream header.";
    "header-without-to" ["RFC6120-4.7.2-1", "RFC6120-4.7.2-2"]
        "Leaves `to` out of its stream header although the client gave `from`.";
    "header-with-to" ["RFC6120-4.7.2-3"]
        "Puts `to` into its stream header although the client gave no `from`.";
    "header-version-too-high" ["RFC6120-4.7.5-5"]
        "Answers version 1.0 with version 1.1.";
    "repeats-stream-id" ["RFC6120-4.3.3-3", "RFC6120-4.7.3-2"]
        "Gives every stream the same id.";
    "no-features" ["RFC6120-4.3.2-1"]
        "Sends no stream features.";
    "comments-in-features" ["RFC6120-11.1-1", "RFC6120-11.3-1"]
        "Puts a comment into the stream features.";
    "bind-before-sasl" ["RFC6120-7.4-2"]
        "Offers resource binding before SASL.";
    "no-bind" ["RFC6120-7.4-1"]
        "Does not offer resource binding after SASL.";
    "ignores-end-of-stream" ["RFC6120-4.4-1"]
        "Says nothing when a client ends its stream.";
    "no-closing-tag" ["RFC6120-4.4-1", "RFC6120-4.9.1.1-1"]
        "Closes the connection without the end tag of its stream.";
    // Stream errors.
    "ignores-xml-errors" ["RFC6120-11.1-3", "RFC6120-11.3-2"]
        "Says nothing to what is no XML of a stream, and reads on.";
    "other-xml-condition" ["RFC6120-11.3-2"]
        "Answers what is no XML of a stream with internal-server-error.";
    "closes-without-error" ["RFC6120-4.9-2"]
        "Ends a stream without saying why.";
    "stays-open-after-error" ["RFC6120-4.9.1.1-1"]
        "Keeps the connection open after a stream error.";
    // SASL.
    "ignores-authzid" ["RFC6120-6.3.8-1"]
        "Lets a user in as itself who asks for another identity.";
    "grants-any-authzid" ["RFC6120-6.3.8-1"]
        "Lets a user in under any identity.";
    "failure-without-condition" ["RFC6120-6.5-2"]
        "Does not say why authentication fails.";
    "ignores-abort" ["RFC6120-6.4.4-1"]
        "Says nothing to an abort.";
    "abort-other-condition" ["RFC6120-6.4.4-1"]
        "Answers an abort with not-authorized.";
    "stanzas-before-sasl" ["RFC6120-4.3.5-3"]
        "Takes stanzas before SASL and says nothing.";
    "stanzas-before-bind" ["RFC6120-7.1-5"]
        "Takes stanzas before a resource is bound and says nothing.";
    // Stanzas.
    "no-iq-answers" ["RFC6120-8.2.3-4", "RFC6120-8.4-12"]
        "Answers no IQ but those of the roster.";
    "unknown-iq-other-condition" ["RFC6120-8.4-12"]
        "Answers an IQ that it does not know with bad-request.";
    "changes-iq-id" ["RFC6120-8.2.3-5", "RFC6120-8.3.1-5"]
        "Answers an IQ under another id.";
    "error-without-element" ["RFC6120-8.3.1-6"]
        "Leaves the element out that says what is wrong with a stanza.";
    "takes-any-iq-type" ["RFC6120-8.2.3-3"]
        "Says nothing to an IQ of an unknown type.";
    "answers-results" ["RFC6120-8.2.3-6"]
        "Answers an IQ of type result with an error.";
    "loses-messages" ["RFC6121-8.5.3.1-3"]
        "Delivers no messages.";
    "strips-lang" ["RFC6120-4.7.4-10"]
        "Takes `xml:lang` out of the stanzas that it delivers.";
    "drops-unknown-content" ["RFC6120-8.4-13"]
        "Takes content that it does not know out of the stanzas that it delivers.";
    "no-pong" ["XEP0199-4.2-2"]
        "Answers no ping.";
    "ping-undeclared" ["XEP0199-5-1"]
        "Answers pings and leaves them out of what it says to support.";
    // Presence.
    "subscribe-to-one-resource" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to the newest available resource alone.";
    "subscribe-skips-negative-priority" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to no resource of negative priority.";
    "subscribe-to-unavailable" ["RFC6121-3.1.3-6"]
        "Delivers a subscription request to resources that are not available, too.";
    "subscribe-from-full-jid" ["RFC6121-3.1.2-7"]
        "Sends a subscription request on from the full JID.";
    "no-push-on-subscribe" ["RFC6121-3.1.2-9"]
        "Tells the user's resources nothing of a subscription request.";
    "wrong-state-on-subscribe" ["RFC6121-A.2.1-p1"]
        "Tells the user's resources that a subscription is there once it is asked for.";
    // The client.
    "client-ignores-server-signature" ["RFC5802-5-2"]
        "Goes on whatever signature the server shows.";
    "client-ignores-nonce" ["RFC5802-5.1-9"]
        "Goes on with a nonce that does not begin with its own.";
    // Stream management.
    "ignores-requests" ["XEP0198-4-3"]
        "Answers no request for acknowledgement.";
    "counts-too-high" ["XEP0198-4-3"]
        "Acknowledges one stanza more than it got.";
    "enables-before-bind" ["XEP0198-3-8"]
        "Enables stream management before a resource is bound.";
    "enabled-without-id" ["XEP0198-5-2"]
        "Enables resumption without naming the session.";
    "resumes-unknown-session" ["XEP0198-5-14"]
        "Says that it resumes a session that never was.";
    "resumes-with-any-h" ["XEP0198-6-1"]
        "Resumes a session whatever the client says to have got.";
    "h-too-high-other-condition" ["XEP0198-6-4"]
        "Answers an acknowledgement of more than was sent with another stream error.";
    "h-too-high-closes-silently" ["XEP0198-6-4"]
        "Closes the connection on an acknowledgement of more than was sent.";
    "no-redelivery-on-resume" ["XEP0198-5-18"]
        "Does not send again what was not acknowledged when a session is resumed.";
}

/// Every variant.
pub const VARIANTS: &[Variant] = &[
    variant("one-byte-writes", "Writes one byte at a time."),
    variant("late", "Answers 150 ms late."),
    variant("coalesced-writes", "Writes everything that comes up within 20 ms at once."),
    variant("other-spelling", "Writes attributes in another order and in double quotes."),
    variant("prefixes", "Writes elements of other namespaces with prefixes."),
    variant("features-reversed", "Offers features and mechanisms in the opposite order."),
    variant("scram-only", "Offers no PLAIN."),
    variant("acknowledges-subscribe", "Answers a subscription request with unavailable presence."),
    variant("extra-features", "Offers features that nobody knows."),
    variant("ignores-unknown-elements", "Ignores elements that are no stanzas."),
    variant("asks-clients", "Pings a client that has bound a resource."),
    variant(
        "requests-acknowledgements",
        "Asks for an acknowledgement as soon as stream management is enabled.",
    ),
];
