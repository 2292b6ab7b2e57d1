//! What the CoAP server, and the client beside it, can be told to do wrong or differently.

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
    "resets-acknowledgements" ["RFC7252-4.2-4"]
        "Answers an Acknowledgement or a Reset that matches nothing with a Reset.";
    "acknowledges-other-message-id" ["RFC7252-4.2-2", "RFC7252-4.4-1"]
        "Counts the Message ID in an Acknowledgement up by one.";
    "changes-token" ["RFC7252-5.3.1-1", "RFC7252-5.3.2-2", "RFC7252-5.3.2-3"]
        "Changes the last byte of the Token in responses.";
    "acknowledges-non" ["RFC7252-4.3-2"]
        "Acknowledges Non-confirmable requests.";
    "processes-duplicates" ["RFC7252-4.5-1"]
        "Processes a Confirmable request again for each copy.";
    "ignores-duplicates" ["RFC7252-4.5-1"]
        "Says nothing to a second copy of a Confirmable request.";
    // Separate responses.
    "no-empty-ack" ["RFC7252-4.2-1"]
        "Does not acknowledge a request whose response takes time.";
    "ack-with-token" ["RFC7252-4.2-1", "RFC7252-4.1-1"]
        "Puts the Token into Empty Acknowledgements.";
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
    "unknown-method-not-found" ["RFC7252-5.8-1"]
        "Answers a method that it does not know with 4.04.";
    "takes-surplus-options" ["RFC7252-5.4.5-3"]
        "Takes a second Accept option as if it were not there.";
    "ignores-accept" ["RFC7252-5.10.4-1"]
        "Answers in its own Content-Format whatever Accept says.";
    // Observe.
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
    variant("no-block1", "Takes no updates in blocks: 4.13."),
    variant("response-before-ack", "Sends a separate response before the Empty Acknowledgement."),
];
