//! A server of the crate coap with a few resources. The argument is a port, or `--version` for the
//! version of the crate. What is an application's own affair is done here: conditions and formats.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use coap::Server;
use coap_lite::{CoapOption, CoapRequest, ContentFormat, RequestType, ResponseType};

const LINKS: &str = "</test>,</separate>,</large>,</large-update>";

type Kept = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

fn letters(count: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().take(count).collect()
}

/// The value of an option as a number.
fn number(request: &CoapRequest<SocketAddr>, option: CoapOption) -> Option<u64> {
    let value = request.message.get_first_option(option)?;
    Some(value.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)))
}

fn answer(request: &CoapRequest<SocketAddr>, kept: &Kept) -> (ResponseType, Option<(ContentFormat, Vec<u8>)>) {
    let path = request.get_path();
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let changing = matches!(path.as_str(), "test" | "large-update" | "new");
    let there = kept.contains_key(&path);
    // There are no entity-tags, so that If-Match is met by what is there and an empty one alone.
    let wanted = request.message.get_option(CoapOption::IfMatch);
    let matches = wanted.is_none_or(|all| there && all.iter().any(Vec::is_empty));
    let absent = request.message.get_option(CoapOption::IfNoneMatch).is_none() || !there;
    let text = number(request, CoapOption::ContentFormat).is_none_or(|format| format == 0);
    match *request.get_method() {
        RequestType::Get if path == ".well-known/core" => {
            let links = (ContentFormat::ApplicationLinkFormat, LINKS.into());
            (ResponseType::Content, Some(links))
        }
        RequestType::Get if there => {
            if number(request, CoapOption::Accept).is_some_and(|accept| accept != 0) {
                return (ResponseType::NotAcceptable, None);
            }
            let payload = kept.get(&path).cloned().unwrap_or_default();
            (ResponseType::Content, Some((ContentFormat::TextPlain, payload)))
        }
        RequestType::Put | RequestType::Delete if changing && !(matches && absent) => {
            (ResponseType::PreconditionFailed, None)
        }
        RequestType::Put if changing && !text => (ResponseType::UnsupportedContentFormat, None),
        RequestType::Put if changing => {
            kept.insert(path, request.message.payload.clone());
            (if there { ResponseType::Changed } else { ResponseType::Created }, None)
        }
        RequestType::Delete if changing => {
            kept.remove(&path);
            (ResponseType::Deleted, None)
        }
        RequestType::Post if there => (ResponseType::Changed, None),
        _ if there => (ResponseType::MethodNotAllowed, None),
        _ => (ResponseType::NotFound, None),
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "--version" {
        println!("{}", env!("CARGO_PKG_VERSION"));
        return Ok(());
    }
    let kept = [
        ("test", b"test".to_vec()),
        ("separate", b"at last".to_vec()),
        ("large", letters(2000)),
        ("large-update", letters(200)),
    ];
    let kept = kept.map(|(path, payload)| (path.to_owned(), payload));
    let kept: Kept = Arc::new(Mutex::new(BTreeMap::from(kept)));
    let server = Server::new_udp(format!("127.0.0.1:{argument}"))?;
    println!("ready");
    let handler = move |mut request: Box<CoapRequest<SocketAddr>>| {
        let kept = kept.clone();
        async move {
            if request.get_path() == "separate" {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let (status, content) = answer(&request, &kept);
            if let Some(response) = &mut request.response {
                response.set_status(status);
                if let Some((format, payload)) = content {
                    response.message.set_content_format(format);
                    response.message.payload = payload;
                }
            }
            request
        }
    };
    server.run(handler).await
}
