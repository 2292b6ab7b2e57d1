//! Actors: one link to the target with an inbox, a log, and what the protocol answers by itself.

mod read;
mod write;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::inbox::{Bell, End, Inbox};
use super::session::{Port, Session};
use crate::case::{CloseHow, Frame};
use crate::codec::{Codec, Sender};
use crate::transport::binding::Bindings;
use crate::transport::switch::Handle;
use crate::transport::tls::{Agreed, Tls};
use crate::transport::{Link, Stream};
use crate::wire_log::{Event, WireLog};

/// The link is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The session of an actor; both directions and the engine look at it.
pub type Shared = Arc<Mutex<Box<dyn Session>>>;

/// One link to the target.
pub struct Actor {
    /// What it received.
    pub inbox: Inbox,
    /// The messages it exchanges.
    pub codec: &'static dyn Codec,
    /// What we are on this link.
    pub ours: Sender,
    session: Shared,
    commands: mpsc::UnboundedSender<Command>,
    tasks: [tokio::task::JoinHandle<()>; 2],
    switch: Option<Handle>,
    bindings: Mutex<Bindings>,
    port: Port,
}

/// What is written, one write for each piece.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// The bytes of each write.
    pub bytes: Vec<Vec<u8>>,
    /// The time between two writes.
    pub pause: Duration,
    /// How each piece is carried, if that is not the usual way.
    pub frame: Option<Frame>,
}

impl From<Vec<u8>> for Pieces {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: vec![bytes], ..Self::default() }
    }
}

/// What the writing task is told.
pub(super) enum Command {
    /// Write these pieces, with a pause between two.
    Write { pieces: Pieces, auto: bool, done: Option<oneshot::Sender<Result<usize, Gone>>> },
    /// Look at the time again: something is due earlier than before.
    Wake,
    /// End the link; answered once nothing more is done with it.
    Close { how: CloseHow, done: oneshot::Sender<()> },
}

/// What an actor is started with.
pub struct Start {
    /// The actor's name in the case.
    pub name: String,
    /// The messages it exchanges.
    pub codec: &'static dyn Codec,
    /// What we are on this link.
    pub ours: Sender,
    /// What is known of the link, and what is done without being told.
    pub session: Box<dyn Session>,
    /// The log of the case.
    pub log: WireLog,
    /// The bell of the case.
    pub bell: Bell,
}

impl Actor {
    /// Takes over a link.
    #[must_use]
    pub fn start(link: Link, start: Start) -> Self {
        let inbox = Inbox::new(start.bell.clone());
        let (commands, queue) = mpsc::unbounded_channel();
        let session: Shared = Arc::new(Mutex::new(start.session));
        let port = Port {
            name: start.name,
            log: start.log,
            bell: start.bell,
            inbox: inbox.clone(),
            commands: commands.clone(),
        };
        let reading = tokio::spawn(read::run(link.reader, session.clone(), port.clone()));
        let stop_reading = reading.abort_handle();
        let writing = write::run(link.writer, session.clone(), port.clone(), queue, stop_reading);
        let tasks = [reading, tokio::spawn(writing)];
        let (codec, ours, switch) = (start.codec, start.ours, link.switch);
        let bindings = Mutex::default();
        Self { inbox, codec, ours, session, commands, tasks, switch, bindings, port }
    }

    /// Begins TLS on the link, whose host is called `host`. Gives what was agreed.
    ///
    /// # Errors
    /// The handshake failed, and the link is gone; or the link can have no TLS.
    pub async fn begin_tls(&self, tls: &Tls, host: &str) -> io::Result<Agreed> {
        let shaken = match self.take_stream() {
            Ok(stream) => tls.connect(stream, host, None).await,
            Err(error) => return Err(error),
        };
        let switch = self.switch.as_ref();
        match shaken {
            Ok((stream, agreed)) => {
                self.session().secured();
                *self.bindings() = agreed.bindings.clone();
                let words = format!("{} with {}", agreed.version, agreed.cipher);
                self.port.log.add(&self.port.name, Event::Tls, None, words);
                switch.inspect(|switch| switch.put(Some(stream)));
                Ok(agreed)
            }
            Err(error) => {
                self.give_up(&format!("no TLS: {error}"));
                Err(error)
            }
        }
    }

    /// Whether TLS can begin on the link.
    #[must_use]
    pub fn can_begin_tls(&self) -> bool {
        self.switch.is_some()
    }

    /// What an authentication can be bound to.
    pub fn bindings(&self) -> MutexGuard<'_, Bindings> {
        self.bindings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the stream out of the link, for what is no message.
    ///
    /// # Errors
    /// The link has none that could be taken, or it is gone.
    pub fn take_stream(&self) -> io::Result<Box<dyn Stream>> {
        let switch = self.switch.as_ref();
        let switch = switch.ok_or_else(|| io::Error::other("TLS cannot begin on this link"))?;
        if self.is_gone() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        switch.take().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    /// Ends a link whose stream was taken, with what happened to it.
    pub fn give_up(&self, why: &str) {
        self.port.log.add(&self.port.name, Event::Close, None, why.to_owned());
        self.inbox.end(End::Closed);
        self.switch.iter().for_each(|switch| switch.put(None));
    }

    /// Writes one message or several in one write. Returns the position in the log.
    pub async fn write(&self, bytes: Vec<u8>) -> Result<usize, Gone> {
        self.write_pieces(bytes.into()).await
    }

    /// Writes pieces one after the other.
    pub async fn write_pieces(&self, pieces: Pieces) -> Result<usize, Gone> {
        let (done, answer) = oneshot::channel();
        let command = Command::Write { pieces, auto: false, done: Some(done) };
        self.commands.send(command).map_err(|_| Gone)?;
        answer.await.unwrap_or(Err(Gone))
    }

    /// Writes what the engine needs for itself.
    pub fn write_for_engine(&self, bytes: Vec<u8>) -> Result<(), Gone> {
        let command = Command::Write { pieces: bytes.into(), auto: true, done: None };
        self.commands.send(command).map_err(|_| Gone)
    }

    /// Ends the link.
    pub async fn close(&self, how: CloseHow) {
        let (done, answer) = oneshot::channel();
        if self.commands.send(Command::Close { how, done }).is_ok() {
            let _ = answer.await;
        }
        if how != CloseHow::Vanish {
            self.inbox.end(End::Ours);
        }
    }

    /// Whether the link has ended, from either side.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.inbox.ended().is_some()
    }

    /// What is known of the link.
    pub fn session(&self) -> MutexGuard<'_, Box<dyn Session>> {
        lock(&self.session)
    }

    /// The session, to be looked at when the actor is gone.
    #[must_use]
    pub fn shared(&self) -> Shared {
        self.session.clone()
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// The session, whoever looked at it before.
pub fn lock(session: &Shared) -> MutexGuard<'_, Box<dyn Session>> {
    session.lock().unwrap_or_else(PoisonError::into_inner)
}
