//! The passive rules for XMPP in the frames of WebSocket (RFC 7395).

use super::Findings;
use crate::codec::xmpp_framing::Flaw;

rules! {
    TEXT "text-frames" [Xmpp "RFC7395-3.2-1"] ["sends-binary-frames"];
    ALONE "frames-stand-alone" [Xmpp "RFC7395-3.3.3-1"] ["frames-without-namespaces"];
    DECLARATION "no-declaration-in-frames" [Xmpp "RFC7395-3.3.3-2"] ["declares-xml-in-frames"];
    FIRST "frames-begin-with-a-tag" [Xmpp "RFC7395-3.3.3-3"] ["space-before-frames"];
    ONE "one-element-in-a-frame" [Xmpp "RFC7395-3.3.3-4"] ["two-elements-in-a-frame"];
}

/// The target sent a text frame, and these are its flaws.
pub fn frame(findings: &mut Findings, flaws: &[Flaw], entry: usize) {
    findings.kept(&TEXT);
    for (rule, flaw) in [
        (&ALONE, Flaw::Undeclared),
        (&DECLARATION, Flaw::Declaration),
        (&FIRST, Flaw::FirstCharacter),
        (&ONE, Flaw::More),
    ] {
        findings.judge(rule, entry, flaws.contains(&flaw), || (flaw.to_string(), rule.name.into()));
    }
}

/// The target sent a binary frame.
pub fn binary_frame(findings: &mut Findings, entry: usize) {
    findings.judge(&TEXT, entry, true, || {
        ("a binary frame, and XMPP travels in text ones".into(), "binary frame".into())
    });
}
