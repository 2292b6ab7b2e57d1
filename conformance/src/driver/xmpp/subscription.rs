//! `subscription-state`: two accounts and what each of them may know of the other's presence.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use wirecheck_codecs::xmpp::{XmlWriter, namespace};

use super::alive::Client;
use super::negotiate::{Account, ROSTER, Unmet};
use super::{Xmpp, account};
use crate::case::Procedure;
use crate::codec::xmpp::document;
use crate::run::case::{Run, Stop};
use crate::wire_log::Event;

/// How long the target may take until a state shows in the roster.
const LIMIT: Duration = Duration::from_secs(5);
/// How long a state may take to show that is waited for and judged then.
const SETTLED: Duration = Duration::from_secs(2);
/// The time between two looks at it.
const AGAIN: Duration = Duration::from_millis(100);

/// A state from the user's side (RFC 6121, A.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    to: bool,
    from: bool,
    pending_out: bool,
    pending_in: bool,
}

impl State {
    /// The state that RFC 6121 calls so: `From + Pending Out`.
    fn from_name(name: &str) -> Option<Self> {
        let (base, pending) = name.split_once(" + Pending ").unwrap_or((name, ""));
        let (to, from) = match base {
            "None" => (false, false),
            "To" => (true, false),
            "From" => (false, true),
            "Both" => (true, true),
            _ => return None,
        };
        let (pending_out, pending_in) = match pending {
            "" => (false, false),
            "Out" => (true, false),
            "In" => (false, true),
            "Out+In" => (true, true),
            _ => return None,
        };
        let possible = !(to && pending_out || from && pending_in);
        possible.then_some(Self { to, from, pending_out, pending_in })
    }

    /// How the roster of the user shows it.
    fn subscription(self) -> &'static str {
        match (self.to, self.from) {
            (false, false) => "none",
            (true, false) => "to",
            (false, true) => "from",
            (true, true) => "both",
        }
    }
}

/// What a roster says of a contact.
struct Item {
    subscription: String,
    asks: bool,
    name: Option<String>,
}

/// One of the two accounts, with a client that is never available.
struct Side<'e> {
    client: Client<'e>,
    other: String,
    asked: u32,
}

