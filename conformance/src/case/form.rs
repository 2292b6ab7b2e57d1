//! Steps of which exactly one form is given, as enums. Each method gives `None` when no form or
//! more than one is there, which the lint refuses.

use serde_json::Value;

use super::{
    Await, Branch, Check, Closed, Expect, InOrder, Interval, Send, SetOf, Slack, Until, Var,
};

/// What a `send` sends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Body<'a> {
    /// One message in its JSON form.
    Message(&'a Value),
    /// Several messages in one write.
    Messages(&'a [Value]),
    /// Bytes in the notation of [`assemble`](super::bytes::assemble).
    Bytes(&'a str),
    /// XML text.
    Xml(&'a str),
    /// What an earlier `send` bound.
    Again(&'a Var),
    /// The vectors of `<spec>/<area>`.
    Vectors(&'a str),
}

/// What an `await` or an `expect` waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted<'a> {
    /// The first message that fits `filter` (or has the kind of `is`), which must then fit `is`.
    Message {
        /// Chooses the message.
        filter: Option<&'a Value>,
        /// Judges it; a message that was chosen by `filter` alone is good.
        is: Option<&'a Value>,
    },
    /// The end of the connection.
    Closed(Closed),
    /// No such message before the end.
    Nothing {
        /// The message.
        pattern: &'a Value,
        /// The end.
        until: &'a Until,
    },
    /// The first alternative that fits.
    AnyOf {
        /// Chooses the message; the kinds of the branches without it.
        filter: Option<&'a Value>,
        /// The alternatives.
        branches: &'a [Branch],
    },
}

impl Wanted<'_> {
    /// Whether our own silence is what the time is for: nothing that comes of it is good.
    #[must_use]
    pub fn is_our_silence(&self) -> bool {
        let Wanted::AnyOf { branches, .. } = self else { return false };
        branches.iter().any(|branch| branch.nothing && branch.verdict.is_none())
    }

    /// Whether the case itself looks at the codes of the message, or chooses among messages.
    #[must_use]
    pub fn names_a_code(&self) -> bool {
        let Wanted::Message { filter, is } = self else { return true };
        let bodies = filter.iter().chain(is).filter_map(|pattern| pattern.as_object());
        let mut bodies = bodies.flat_map(serde_json::Map::values);
        bodies.any(|body| {
            let code = body.get("reason_code").or(body.get("reason_codes"));
            code.is_some() || body.get("code").is_some_and(Value::is_string)
        })
    }
}

/// Whether a pattern is about one reason or response code, and about no other.
#[must_use]
pub fn names_one_code(pattern: &Value) -> bool {
    let mut bodies = pattern.as_object().into_iter().flat_map(serde_json::Map::values);
    let code = |body: &'_ Value| body.get("reason_code").or(body.get("return_code")).cloned();
    bodies.any(|body| match (code(body), body.get("reason_codes")) {
        (Some(code), _) => code.is_number(),
        (None, Some(Value::Array(codes))) => codes.iter().all(Value::is_number),
        _ => body.get("code").is_some_and(Value::is_string),
    })
}

/// What a branch of `any_of` asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BranchForm<'a> {
    /// A message that fits.
    Is(&'a Value),
    /// The end of the connection.
    Closed(Closed),
    /// The time ran out.
    Nothing,
}

/// How a `check` judges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CheckForm<'a> {
    /// The value fits.
    Is(&'a Value),
    /// Every entry fits.
    Each(&'a Value),
    /// The number of entries fits.
    Count(&'a Value),
    /// The last entry fits.
    Last(&'a Value),
    /// The values of a field, without regard to order.
    SetOf(&'a SetOf),
    /// The order of the entries.
    InOrder(&'a InOrder),
    /// The time between entries.
    Intervals(&'a [Interval], Option<&'a Slack>),
    /// All entries have the same bytes.
    SameBytes,
    /// Nothing is judged: the value is reported under these words.
    Report(&'a str),
}

impl Send {
    /// What is sent.
    #[must_use]
    pub fn body(&self) -> Option<Body<'_>> {
        only([
            self.message.as_ref().map(Body::Message),
            self.messages.as_deref().map(Body::Messages),
            self.bytes.as_deref().map(Body::Bytes),
            self.xml.as_deref().map(Body::Xml),
            self.again.as_ref().map(Body::Again),
            self.vectors.as_deref().map(Body::Vectors),
        ])
    }
}

impl Await {
    /// What is waited for.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted<'_>> {
        wanted(self.filter.as_ref(), self.is.as_ref(), self.closed, self.any_of.as_deref(), None)
    }
}

impl Expect {
    /// What is waited for.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted<'_>> {
        let nothing = match (&self.nothing, &self.until) {
            (Some(pattern), Some(until)) => Some(Wanted::Nothing { pattern, until }),
            (None, None) => None,
            _ => return None,
        };
        wanted(self.filter.as_ref(), self.is.as_ref(), self.closed, self.any_of.as_deref(), nothing)
    }
}

impl Branch {
    /// What the branch asks for.
    #[must_use]
    pub fn form(&self) -> Option<BranchForm<'_>> {
        only([
            self.is.as_ref().map(BranchForm::Is),
            self.closed.map(BranchForm::Closed),
            self.nothing.then_some(BranchForm::Nothing),
        ])
    }
}

impl Check {
    /// How the value is judged; [`CheckForm::Report`] if only `info` is given.
    #[must_use]
    pub fn form(&self) -> Option<CheckForm<'_>> {
        let forms = [
            self.is.as_ref().map(CheckForm::Is),
            self.each.as_ref().map(CheckForm::Each),
            self.count.as_ref().map(CheckForm::Count),
            self.last.as_ref().map(CheckForm::Last),
            self.set_of.as_ref().map(CheckForm::SetOf),
            self.in_order.as_ref().map(CheckForm::InOrder),
            self.intervals.as_deref().map(|rules| CheckForm::Intervals(rules, self.slack.as_ref())),
            self.same_bytes.then_some(CheckForm::SameBytes),
        ];
        match &self.info {
            Some(words) if forms.iter().all(Option::is_none) => Some(CheckForm::Report(words)),
            _ => only(forms),
        }
    }
}

fn wanted<'a>(
    filter: Option<&'a Value>,
    is: Option<&'a Value>,
    closed: Option<Closed>,
    any_of: Option<&'a [Branch]>,
    nothing: Option<Wanted<'a>>,
) -> Option<Wanted<'a>> {
    let alternatives = any_of.map(|branches| Wanted::AnyOf { filter, branches });
    // `where` belongs to a message or to alternatives, never to an end or to silence.
    let message = match (filter, is, &alternatives) {
        (_, Some(_), _) | (Some(_), None, None) => Some(Wanted::Message { filter, is }),
        _ => None,
    };
    only([message, closed.map(Wanted::Closed), nothing, alternatives])
}

/// The one that is there.
fn only<T: Copy, const N: usize>(forms: [Option<T>; N]) -> Option<T> {
    let mut given = forms.into_iter().flatten();
    let first = given.next();
    if given.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::case::Step;

    fn expect(mut step: Value) -> Expect {
        step["requirement"] = json!("MQTT5-3.1.2-3");
        step["bites"] = json!(["x"]);
        step["name"] = json!("n");
        match serde_json::from_value(step).expect("a step") {
            Step::Expect(step) => step,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exactly_one_form() {
        let step = expect(json!({"expect": "a", "closed": "any"}));
        assert_eq!(step.wanted(), Some(Wanted::Closed(Closed::Any)));
        let step = expect(json!({"expect": "a", "where": {"pingresp": {}}}));
        assert!(matches!(step.wanted(), Some(Wanted::Message { filter: Some(_), is: None })));
        for bad in [
            json!({"expect": "a"}),
            json!({"expect": "a", "closed": "any", "is": {"pingresp": {}}}),
            json!({"expect": "a", "closed": "any", "where": {"pingresp": {}}}),
            json!({"expect": "a", "nothing": {"pingresp": {}}}),
            json!({"expect": "a", "closed": "any", "until": {"for": "1s"}}),
        ] {
            assert_eq!(expect(bad.clone()).wanted(), None, "{bad}");
        }
    }
}
