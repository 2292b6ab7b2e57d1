//! Actors: our side of the links to a target. The only asynchronous protocol code.

pub mod inbox;
pub mod mqtt;

use std::io;
use std::pin::Pin;

use crate::transport::Link;

/// Makes links to the endpoints of a target.
pub trait Connector: Send + Sync {
    /// Connects to the endpoint called `endpoint`; the main one is `main`.
    fn connect<'a>(
        &'a self,
        endpoint: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Link>> + Send + 'a>>;

    /// Host and port of the endpoint, for commands that people can type; `None` in memory.
    fn address(&self, endpoint: &str) -> Option<(String, u16)>;
}
