//! SCRAM as the client of it, right or wrong on purpose (RFC 5802).

use serde_json::{Value, json};
use wirecheck_codecs::xmpp::sasl::{Data, Sasl};
use wirecheck_codecs::xmpp::scram::{Hash, Keys, ServerFinal, ServerFirst, escape_name};

use super::negotiate::{Negotiation, Unmet};
use super::open::negotiation;
use super::{Xmpp, account};
use crate::case::Procedure;
use crate::run::case::{Run, Stop};

/// The highest iteration count that is computed.
const MOST_ITERATIONS: u32 = 1_000_000;

/// What is done wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tamper {
    Nothing,
    /// One bit of the proof is another.
    Proof,
    /// The last message has another nonce than the challenge.
    Nonce,
    /// The last message has another GS2 header than the first.
    ChannelBinding,
    /// The first message has an extension that must be understood.
    Extension,
    /// The data of the channel are those of another one.
    Binding,
    /// The first message has an extension that may be ignored.
    OptionalExtension,
    /// The padding bits of the first message in base64 are not zero.
    PaddingBits,
    /// The user name has a byte that is not UTF-8.
    NameBytes,
    /// A character of the user name is escaped that must not be.
    NameEscape,
    /// The user name has a character that SASLprep takes out.
    NameUnprepared,
}

impl Tamper {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "proof" => Self::Proof,
            "nonce" => Self::Nonce,
            "channel-binding" => Self::ChannelBinding,
            "binding" => Self::Binding,
            "extension" => Self::Extension,
            "optional-extension" => Self::OptionalExtension,
            "padding-bits" => Self::PaddingBits,
            "name-bytes" => Self::NameBytes,
            "name-escape" => Self::NameEscape,
            "name-unprepared" => Self::NameUnprepared,
            _ => return None,
        })
    }

    /// The first message behind its GS2 header.
    fn first(self, user: &str, nonce: &str) -> String {
        let name = escape_name(user);
        let name = match (self, name.chars().next()) {
            (Self::NameEscape, Some(c)) if c.is_ascii_alphanumeric() => {
                format!("={:02X}{}", u32::from(c), name.get(1..).unwrap_or_default())
            }
            (Self::NameUnprepared, _) => format!("{name}\u{ad}"),
            _ => name,
        };
        match self {
            Self::Extension => format!("m=wirecheck,n={name},r={nonce}"),
            Self::OptionalExtension => format!("n={name},r={nonce},w=check"),
            _ => format!("n={name},r={nonce}"),
        }
    }

    /// What is sent of a first message.
    fn sent(self, message: &str) -> Data {
        if self == Self::PaddingBits {
            return Data::Wrong(with_padding_bits(message.as_bytes()));
        }
        let mut bytes = message.as_bytes().to_vec();
        let end = message.find(",r=").filter(|_| self == Self::NameBytes);
        if let Some(end) = end {
            bytes.insert(end, 0xff);
        }
        Data::Bytes(bytes)
    }
}

/// Base64 whose lowest padding bit is set. Of bytes without padding it is right.
fn with_padding_bits(bytes: &[u8]) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = Data::Bytes(bytes.to_vec()).to_text();
    let full = text.trim_end_matches('=');
    let last = full.chars().next_back().filter(|_| full.len() < text.len());
    let other = last.and_then(|last| ALPHABET.get((ALPHABET.find(last)? | 1)..)?.chars().next());
    match (other, full.get(..full.len().saturating_sub(1))) {
        (Some(other), Some(head)) => {
            format!("{head}{other}{}", text.get(full.len()..).unwrap_or_default())
        }
        _ => text,
    }
}

/// What is known when the exchange ends.
struct Outcome {
    answer: Sasl,
    challenge: Option<(String, u32)>,
    /// The challenge has all that it must have.
    complete: bool,
    signature: &'static str,
    /// The last message of SCRAM that the server sent: `none`, `error`, or `verifier`.
    last: &'static str,
}

