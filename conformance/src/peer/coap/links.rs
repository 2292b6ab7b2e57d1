//! What the server says of its resources, in the link format (RFC 6690; RFC 7252, section 7).

use crate::peer::Options;

/// The Content-Format of the link format.
pub(super) const FORMAT: u32 = 40;

/// The document that `/.well-known/core` is.
pub(super) fn document(set: &Options) -> String {
    let test = [
        ("ct-out-of-range", "ct=70000"),
        ("rt-twice", "ct=0;rt=\"a\";rt=\"b\""),
        ("if-twice", "ct=0;if=\"a\";if=\"b\""),
        ("sz-twice", "ct=0;sz=4;sz=5"),
        ("attribute-called-href", "ct=0;href=\"/test\""),
    ];
    let test = test.iter().find(|(fault, _)| set.faulty(fault)).map_or("ct=0", |(_, says)| says);
    let tick = match set {
        set if set.faulty("obs-with-value") => "obs=1",
        set if set.faulty("obs-twice") => "obs;obs",
        _ => "obs",
    };
    let open = if set.faulty("links-without-brackets") { "" } else { "<" };
    let close = if open.is_empty() { "" } else { ">" };
    format!("{open}/test{close};{test},</separate>,</tick>;{tick},</large>;sz=1300,</large-update>")
}
