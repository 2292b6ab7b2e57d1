//! `wirecheck encode`: JSON forms to bytes.

use std::io::Write as _;

use serde_json::Value;
use wirecheck_codecs::json::to_hex;

use super::{Exit, Stop};

/// Options of `encode`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// mqtt-3.1, mqtt-3.1.1, mqtt-5.0, and the other protocols that `decode` knows.
    pub spec: String,
    /// Packets such as `{"pingreq": {}}`, or what `decode --json` prints; `-` reads standard input.
    pub json: Option<String>,
    /// Write the bytes themselves instead of hex.
    #[arg(long)]
    pub raw: bool,
}

/// Runs the command.
///
/// # Errors
/// An unknown SPEC, what is no JSON, and forms that cannot be encoded, with their path.
pub fn run(args: &Args) -> Result<Exit, Stop> {
    let codec = super::codec_of(&args.spec)?;
    let input = super::argument_or_input(args.json.as_deref())?;
    let mut packets = Vec::new();
    for value in serde_json::Deserializer::from_slice(&input).into_iter::<Value>() {
        let value = value.map_err(|error| Stop::usage(format!("not JSON: {error}")))?;
        let form = value.get("message").unwrap_or(&value);
        let place = packets.len() + 1;
        let bytes =
            codec.encode(form).map_err(|error| Stop::usage(format!("packet {place}: {error}")))?;
        packets.push(bytes);
    }
    if packets.is_empty() {
        return Err(Stop::usage("there is nothing to encode"));
    }
    for bytes in packets {
        if args.raw {
            let written = std::io::stdout().write_all(&bytes);
            written.map_err(|error| Stop::own(error.to_string()))?;
        } else {
            super::print(&format!("{}\n", to_hex(&bytes)));
        }
    }
    Ok(Exit::Good)
}
