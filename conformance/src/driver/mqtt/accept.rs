//! `accept`: what a client of the target is met with.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::Mqtt;
use super::open::ANSWER_LIMIT;
use super::session::Connection;
use crate::case::{Accept, Stage};
use crate::codec::Sender;
use crate::driver::autos;
use crate::pattern::kind_of;
use crate::run::case::{Run, Stop};
use crate::run::wait::Observed;
use crate::transport::Link;

impl Mqtt {
    pub(super) async fn take_call(
        self,
        run: &mut Run<'_>,
        link: Link,
        step: &Accept,
    ) -> Result<(), Stop> {
        let name = step.actor.as_str();
        let auto = autos(step.auto.as_ref(), &[]);
        let session = Box::new(Connection::new(self.0, Sender::Client, auto, 0));
        run.start(link, name, &self, Sender::Server, session);
        run.scope.insert(name.to_owned(), json!({}));
        if step.at != Some(Stage::Session) {
            run.bind(step.bind.as_deref(), Value::Null, Instant::now());
            return Ok(());
        }
        let deadline = Instant::now() + run.env.stretch(ANSWER_LIMIT);
        let inbox = &run.actor(name)?.inbox;
        let connect = match run.observe(inbox, deadline, |_| true).await {
            Observed::Message(arrival) if kind_of(&arrival.form) == Some("connect") => arrival.form,
            other => {
                return Err(Stop::Inconclusive(format!("the target sent no CONNECT: {other:?}")));
            }
        };
        let mut connack = Map::from_iter([("reason_code".to_owned(), json!(0))]);
        if let Some(Value::Object(with)) = run.expand_map(step.with.as_ref())?.get("connack") {
            connack.extend(with.clone());
        }
        let bytes = self.bytes(&json!({ "connack": connack }))?;
        run.actor(name)?.write(bytes).await.map_err(|_| run.gone(name))?;
        run.bind(step.bind.as_deref(), connect, Instant::now());
        Ok(())
    }
}
