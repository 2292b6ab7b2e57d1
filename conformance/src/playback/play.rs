//! The recorded clients, at work again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use wirecheck_codecs::json::to_hex;

use super::rename::Rename;
use super::script::{Script, Step, What};
use super::terms::{self, Kind};
use crate::capture::Time;
use crate::codec::{self, Codec, Sender, Taken};
use crate::driver::Connector;
use crate::pattern::kind_of;
use crate::transport::{Reader, Writer};

/// How much longer than then is waited for what had come before the next message was sent.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest wait for one message.
const LONGEST: Duration = Duration::from_secs(300);
/// How long is listened when everything is done.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// How fast a recording is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as it was; answers are waited for all the same.
    Times(f64),
    /// As fast as the target answers.
    Max,
}

impl std::str::FromStr for Speed {
    type Err = String;

    /// `1x`, `2.5x`, `max`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.strip_suffix('x').and_then(|times| times.parse::<f64>().ok());
        let times = times.filter(|times| times.is_finite() && *times > 0.0);
        times.map(Self::Times).ok_or_else(|| "write it as 1x, 10x or max".to_owned())
    }
}

/// A message of a server: one of then, or one of now.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// The index of the flow.
    pub flow: usize,
    /// The index of the step in the script, for one of then.
    pub step: Option<usize>,
    /// The row it stands in, within which the order counts.
    pub row: String,
    /// The message, with the names of then.
    pub form: Value,
    /// What is compared of it.
    pub plain: Value,
}

/// Plays a script: the flows that have an endpoint, by the names of then in what is heard.
///
/// # Errors
/// A link that cannot be made.
pub async fn play(
    script: &Script,
    connector: &dyn Connector,
    endpoints: &[Option<String>],
    rename: &Rename,
    speed: Speed,
) -> io::Result<Vec<Heard>> {
    let mut player = Player::new(script, endpoints, rename);
    let (begin, first) = (Instant::now(), script.steps.first().map_or(0, |step| step.time));
    for (place, step) in script.steps.iter().enumerate() {
        let Some(Some(endpoint)) = endpoints.get(step.flow) else { continue };
        if let Speed::Times(times) = speed {
            let past = Duration::from_nanos(step.time.saturating_sub(first));
            player.listen(begin + past.div_f64(times), |_| false).await;
        }
        if !player.links.contains_key(&step.flow) {
            let link = connector.connect(endpoint).await?;
            player.open(step.flow, link.reader, link.writer);
        }
        if step.from == Sender::Client {
            player.settle().await;
            player.act(step).await;
        } else if player.theirs.contains(&place) && !player.came.contains(&place) {
            player.awaited.insert(place);
        }
    }
    player.settle().await;
    player.listen(Instant::now() + AFTERWARDS, |_| false).await;
    Ok(player.heard)
}

/// What a link brings.
enum Brought {
    Message(Value),
    Wrong(Vec<u8>),
    End,
}

struct Player<'p> {
    script: &'p Script,
    rename: &'p Rename,
    links: HashMap<usize, Option<Writer>>,
    /// What the server named on a flow: then, and now.
    terms: Vec<(usize, Kind, Value, Value)>,
    /// The steps of then, by flow and row.
    rows: HashMap<(usize, String), Vec<usize>>,
    /// How many of each row have come.
    counts: HashMap<(usize, String), usize>,
    /// The steps that are expected of the target, and those of them that have come.
    theirs: HashSet<usize>,
    came: HashSet<usize>,
    awaited: BTreeSet<usize>,
    /// How long each took then.
    took: HashMap<usize, Duration>,
    /// The flows that are ended from our side, or that we have taken leave on.
    left: HashSet<usize>,
    heard: Vec<Heard>,
    sender: mpsc::UnboundedSender<(usize, Brought)>,
    incoming: mpsc::UnboundedReceiver<(usize, Brought)>,
}

impl<'p> Player<'p> {
    fn new(script: &'p Script, endpoints: &[Option<String>], rename: &'p Rename) -> Self {
        let (sender, incoming) = mpsc::unbounded_channel();
        let mut player = Self {
            script,
            rename,
            links: HashMap::new(),
            terms: Vec::new(),
            rows: HashMap::new(),
            counts: HashMap::new(),
            theirs: HashSet::new(),
            came: HashSet::new(),
            awaited: BTreeSet::new(),
            took: HashMap::new(),
            left: HashSet::new(),
            heard: Vec::new(),
            sender,
            incoming,
        };
        let (mut asked, mut left): (Time, HashSet<usize>) = (0, HashSet::new());
        for (place, step) in script.steps.iter().enumerate() {
            if !matches!(endpoints.get(step.flow), Some(Some(_))) {
                continue;
            }
            if step.from == Sender::Client {
                asked = step.time;
                if player.takes_leave(step) {
                    left.insert(step.flow);
                }
                continue;
            }
            // Who ends a link first once both are done is left to chance.
            if matches!(step.what, What::End { .. }) && left.contains(&step.flow) {
                continue;
            }
            let form = step.what.form();
            let plain = terms::plain(&form, &|_, _| None);
            let row = terms::row(&plain);
            player.rows.entry((step.flow, row.clone())).or_default().push(place);
            player.theirs.insert(place);
            player.took.insert(place, Duration::from_nanos(step.time.saturating_sub(asked)));
            player.heard.push(Heard { flow: step.flow, step: Some(place), row, form, plain });
        }
        player
    }

