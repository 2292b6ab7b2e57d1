//! A stream that another one can take the place of while both its ends are held: for TLS that begins
//! in the middle of a conversation.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Stream;

/// The stream itself.
pub struct Switch(Arc<Mutex<State>>);

/// What is in place.
struct State {
    stream: Option<Box<dyn Stream>>,
    /// Nothing is read until another stream is in place.
    held: bool,
    /// There will be no other stream.
    over: bool,
    reading: Option<Waker>,
    writing: Option<Waker>,
}

impl Switch {
    /// A stream that may be changed later.
    #[must_use]
    pub fn new(stream: Box<dyn Stream>) -> Self {
        let state =
            State { stream: Some(stream), held: false, over: false, reading: None, writing: None };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// By which it is changed.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle(Arc::downgrade(&self.0))
    }
}

/// By which a stream is changed, as long as somebody holds the stream.
#[derive(Clone)]
pub struct Handle(Weak<Mutex<State>>);

impl Handle {
    fn switch(&self) -> Option<Switch> {
        self.0.upgrade().map(Switch)
    }

    /// Reads nothing any more until another stream is in place: what comes next is for that one.
    pub fn hold(&self) {
        if let Some(switch) = self.switch() {
            switch.state().held = true;
        }
    }

    /// Takes the stream out. Whoever reads or writes waits for another one.
    #[must_use]
    pub fn take(&self) -> Option<Box<dyn Stream>> {
        self.switch()?.state().stream.take()
    }

    /// Puts a stream in place; without one, this is the end.
    pub fn put(&self, stream: Option<Box<dyn Stream>>) {
        let Some(switch) = self.switch() else { return };
        let mut state = switch.state();
        state.over = stream.is_none();
        state.stream = stream;
        state.held = false;
        let waiting = [state.reading.take(), state.writing.take()];
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl fmt::Debug for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Switch")
    }
}

impl AsyncRead for Switch {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.over {
            return Poll::Ready(Ok(()));
        }
        state.reading = Some(context.waker().clone());
        if state.held {
            return Poll::Pending;
        }
        match &mut state.stream {
            Some(stream) => Pin::new(stream).poll_read(context, buffer),
            None => Poll::Pending,
        }
    }
}

impl AsyncWrite for Switch {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        if state.over {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        state.writing = Some(context.waker().clone());
        match &mut state.stream {
            Some(stream) => Pin::new(stream).poll_write(context, bytes),
            None => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.over {
            return Poll::Ready(Ok(()));
        }
        state.writing = Some(context.waker().clone());
        match &mut state.stream {
            Some(stream) => Pin::new(stream).poll_flush(context),
            None => Poll::Pending,
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if state.over {
            return Poll::Ready(Ok(()));
        }
        state.writing = Some(context.waker().clone());
        match &mut state.stream {
            Some(stream) => Pin::new(stream).poll_shutdown(context),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn who_waits_goes_on_with_the_other_stream() {
        let (first, _first) = tokio::io::duplex(64);
        let (second, mut far) = tokio::io::duplex(64);
        let switch = Switch::new(Box::new(first));
        let handle = switch.handle();
        let (mut reader, mut writer) = tokio::io::split(switch);
        let reading = tokio::spawn(async move {
            let mut bytes = [0; 2];
            reader.read_exact(&mut bytes).await.map(|_| bytes)
        });
        tokio::task::yield_now().await;
        assert!(handle.take().is_some());
        handle.put(Some(Box::new(second)));
        far.write_all(b"on").await.unwrap();
        assert_eq!(reading.await.unwrap().unwrap(), *b"on");
        writer.write_all(b"ok").await.unwrap();
        let mut bytes = [0; 2];
        far.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, *b"ok");
    }

    #[tokio::test]
    async fn what_is_held_back_stays_for_the_other_stream() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut reader = Switch::new(Box::new(near));
        let handle = reader.handle();
        handle.hold();
        far.write_all(b"hello").await.unwrap();
        let mut bytes = [0; 5];
        let read = reader.read_exact(&mut bytes);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(5), read).await.is_err());
        let mut taken = handle.take().unwrap();
        taken.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, *b"hello");
    }

    #[tokio::test]
    async fn a_handle_keeps_no_stream() {
        let (near, mut far) = tokio::io::duplex(64);
        let switch = Switch::new(Box::new(near));
        let handle = switch.handle();
        drop(switch);
        assert_eq!(far.read(&mut [0; 4]).await.unwrap(), 0);
        assert!(handle.take().is_none());
    }

    #[tokio::test]
    async fn without_another_stream_it_is_the_end() {
        let (near, _far) = tokio::io::duplex(64);
        let mut switch = Switch::new(Box::new(near));
        let handle = switch.handle();
        assert!(handle.take().is_some());
        handle.put(None);
        assert_eq!(switch.read(&mut [0; 4]).await.unwrap(), 0);
        assert!(switch.write_all(b"x").await.is_err());
    }
}