impl Side<'_> {
    async fn presence(&self, kind: &str) -> Result<(), Unmet> {
        let xml = XmlWriter::new().start("presence").attribute("to", &self.other);
        self.client.negotiation().send(xml.attribute("type", kind).end().finish()).await
    }

    /// The other in the roster; nothing if it is not there.
    async fn item(&mut self) -> Result<Option<Item>, Unmet> {
        self.asked += 1;
        let id = format!("wirecheck-roster-{}", self.asked);
        let answer = self.client.negotiation().roster(&id).await?;
        let document = document(&answer);
        let query = document.as_ref().and_then(|of| of.element().child(ROSTER, "query"));
        let items = query.into_iter().flat_map(|query| query.elements());
        let mut items = items.filter(|item| item.attribute("jid") == Some(self.other.as_str()));
        Ok(items.next().map(|item| {
            let subscription = item.attribute("subscription").unwrap_or("none").to_owned();
            let asks = item.attribute("ask") == Some("subscribe");
            Item { subscription, asks, name: item.attribute("name").map(str::to_owned) }
        }))
    }

    /// Waits until the roster shows a state; an item that is not there is in the state `none`.
    async fn shows(&mut self, wanted: (&str, bool), limit: Duration) -> Result<(), Unmet> {
        let deadline = Instant::now() + limit;
        loop {
            let item = self.item().await?;
            let (subscription, asks) =
                item.as_ref().map_or(("none", false), |of| (of.subscription.as_str(), of.asks));
            if (subscription, asks) == wanted {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let other = &self.other;
                let why = format!("the roster has {other} as {subscription}, not as {}", wanted.0);
                return Err(Unmet::Answer(why));
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Gives up what there is in both directions.
    async fn forget(&mut self) -> Result<(), Unmet> {
        self.presence("unsubscribe").await?;
        self.presence("unsubscribed").await
    }

    async fn remove(&mut self) -> Result<(), Unmet> {
        if self.item().await?.is_none() {
            return Ok(());
        }
        self.asked += 1;
        let id = format!("wirecheck-roster-{}", self.asked);
        let xml = XmlWriter::new().start("iq").attribute("type", "set").attribute("id", &id);
        let xml = xml.start("query").attribute("xmlns", ROSTER).start("item");
        let xml = xml.attribute("jid", &self.other).attribute("subscription", "remove");
        let negotiation = self.client.negotiation();
        negotiation.send(xml.end().end().end().finish()).await?;
        let answer = negotiation.answer_to(&id).await?;
        let element = document(&answer);
        let failed =
            element.is_some_and(|of| of.element().child(namespace::CLIENT, "error").is_some());
        match failed {
            true => Err(Unmet::Answer("an item of the roster cannot be removed".to_owned())),
            false => Ok(()),
        }
    }
}

impl Xmpp {
    /// Brings `user` and `contact` to a state of subscription, named from the user's side. Both
    /// begin anew; with `remove` they are not in each other's roster any more.
    pub(super) async fn subscription_state(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let text = |key: &str| with.get(key).and_then(Value::as_str).unwrap_or_default();
        let state = State::from_name(text("state"))
            .ok_or_else(|| Stop::Error(format!("`{}` is no state", text("state"))))?;
        let user = account(run.env, text("user"))?;
        let contact = account(run.env, text("contact"))?;
        let removes = with.get("remove") == Some(&Value::Bool(true));
        let limit = run.env.stretch(LIMIT);
        let side = async |of: &Account, other: &Account| {
            let client = Client::bound(run.env, of).await?;
            Ok::<_, Unmet>(Side { client, other: other.bare(), asked: 0 })
        };
        let mut sides = (side(&user, &contact).await?, side(&contact, &user).await?);
        let reached = reach(&mut sides.0, &mut sides.1, state, removes, limit).await;
        sides.0.client.leave().await;
        sides.1.client.leave().await;
        let words = match &reached {
            Ok(()) => format!("{} and {}: {}", user.bare(), contact.bare(), text("state")),
            Err(_) => format!("{} and {} cannot be changed", user.bare(), contact.bare()),
        };
        run.log.add(&step.on, Event::Note, None, words);
        reached?;
        Ok(json!({ "state": text("state") }))
    }
}

impl Xmpp {
    /// What the roster of an account has of another one: `subscription`, `none` also where there is
    /// no item, and whether it has an `ask`. A server may take a moment, so it is waited for what
    /// is `wanted`.
    pub(super) async fn roster_item(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let text = |key: &str| with.get(key).and_then(Value::as_str).unwrap_or_default();
        let (of, about) = (account(run.env, text("of"))?, account(run.env, text("about"))?);
        let asks = with.get("ask").and_then(Value::as_bool).unwrap_or_default();
        let wanted = (text("subscription"), asks);
        let client = Client::bound(run.env, &of).await?;
        let mut side = Side { client, other: about.bare(), asked: 0 };
        // Whether it came about is for the case to judge.
        let _ = side.shows(wanted, run.env.stretch(SETTLED)).await;
        let item = side.item().await?;
        side.client.leave().await;
        let listed = item.is_some();
        let subscription = item.as_ref().map_or("none", |item| item.subscription.as_str());
        let ask = item.as_ref().is_some_and(|item| item.asks);
        let mut found = json!({ "subscription": subscription, "ask": ask, "listed": listed });
        if let Some(name) = item.as_ref().and_then(|item| item.name.as_ref()) {
            found["name"] = name.as_str().into();
        }
        let words = format!("the roster of {} has {}: {found}", of.bare(), about.bare());
        run.log.add(&step.on, Event::Note, None, words);
        Ok(found)
    }
}

/// Each step is waited for in the roster of who is told of it: the two accounts need not be served by
/// one and the same process.
async fn reach(
    user: &mut Side<'_>,
    contact: &mut Side<'_>,
    state: State,
    removes: bool,
    limit: Duration,
) -> Result<(), Unmet> {
    user.forget().await?;
    contact.forget().await?;
    if removes {
        user.remove().await?;
        contact.remove().await?;
    }
    user.shows(("none", false), limit).await?;
    contact.shows(("none", false), limit).await?;
    if state.to {
        user.presence("subscribe").await?;
        user.shows(("none", true), limit).await?;
        contact.presence("subscribed").await?;
        user.shows(("to", false), limit).await?;
    }
    if state.from {
        contact.presence("subscribe").await?;
        contact.shows((if state.to { "from" } else { "none" }, true), limit).await?;
        user.presence("subscribed").await?;
        user.shows((state.subscription(), false), limit).await?;
    }
    if state.pending_out {
        user.presence("subscribe").await?;
        user.shows((state.subscription(), true), limit).await?;
    }
    if state.pending_in {
        contact.presence("subscribe").await?;
        let of_contact = if state.to { "from" } else { "none" };
        contact.shows((of_contact, true), limit).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nine_states_have_names() {
        let pending = ["", " + Pending Out", " + Pending In", " + Pending Out+In"];
        let all = ["None", "To", "From", "Both"];
        let all = all.iter().flat_map(|base| pending.iter().map(move |of| format!("{base}{of}")));
        let known: Vec<_> = all.filter(|name| State::from_name(name).is_some()).collect();
        let expected = [
            "None",
            "None + Pending Out",
            "None + Pending In",
            "None + Pending Out+In",
            "To",
            "To + Pending In",
            "From",
            "From + Pending Out",
            "Both",
        ];
        assert_eq!(known, expected);
        assert_eq!(State::from_name("none"), None);
        assert_eq!(State::from_name("From + Pending Out").unwrap().subscription(), "from");
    }
}