    fn codec(&self, flow: usize) -> Option<&'static dyn Codec> {
        self.script.flows.get(flow).and_then(|flow| codec::of(&flow.spec))
    }

    fn takes_leave(&self, step: &Step) -> bool {
        match &step.what {
            What::End { .. } => true,
            What::Message(form) => kind_of(form)
                .zip(self.codec(step.flow))
                .is_some_and(|(kind, codec)| codec.is_farewell(kind)),
            What::Wrong(_) => false,
        }
    }

    fn open(&mut self, flow: usize, reader: Reader, writer: Writer) {
        self.links.insert(flow, Some(writer));
        if let Some(codec) = self.codec(flow) {
            tokio::spawn(read(flow, reader, codec, self.sender.clone()));
        }
    }

    /// Does what the client did.
    async fn act(&mut self, step: &Step) {
        if self.takes_leave(step) {
            self.left.insert(step.flow);
        }
        let bytes = match &step.what {
            What::Wrong(bytes) => bytes.clone(),
            What::Message(form) => {
                let mut form = form.clone();
                terms::named(&mut form, &mut |kind, value| self.put(step.flow, kind, value));
                self.rename.there(&mut form);
                let encoded = self.codec(step.flow).map(|codec| codec.encode(&form));
                encoded.and_then(Result::ok).unwrap_or_default()
            }
            What::End { reset } => {
                match self.links.get_mut(&step.flow).and_then(Option::take) {
                    Some(writer) if *reset => writer.abort(),
                    Some(mut writer) => {
                        // It may be gone already.
                        let _ = writer.finish().await;
                    }
                    None => {}
                }
                return;
            }
        };
        if let Some(Some(writer)) = self.links.get_mut(&step.flow) {
            // That a target has ended the link is heard from its other half.
            let _ = writer.write(&bytes).await;
        }
    }

    /// Puts the name of now where a message has that of then.
    fn put(&self, flow: usize, kind: Kind, value: &mut Value) {
        let fits = |it: &&(usize, Kind, Value, Value)| {
            it.1 == kind && (it.0 == flow || kind == Kind::Name)
        };
        if matches!(value, Value::String(text) if text.contains(['<', '>'])) {
            self.terms.iter().filter(fits).for_each(|(_, _, then, now)| {
                terms::reword(value, then, now);
            });
        } else if let Some((_, _, _, now)) =
            self.terms.iter().rev().filter(fits).find(|(_, _, then, _)| then == value)
        {
            *value = now.clone();
        }
    }

    /// Waits for what had come by now, so long as it took then and some time more.
    async fn settle(&mut self) {
        let took = self.awaited.iter().filter_map(|place| self.took.get(place)).max();
        let limit = took.map_or(PATIENCE, |took| (PATIENCE + *took).min(LONGEST));
        self.listen(Instant::now() + limit, |player| player.awaited.is_empty()).await;
        self.awaited.clear();
    }

    /// Takes what comes until a moment, or until it is enough.
    async fn listen(&mut self, until: Instant, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            match timeout_at(until, self.incoming.recv()).await {
                Ok(Some((flow, brought))) => self.hear(flow, brought),
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn hear(&mut self, flow: usize, brought: Brought) {
        let mut form = match brought {
            Brought::Message(form) => form,
            Brought::Wrong(bytes) => json!({"raw": to_hex(&bytes)}),
            Brought::End if self.left.contains(&flow) => return,
            Brought::End => What::End { reset: false }.form(),
        };
        let given = terms::given(&form);
        self.rename.back(&mut form);
        let known = |kind: Kind, value: &Value| {
            let fits = |it: &&(usize, Kind, Value, Value)| {
                it.1 == kind && (it.0 == flow || kind == Kind::Name) && it.3 == *value
            };
            self.terms.iter().rev().find(fits).map(|(_, _, then, _)| then.clone())
        };
        let plain = terms::plain(&form, &known);
        let row = terms::row(&plain);
        let count = self.counts.entry((flow, row.clone())).or_default();
        let place = self.rows.get(&(flow, row.clone())).and_then(|row| row.get(*count)).copied();
        *count += 1;
        let codec = self.codec(flow);
        let farewell = kind_of(&form).zip(codec).is_some_and(|(kind, it)| it.is_farewell(kind));
        // Whether who recorded still saw our farewell answered is chance, as is who ends a link first.
        if place.is_none() && farewell && self.left.contains(&flow) {
            return;
        }
        if let Some(place) = place {
            self.came.insert(place);
            self.awaited.remove(&place);
            let then = self.script.steps.get(place).map(|step| terms::given(&step.what.form()));
            for ((kind, then), (_, now)) in then.into_iter().flatten().zip(given) {
                self.terms.push((flow, kind, then, now));
            }
        }
        self.heard.push(Heard { flow, step: None, row, form, plain });
    }
}

/// Reads a link to its end.
async fn read(
    flow: usize,
    mut reader: Reader,
    codec: &'static dyn Codec,
    out: mpsc::UnboundedSender<(usize, Brought)>,
) {
    let (mut buffer, is_stream) = (Vec::new(), reader.is_stream());
    loop {
        if !is_stream {
            buffer.clear();
        }
        match reader.receive(&mut buffer).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => {
                // What is left is no whole message.
                if is_stream && !buffer.is_empty() {
                    let _ = out.send((flow, Brought::Wrong(buffer)));
                }
                let _ = out.send((flow, Brought::End));
                return;
            }
        }
        while !buffer.is_empty() {
            let brought = match codec.take(&buffer, Sender::Server) {
                Taken::Message { form, used } if used > 0 => {
                    buffer.drain(..used.min(buffer.len()));
                    Brought::Message(form)
                }
                Taken::Incomplete { .. } if is_stream => break,
                // Where the next message begins nobody knows.
                _ => Brought::Wrong(std::mem::take(&mut buffer)),
            };
            if out.send((flow, brought)).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_read() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("2.5x".parse(), Ok(Speed::Times(2.5)));
        for wrong in ["", "x", "0x", "-1x", "fast", "10"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }
}