impl Xmpp {
    /// SCRAM-SHA-1 with any `flag` and `authzid`, perhaps with `tamper`; gives how it ends.
    pub(super) async fn scram_as_client(
        self,
        run: &mut Run<'_>,
        step: &Procedure,
    ) -> Result<Value, Stop> {
        let with = run.expand_map(step.with.as_ref())?;
        let text = |key: &str| with.get(key).and_then(Value::as_str);
        let account = account(run.env, text("account").unwrap_or("account.1"))?;
        let tamper = match text("tamper") {
            None => Tamper::Nothing,
            Some(name) => Tamper::from_name(name)
                .ok_or_else(|| Stop::Error(format!("nothing is called `{name}` there")))?,
        };
        let authzid = text("authzid").map(|name| format!("a={}", escape_name(name)));
        let plus = text("plus");
        let usual = plus.map_or_else(|| "n".to_owned(), |name| format!("p={name}"));
        let flag = text("flag").map_or(usual, str::to_owned);
        let gs2 = format!("{flag},{},", authzid.unwrap_or_default());
        let mut nonce = format!("{}{}", run.env.nonce, step.on);
        let mut bare = tamper.first(&account.local, &nonce);
        if tamper == Tamper::PaddingBits && (gs2.len() + bare.len()).is_multiple_of(3) {
            // Whatever the name, there is padding.
            nonce.push('x');
            bare.push('x');
        }
        let negotiation = negotiation(run, &step.on)?;
        let binding = match plus {
            None => None,
            Some(name) => {
                let known = negotiation.actor.bindings();
                let data = known.named(name).map(<[u8]>::to_vec);
                Some(data.ok_or_else(|| Stop::Inconclusive(format!("TLS gives no {name} here")))?)
            }
        };
        let said = Said { gs2: &gs2, bare: &bare, password: &account.password, binding };
        let outcome = exchange(&negotiation, &said, tamper).await?;
        let (answer, condition) = match &outcome.answer {
            Sasl::Success(_) => ("success", None),
            Sasl::Failure { condition, .. } => ("failure", *condition),
            _ => ("other", None),
        };
        if with.get("else_stop") == Some(&Value::Bool(true)) && answer != "success" {
            return Err(Stop::Inconclusive(format!("`{}` is not let in", step.on)));
        }
        if answer == "success"
            && let Some(Value::Object(facts)) = run.scope.get_mut(step.on.as_str())
        {
            facts.insert("authenticated".to_owned(), true.into());
        }
        let mut form = json!({
            "answer": answer, "signature": outcome.signature,
            "complete": outcome.complete, "last": outcome.last,
        });
        if let Some(condition) = condition {
            form["condition"] = condition.name().into();
        }
        if let Some((server_nonce, iterations)) = outcome.challenge {
            let added = server_nonce.strip_prefix(&nonce);
            form["goes_on"] = added.is_some_and(|added| !added.is_empty()).into();
            form["added"] = added.unwrap_or_default().into();
            form["iterations"] = iterations.into();
        }
        Ok(form)
    }
}

/// What the client says.
struct Said<'s> {
    gs2: &'s str,
    bare: &'s str,
    password: &'s str,
    /// The data of the channel, if the exchange is bound to it.
    binding: Option<Vec<u8>>,
}

