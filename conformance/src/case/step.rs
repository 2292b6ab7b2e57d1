//! The twelve verbs of a case, one struct each.
//!
//! The verb is the first key of a step and its value is in the struct's first field: the actor
//! for most verbs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Auto, Branch, CloseHow, Closed, Frame, From, Given, InOrder, Interval, Judge, Mutation, Name,
    Ref, Session, SetOf, Slack, Split, Stage, Time, Until, Var,
};

/// One step of a case.
#[expect(clippy::large_enum_variant, reason = "steps are few and live as long as their case")]
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Connect an actor to the target.
    Open(Open),
    /// Take a connection that the target makes.
    Accept(Accept),
    /// Run a verb of the target.
    Do(Do),
    /// Send something.
    Send(Send),
    /// Wait for something, as set-up: without a verdict.
    Await(Await),
    /// Wait for something and judge it.
    Expect(Expect),
    /// Gather messages of several actors.
    Collect(Collect),
    /// Judge something that an earlier step bound.
    Check(Check),
    /// End an actor's connection.
    Close(Close),
    /// Let time pass.
    Wait(Wait),
    /// Run steps several times.
    Repeat(Repeat),
    /// Run a named procedure of the engine.
    Procedure(Procedure),
}

/// `open`: connect an actor to the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The actor.
    #[serde(rename = "open")]
    pub actor: Name,
    /// The endpoint of the target; the main one without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// An earlier actor whose identity this one takes: client identifier, account, resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<Name>,
    /// Where the new link comes from, seen from the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<From>,
    /// How far to go; `session` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Stage>,
    /// Merged into the opening message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
    /// What MQTT 3.1.1 and 5.0 spell differently.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// Subscriptions, in the JSON form of the family's SUBSCRIBE; the step ends when they are
    /// known to be live.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<Vec<Map<String, Value>>>,
    /// The account, by number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What the driver answers by itself; everything at `session`, nothing below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto: Option<Vec<Auto>>,
    /// Binds the answer to the opening message.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `accept`: take a connection that the target makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The actor.
    #[serde(rename = "accept")]
    pub actor: Name,
    /// How far to go; the link alone without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Stage>,
    /// Merged into the answer to the opening message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
    /// What the driver answers by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto: Option<Vec<Auto>>,
    /// How long to wait for the target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Time>,
    /// Binds the target's opening message.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `do`: run a verb of the target, such as `restart`, `publish` or `get`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Do {
    /// The verb, from the target file.
    #[serde(rename = "do")]
    pub verb: Name,
    /// Its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
    /// Binds what it gave: `stdout`, `stderr`, `code`.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `send`: exactly one of `message`, `messages`, `bytes`, `xml`, `again` and `vectors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The actor.
    #[serde(rename = "send")]
    pub actor: Name,
    /// One message in its JSON form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
    /// Several messages in one write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<Value>>,
    /// Bytes: hex, `'text'` and computed lengths; see `bytes::assemble`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
    /// XML text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xml: Option<String>,
    /// The same bytes that an earlier `send` bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<Var>,
    /// The vectors of one area, `<spec>/<area>`, one instance each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<String>,
    /// Changes to the encoded message, applied in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mutate: Vec<Mutation>,
    /// The error kind with which the codec refuses the bytes, or `accepted` when the fault lies
    /// in the state and not in the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_as: Option<String>,
    /// The requirement that this message breaks on purpose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks: Option<Ref>,
    /// How the bytes are cut into writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// How the layer below carries it, if that is not the usual way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// Binds the message and the moment.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `await`: exactly one of `is`, `closed` and `any_of`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Await {
    /// The actor.
    #[serde(rename = "await")]
    pub actor: Name,
    /// Chooses the message; the kind of `is` without it.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// What the message must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// The end of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Alternatives, the first that fits counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<Branch>>,
    /// How long to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Time>,
    /// Binds the message and the moment.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `expect`: one check, judged on the first message that fits `where`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The actor.
    #[serde(rename = "expect")]
    pub actor: Name,
    /// The name of the check.
    pub name: Name,
    /// Chooses the message; the kind of `is` without it.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// What the chosen message must be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// The end of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// What must not arrive before `until`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nothing: Option<Value>,
    /// When `nothing` has been waited for long enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Until>,
    /// Alternatives, the first that fits counts.
    #[schemars(length(min = 2))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<Branch>>,
    /// The latest moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Time>,
    /// The earliest moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// The bound moment from which `within` and `not_before` count; this step's start without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Var>,
    /// Binds the message and the moment.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
    /// The requirement the check rests on.
    pub requirement: Ref,
    /// The faults that make it fail, or `${each.…}`.
    #[schemars(length(min = 1))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bites: Vec<String>,
    /// Further checks of the same message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<Judge>,
}

/// `collect`: gather what actors receive, in order of arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// The actors.
    #[serde(rename = "collect")]
    #[schemars(length(min = 1))]
    pub actors: Vec<Name>,
    /// Chooses the messages; all of them without it.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Value>,
    /// When it is over.
    pub until: Until,
    /// Binds the list of messages.
    #[serde(rename = "as")]
    pub bind: Var,
}

/// `check`: judge a bound value with exactly one of the forms below; either `requirement` and
/// `bites`, or `info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["requirement"]}, {"required": ["info"]}]))]
pub struct Check {
    /// The bound value.
    #[serde(rename = "check")]
    pub subject: Var,
    /// The name of the check.
    pub name: Name,
    /// The value fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Value>,
    /// Every entry fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Value>,
    /// The number of entries fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Value>,
    /// The last entry fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Value>,
    /// The values of a field, without regard to order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_of: Option<SetOf>,
    /// The values of a field, in order of arrival.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_order: Option<InOrder>,
    /// The time between entries, one rule for each gap; the last rule holds for further gaps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<Interval>>,
    /// How far `intervals` may be off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<Slack>,
    /// All entries have the same bytes.
    #[serde(default, deserialize_with = "super::serial::only_true")]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(extend("const" = true))]
    pub same_bytes: bool,
    /// The requirement the check rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Ref>,
    /// The faults that make it fail, or `${each.…}`.
    #[schemars(length(min = 1))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bites: Vec<String>,
    /// What is reported, without a judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<String>,
}

/// `close`: end an actor's connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The actor.
    #[serde(rename = "close")]
    pub actor: Name,
    /// How.
    pub how: CloseHow,
    /// Binds the moment.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}

/// `wait`: let time pass; only where nothing can be awaited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// How long.
    #[serde(rename = "wait")]
    pub time: Time,
    /// The bound moment from which the time counts; this step's start without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Var>,
    /// Why there is no event to await.
    pub because: String,
}

/// `repeat`: run steps several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How often.
    #[serde(rename = "repeat")]
    pub times: Given<u64>,
    /// Binds the number of the turn, from 0.
    #[serde(rename = "as")]
    pub bind: Var,
    /// The steps.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
}

/// `procedure`: run a named procedure of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its name.
    #[serde(rename = "procedure")]
    pub name: Name,
    /// The actor, or `accounts`.
    pub on: Name,
    /// Its arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub with: Option<Map<String, Value>>,
    /// Binds its result.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub bind: Option<Var>,
}
