//! What the XMPP server can be told to do wrong or differently.

pub mod im;

use crate::peer::{Fault, Variant, variant};

/// Every fault.
#[must_use]
pub fn all() -> Vec<Fault> {
    FAULTS.iter().chain(im::FAULTS).cloned().collect()
}

faults! {
    // Streams.
    "header-without-from" ["RFC6120-4.7.1-3"]
        "Leaves `from` out of its stream header.";
    "header-without-id" ["RFC6120-4.7.3-4"]
        "Leaves `id` out of its stream header.";
    "header-without-lang" ["RFC6120-4.7.4-3"]
        "Leaves `xml:lang` out of its stream header.";
    "header-without-declaration" ["RFC6120-11.5-1"]
        "Sends no XML declaration.";
    "header-without-to" ["RFC6120-4.7.2-1", "RFC6120-4.7.2-2"]
        "Leaves `to` out of its stream header although the client gave `from`.";
    "header-with-to" ["RFC6120-4.7.2-3"]
        "Puts `to` into its stream header although the client gave no `from`.";
    "header-version-too-high" ["RFC6120-4.7.5-5"]
        "Answers version 1.0 with version 1.1.";
    "repeats-stream-id" ["RFC6120-4.3.3-3", "RFC6120-4.7.3-1", "RFC6120-4.7.3-2"]
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
    "no-closing-tag" ["RFC6120-4.4-1", "RFC6120-4.9.1.1-1", "RFC6120-4.9.1.2-1"]
        "Closes the connection without the end tag of its stream.";
    "echoes-version" ["RFC6120-4.7.5-5", "RFC6120-4.7.5-6", "RFC6120-4.7.5-2"]
        "Answers any version with the same.";
    "unknown-host-as-its-own" ["RFC6120-4.9.1.3-1"]
        "Answers a stream header for a host that it does not serve as if it were that host.";
    "error-without-header" ["RFC6120-4.9.1.2-1", "RFC6120-11.3-1"]
        "Answers a wrong stream header with an error and no header.";
    "header-with-content-of-servers" ["RFC6120-4.8.2-2"]
        "Declares the namespace of servers in the header of a first stream.";
    "silent-on-other-prefixes" ["RFC6120-4.8.5-2"]
        "Says nothing behind its header to who has another prefix for streams.";
    "features-without-version" ["RFC6120-4.7.5-8"]
        "Takes a stream header without a version for one of 1.0.";
    "no-features-after-plain" ["RFC6120-4.3.4-1"]
        "Sends no features behind the restart after PLAIN.";
    "closes-after-plain" ["RFC6120-4.3.3-1"]
        "Closes the connection on the stream header behind PLAIN.";
    "keeps-earlier-namespaces" ["RFC6120-4.8.5-5"]
        "Knows prefixes from the header of an earlier stream.";
    "takes-extension-namespaces" ["RFC6120-4.8.5-7"]
        "Takes stream headers that declare namespaces of extensions.";
    "restarts-after-binding" ["RFC6120-7.3.2-1", "RFC6120-11.5-2"]
        "Answers a stream header behind resource binding with one.";
    "standalone-declaration" ["RFC6120-11.5-3"]
        "Says in an XML declaration that it stands alone, where a header was wrong.";
    // Stream errors.
    "ignores-header-errors" ["RFC6120-4.9.1.2-1", "RFC6120-4.8.1-2", "RFC6120-4.8.5-2", "RFC6120-11.5-4", "RFC6120-11.6-5", "RFC6120-11.6-3", "RFC6120-11.3-2", "RFC6120-11.1-3", "RFC6120-4.9-2"]
        "Says nothing to a stream header that is wrong.";
    "ignores-namespace-errors" ["RFC6120-11.3-4"]
        "Says nothing to XML whose names are not well-formed, and reads on.";
    "ignores-encoding-errors" ["RFC6120-11.6-3"]
        "Says nothing to what is not UTF-8, and reads on.";
    "ignores-stream-errors" ["RFC6120-4.9.1.1-2"]
        "Keeps a stream open whose client has reported an error.";
    "ignores-unknown-stream-conditions" ["RFC6120-4.9.2-3"]
        "Keeps a stream open whose client has reported an error that it does not know.";
    "takes-prefixed-content" ["RFC6120-4.8.5-4"]
        "Takes stanzas with a prefix.";
    "stream-conditions-of-its-own" ["RFC6120-4.9.2-2"]
        "Ends a stream with a condition that nobody has defined.";
    "stream-conditions-in-other-namespace" ["RFC6120-4.9.2-4"]
        "Ends a stream with a condition in a namespace of its own.";
    "small-stanzas" ["RFC6120-13.12-9"]
        "Takes no stanza of more than 9,000 bytes.";
    "routes-any-data" ["RFC6120-4.8.4-2"]
        "Sends on what is no stanza.";
    "answers-unknown-elements" ["RFC6120-4.8.4-3"]
        "Answers an element that is no stanza with an error stanza.";
    "ignores-xml-errors" ["RFC6120-11.1-3", "RFC6120-11.3-2"]
        "Says nothing to what is no XML of a stream, and reads on.";
    "other-xml-condition" ["RFC6120-11.3-2"]
        "Answers what is no XML of a stream with internal-server-error.";
    "closes-without-error" ["RFC6120-4.9-2", "RFC6120-4.8.3-4"]
        "Ends a stream without saying why.";
    "stays-open-after-error" ["RFC6120-4.9.1.1-1"]
        "Keeps the connection open after a stream error.";
    // SASL and resource binding.
    "two-tries" ["RFC6120-6.4.5-2"]
        "Lets a client try twice.";
    "spaces-during-sasl" ["RFC6120-6.3.5-1"]
        "Puts white space between the elements of SASL.";
    "padding-bits-in-sasl" ["RFC6120-6.3.5-2"]
        "Sends base64 whose padding bits are not zero.";
    "repeats-mechanisms" ["RFC6120-6.4.1-5"]
        "Offers a mechanism twice.";
    "no-mechanisms" ["RFC6120-6.4.1-4"]
        "Offers no mechanisms.";
    "no-initial-response" ["RFC6120-6.3.10-1"]
        "Refuses PLAIN with an initial response.";
    "drops-bad-bytes-of-names" ["RFC5802-3-1"]
        "Takes bytes that are not UTF-8 out of user names.";
    "hashes-prepared-names" ["RFC5802-5.1-6"]
        "Hashes the user name as it is prepared.";
    "takes-any-escape" ["RFC5802-5.1-7"]
        "Takes = and any two digits in a user name for a character.";
    "no-iteration-count" ["RFC5802-5.1-12"]
        "Does not say how often passwords of others than the first user are hashed.";
    "verifier-after-failure" ["RFC5802-5.1-16"]
        "Shows a signature to who gave a wrong proof.";
    "refuses-scram-extensions" ["RFC5802-5.1-18"]
        "Refuses extensions that need not be understood.";
    "scram-nonce-of-its-own" ["RFC5802-5.1-p1"]
        "Answers with a nonce that does not go on from the client's.";
    "few-iterations" ["RFC5802-5.1-13"]
        "Hashes passwords 1,000 times alone.";
    "takes-any-base64" ["RFC6120-13.9.1-2", "RFC6120-13.9.1-3"]
        "Takes what is not base64 for what it might have been.";
    "refuses-second-auth" ["RFC6120-6.4.2-3"]
        "Refuses to begin anew while a handshake is going on.";
    "needs-initial-response" ["RFC6120-6.3.10-2"]
        "Refuses PLAIN without an initial response.";
    "silent-on-unknown-mechanisms" ["RFC6120-6.4.5-1"]
        "Says nothing to a mechanism that it does not have.";
    "endless-retries" ["RFC6120-6.4.5-2"]
        "Lets a client try for ever.";
    "one-try" ["RFC6120-6.4.5-2"]
        "Lets a client try once.";
    "closes-silently-after-retries" ["RFC6120-6.4.5-5"]
        "Closes the connection on too many retries without a stream error.";
    "takes-any-proof" ["RFC5802-5-p1"]
        "Lets a user in whose proof is wrong.";
    "takes-any-nonce" ["RFC5802-5.1-10"]
        "Takes another nonce in the client's last message.";
    "takes-any-channel-binding" ["RFC5802-6-9", "RFC5802-6-10"]
        "Takes a GS2 header that was not there before, and channel binding where there is none.";
    "takes-scram-extensions" ["RFC5802-5.1-8"]
        "Takes an extension that must be understood.";
    "repeats-scram-nonce" ["RFC5802-5.1-p1"]
        "Adds the same to every nonce.";
    "wrong-server-signature" ["RFC5802-5.1-p2"]
        "Shows a signature of somebody who does not know the password.";
    "binds-strangers" ["RFC6120-4.3.6-2"]
        "Binds a resource before SASL.";
    "generates-no-resource" ["RFC6120-7.6-1"]
        "Refuses to bind where a client names no resource.";
    "generates-same-resource" ["RFC6120-7.6-2"]
        "Generates the same resource for everybody.";
    "binds-somebody-else" ["RFC6120-4.3.6-4"]
        "Binds a resource of somebody else for who names an identity.";
    "binds-bare-jid" ["RFC6120-7.6.1-1", "RFC6120-4.3.6-4"]
        "Tells a bare JID to who lets it generate a resource.";
    "binds-another-user" ["RFC6120-4.3.6-3"]
        "Binds a resource of somebody else after PLAIN.";
    "one-resource-of-each" ["RFC6120-7.1-3"]
        "Binds no resource while another one of the account is available.";
    "binds-duplicates" ["RFC6120-7.7.2.2-1"]
        "Binds a resource that another client has.";
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
    "keeps-any-from" ["RFC6120-8.1.2.1-1"]
        "Sends a stanza on with the `from` that the client gave.";
    "stanzas-without-from" ["RFC6120-8.1.2.1-4"]
        "Sends messages on that do not say who they are from.";
    "answers-without-from" ["RFC6120-8.1.2.1-2"]
        "Answers pings without saying who it is.";
    "answers-prefixed" ["RFC6120-4.8.5-3"]
        "Answers an IQ of an unknown type with a prefix.";
    "no-default-lang" ["RFC6120-4.7.4-9"]
        "Sends a stanza on without the language of the stream.";
    "latin-alphabet-only" ["RFC6120-11.6-1"]
        "Puts a question mark for every character beyond ASCII.";
    "drops-zero-width-no-break-space" ["RFC6120-11.6-5"]
        "Takes U+FEFF for a byte order mark.";
    "drops-messages-without-to" ["RFC6120-10.3.1-1"]
        "Drops messages that name nobody.";
    "messages-to-accounts-wait" ["RFC6120-10.1-2"]
        "Delivers a message to an account behind the next one to the resource.";
    "answers-errors" ["RFC6120-8.3.1-11", "RFC6121-8.5.2.1.1-11", "RFC6121-8.5.3.2.1-6", "RFC6121-8.5.2.2.1-3"]
        "Answers messages of type error with an error.";
    "loses-iq-answers" ["RFC6121-8.5.3.1-2"]
        "Delivers no answers to IQs.";
    "ignores-iqs-without-match" ["RFC6121-8.5.3.2.3-1"]
        "Says nothing to an IQ for a resource that is not there.";
    "ignores-iqs-to-accounts" ["RFC6121-8.5.2.1.3-1", "RFC6121-8.5.2.2.3-1"]
        "Says nothing to an IQ for an account.";
    "ignores-iqs-to-nobody" ["RFC6121-8.5.1-1"]
        "Says nothing to an IQ for an account that is not there.";
    "delivers-iqs-to-accounts" ["RFC6121-8.5.2.1.3-1"]
        "Delivers an IQ for an account to one of its resources.";
    "delivers-iqs-of-strangers" ["RFC6121-8.5.3.1-1"]
        "Delivers an IQ to who does not share presence with its sender.";
    "unknown-user-other-condition" ["RFC6121-8.5.1-2"]
        "Says item-not-found of an account that is not there.";
    "loses-messages-to-accounts" ["RFC6121-8.5.2.1.1-2", "RFC6121-8.5.2.1.1-3", "RFC6121-8.5.2.1.1-5", "RFC6121-8.5.2.1.1-6", "RFC6121-8.5.2.1.1-9", "RFC6121-8.5.2.1.1-10"]
        "Delivers no message for an account.";
    "loses-offline-messages" ["RFC6121-8.5.2.2.1-1", "RFC6121-8.5.3.2.1-2", "RFC6121-8.5.2.1.1-1", "RFC6121-8.5.2.1.1-4"]
        "Drops a message for an account that is not there, and says nothing.";
    "loses-chat-without-match" ["RFC6121-8.5.3.2.1-4", "RFC6121-8.5.3.2.1-5", "RFC6121-8.5.3.2.1-2"]
        "Drops a message of type chat for a resource that is not there.";
    "loses-chat-of-negative-priority" ["RFC6121-8.5.2.1.1-1", "RFC6121-8.5.2.1.1-4", "RFC6121-8.5.3.2.1-3"]
        "Drops a message for an account whose resources all have a negative priority.";
    "delivers-without-match" ["RFC6121-8.5.3.2.1-1"]
        "Delivers a message for a resource that is not there to another one.";
    "delivers-to-negative-priority" ["RFC6121-8.5.2.1.1-12"]
        "Delivers a message for an account to a resource of negative priority.";
    "delivers-groupchat-to-accounts" ["RFC6121-8.5.2.1.1-7"]
        "Delivers a message of type groupchat for an account.";
    "ignores-groupchat-to-accounts" ["RFC6121-8.5.2.1.1-7", "RFC6121-8.5.2.2.1-2"]
        "Says nothing to a message of type groupchat for an account.";
    "answers-headlines" ["RFC6121-8.5.2.1.1-8", "RFC6121-8.5.2.2.1-3"]
        "Answers a headline that nobody takes with an error.";
    "headline-to-the-highest" ["RFC6121-8.5.2.1.1-10"]
        "Delivers a headline for an account to the highest priority alone.";
    "no-priority-is-negative" ["RFC6121-4.7.2.3-5"]
        "Takes presence without a priority for one of -1.";
    "headline-to-one-resource" ["RFC6121-8.5.2.1.1-10"]
        "Delivers a headline for an account to one resource alone.";
    "rewrites-to-of-messages" ["RFC6121-8.5.2.1.1-13"]
        "Puts the full JID into a message for an account.";
    "no-iq-answers" ["RFC6120-8.2.3-4", "RFC6120-8.4-12"]
        "Answers no IQ but those of the roster.";
    "unknown-iq-other-condition" ["RFC6120-8.4-12", "RFC6121-8.5.2.1.3-1"]
        "Answers an IQ that it does not know with bad-request.";
    "changes-iq-id" ["RFC6120-8.2.3-5", "RFC6120-8.3.1-5"]
        "Answers an IQ under another id.";
    "errors-without-id" ["RFC6120-8.3.1-4"]
        "Answers an IQ that it does not know without its id.";
    "errors-without-from" ["RFC6120-8.3.1-2"]
        "Does not say whose an error is.";
    "ends-on-unknown-conditions" ["RFC6120-8.3.2-5"]
        "Ends the stream on a stanza error that it does not know.";
    "presence-of-known-content" ["RFC6120-8.4-10"]
        "Takes presence with unknown content for none.";
    "error-without-element" ["RFC6120-8.3.1-6"]
        "Leaves the element out that says what is wrong with a stanza.";
    "sends-stanzas-of-servers" ["RFC6120-4.8.3-8"]
        "Answers pings in the namespace of servers.";
    "results-with-two-payloads" ["RFC6120-8.2.3-8"]
        "Answers pings with two elements.";
    "results-with-error-element" ["RFC6120-8.3.1-10"]
        "Answers pings with an error in a result.";
    "error-without-type" ["RFC6120-8.3.2-3"]
        "Does not say what to do about an error.";
    "stanza-conditions-of-its-own" ["RFC6120-8.3.2-4"]
        "Answers stanzas with a condition that nobody has defined.";
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
    "counts-iqs-alone" ["XEP0198-4-3"]
        "Counts IQs and no other stanzas.";
    "ignores-enable" ["XEP0198-3-2"]
        "Says nothing to who enables stream management.";
    "enabled-without-resume" ["XEP0198-3-3"]
        "Does not say that a session can be resumed.";
    "enables-twice" ["XEP0198-3-10"]
        "Enables stream management a second time.";
    "acknowledges-without-h" ["XEP0198-4-1"]
        "Acknowledges without a number.";
    "withholds-acknowledgements" ["XEP0198-4-4"]
        "Acknowledges when the next stanza comes.";
    "session-ids-of-clients" ["XEP0198-5-3"]
        "Takes the id of a session from the client.";
    "long-session-ids" ["XEP0198-5-7"]
        "Gives a session an id of 5,000 bytes.";
    "resumes-nothing" ["XEP0198-5-13"]
        "Resumes no sessions, and says nothing to who asks for it.";
    "resumption-or-nothing" ["XEP0198-5-16"]
        "Binds no resource for who could not resume a session.";
    "leaves-older-stream" ["XEP0198-5-17"]
        "Resumes a session and leaves its older stream open.";
    "failures-of-its-own" ["XEP0198-6-2"]
        "Has conditions of its own for what fails in stream management.";
    "early-enable-ends" ["XEP0198-6-3"]
        "Ends the stream of who enables stream management too early.";
    "drops-sessions" ["XEP0198-7-2"]
        "Forgets a session as soon as its connection is gone.";
    "forgets-unacknowledged" ["XEP0198-4-10"]
        "Drops messages that were not acknowledged.";
    "takes-any-acknowledgement" ["XEP0198-6-4"]
        "Takes an acknowledgement of more than was sent.";
    "repeats-session-ids" ["XEP0198-5-6"]
        "Gives every session the same id.";
    "resumed-names-no-session" ["XEP0198-5-12"]
        "Does not say which session it resumes.";
    "resumed-counts-too-high" ["XEP0198-5-12"]
        "Says on resumption that it got one stanza more than it did.";
    "resumes-before-sasl" ["XEP0198-10-1"]
        "Resumes a session for who has not signed in.";
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
    variant("answers-requests-to-nobody", "Answers a subscription request for nobody."),
    variant("delivers-to-all", "Delivers messages for an account to all of its resources."),
    variant("stores-offline", "Keeps messages for an account without resources."),
    variant("ignores-undeliverable", "Says nothing of messages that cannot be delivered."),
    variant("requires-tls", "Offers nothing but STARTTLS before TLS, and wants it."),
    variant(
        "stream-error-on-late-starttls",
        "Ends a stream that asks for TLS over TLS by an error.",
    ),
    variant("refuses-foreign-from", "Ends a stream on a stanza in somebody else's name."),
    variant("refuses-conflicts", "Binds no resource that another client has."),
    variant("generates-resources", "Binds another resource than one that is in use."),
    variant("extra-features", "Offers features that nobody knows."),
    variant("ignores-unknown-elements", "Ignores elements that are no stanzas."),
    variant("asks-clients", "Pings a client that has bound a resource."),
    variant(
        "requests-acknowledgements",
        "Asks for an acknowledgement as soon as stream management is enabled.",
    ),
];