async fn exchange(
    negotiation: &Negotiation<'_>,
    said: &Said<'_>,
    tamper: Tamper,
) -> Result<Outcome, Unmet> {
    let Said { gs2, bare, password, .. } = *said;
    let plus = if said.binding.is_some() { "-PLUS" } else { "" };
    let mechanism = format!("{}{plus}", Hash::Sha1.mechanism());
    let data = tamper.sent(&format!("{gs2}{bare}"));
    let (answer, _) = negotiation.sasl(&Sasl::Auth { mechanism, data }).await?;
    let Sasl::Challenge(Data::Bytes(first)) = &answer else {
        let (complete, signature, last) = (false, "none", "none");
        return Ok(Outcome { answer, challenge: None, complete, signature, last });
    };
    let server = ServerFirst::parse(first);
    if server.as_ref().is_err_and(|error| error.field == "iteration_count") {
        let (complete, signature, last) = (false, "none", "none");
        return Ok(Outcome { answer, challenge: None, complete, signature, last });
    }
    let server = server.map_err(|error| Unmet::Answer(format!("the challenge: {error}")))?;
    if server.iterations > MOST_ITERATIONS {
        return Err(Unmet::Answer(format!("{} iterations", server.iterations)));
    }
    let challenge = Some((server.nonce.to_owned(), server.iterations));
    let keys = Keys::derive(Hash::Sha1, password, &server.salt, server.iterations);
    let shown = match tamper {
        // The same identity, and another flag.
        Tamper::ChannelBinding => gs2.replacen('n', "y", 1),
        _ => gs2.to_owned(),
    };
    let nonce = match tamper {
        Tamper::Nonce => format!("{}x", server.nonce),
        _ => server.nonce.to_owned(),
    };
    let mut shown = shown.into_bytes();
    shown.extend(said.binding.iter().flatten());
    if let (Tamper::Binding, Some(byte)) = (tamper, shown.last_mut()) {
        *byte ^= 1;
    }
    let without_proof = format!("c={},r={nonce}", Data::Bytes(shown).to_text());
    let first = String::from_utf8_lossy(first);
    let message = format!("{bare},{first},{without_proof}");
    let mut proof = keys.client_proof(&message);
    if let (Tamper::Proof, Some(byte)) = (tamper, proof.first_mut()) {
        *byte ^= 1;
    }
    let last = format!("{without_proof},p={}", Data::Bytes(proof).to_text());
    let (mut answer, _) = negotiation.sasl(&Sasl::Response(Data::Bytes(last.into_bytes()))).await?;
    let own = keys.server_signature(&message);
    let mut signature = judged(&answer, &own);
    let last = kind_of_last(&answer);
    if matches!(answer, Sasl::Challenge(_)) {
        // The signature may come as a challenge of its own.
        (answer, _) = negotiation.sasl(&Sasl::Response(Data::Absent)).await?;
        if signature == "none" {
            signature = judged(&answer, &own);
        }
    }
    Ok(Outcome { answer, challenge, complete: true, signature, last })
}

/// What kind of last message of SCRAM an answer has.
fn kind_of_last(answer: &Sasl) -> &'static str {
    let (Sasl::Success(Data::Bytes(bytes)) | Sasl::Challenge(Data::Bytes(bytes))) = answer else {
        return "none";
    };
    match ServerFinal::parse(bytes) {
        Ok(ServerFinal::Error(_)) => "error",
        Ok(ServerFinal::Verifier(_)) => "verifier",
        Err(_) => "none",
    }
}

/// Whether an answer shows that the server knows the password.
fn judged(answer: &Sasl, own: &[u8]) -> &'static str {
    let (Sasl::Success(data) | Sasl::Challenge(data)) = answer else { return "none" };
    match data {
        Data::Absent => "none",
        Data::Bytes(bytes) => match ServerFinal::parse(bytes) {
            Ok(ServerFinal::Verifier(shown)) if shown == own => "right",
            _ => "wrong",
        },
        Data::Wrong(_) => "wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_bits_are_set_where_there_are_some() {
        assert_eq!(with_padding_bits(b"a"), "YR==");
        assert_eq!(with_padding_bits(b"ab"), "YWJ=");
        assert_eq!(with_padding_bits(b"abc"), "YWJj");
        assert!(matches!(Data::from_text(&with_padding_bits(b"a")), Data::Wrong(_)));
    }

    #[test]
    fn names_are_written_otherwise_where_that_is_asked_for() {
        assert_eq!(Tamper::NameEscape.first("tester", "x"), "n==74ester,r=x");
        assert_eq!(Tamper::Extension.first("a,b", "x"), "m=wirecheck,n=a=2Cb,r=x");
        let sent = Tamper::NameBytes.sent("n,,n=a,r=x");
        assert_eq!(sent, Data::Bytes(b"n,,n=a\xff,r=x".to_vec()));
    }
}
