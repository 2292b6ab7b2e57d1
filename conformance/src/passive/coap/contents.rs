//! What no response may contain, whatever carries it.

use wirecheck_codecs::coap::{CoapOption, Code, Message, OptionNumber};

use super::{
    Findings, LOCATION, OF_REQUESTS, ONCE, ONE_BLOCK, ONE_DIRECTION, ONE_ETAG, ONE_SIZE, UTF_8,
    VALID_HAS_ETAG,
};

/// Options that are defined for requests alone.
const REQUESTS_ONLY: [OptionNumber; 9] = [
    OptionNumber::IF_MATCH,
    OptionNumber::URI_HOST,
    OptionNumber::IF_NONE_MATCH,
    OptionNumber::URI_PORT,
    OptionNumber::URI_PATH,
    OptionNumber::URI_QUERY,
    OptionNumber::ACCEPT,
    OptionNumber::PROXY_URI,
    OptionNumber::PROXY_SCHEME,
];

/// Judges the options and the payload of a response.
pub(super) fn judge(findings: &mut Findings, response: &Message<'_>, entry: usize) {
    let count = |number| response.options.iter().filter(|it| it.number == number).count();
    findings.judge(&ONE_ETAG, entry, count(OptionNumber::ETAG) > 1, || {
        ("a response with two ETag options".into(), "coap etag=twice".into())
    });
    let blocks = [OptionNumber::BLOCK1, OptionNumber::BLOCK2];
    findings.judge(&ONE_BLOCK, entry, blocks.into_iter().any(|block| count(block) > 1), || {
        ("a response with a Block option twice".into(), "coap block=twice".into())
    });
    let sizes = [OptionNumber::SIZE1, OptionNumber::SIZE2];
    findings.judge(&ONE_SIZE, entry, sizes.into_iter().any(|size| count(size) > 1), || {
        ("a response with a Size option twice".into(), "coap size=twice".into())
    });
    let mut location =
        response.options.iter().filter(|it| it.number == OptionNumber::LOCATION_PATH);
    let dots = location.any(|it| matches!(it.value, b"." | b".."));
    findings.judge(&LOCATION, entry, dots, || {
        ("a Location-Path of dots".into(), "coap location_path=dots".into())
    });
    let own = |option: &CoapOption<'_>| {
        option.number == OptionNumber::ETAG
            || blocks.contains(&option.number)
            || sizes.contains(&option.number)
    };
    let surplus = response
        .unrecognized()
        .find(|it| it.reason.name() == "repeated-option" && !own(&it.option));
    findings.judge(&ONCE, entry, surplus.is_some(), || {
        let number = surplus.map_or(0, |it| it.option.number.0);
        (format!("a response with option {number} twice"), "coap option=twice".into())
    });
    let foreign = response.options.iter().find(|it| REQUESTS_ONLY.contains(&it.number));
    findings.judge(&OF_REQUESTS, entry, foreign.is_some(), || {
        let number = foreign.map_or(0, |it| it.number.0);
        let text = format!("a response with option {number}, which is for requests");
        (text, format!("coap option={number}"))
    });
    if response.code == Code::VALID {
        let etag = count(OptionNumber::ETAG) > 0;
        findings.judge(
            &VALID_HAS_ETAG,
            entry,
            !etag || !response.payload.is_empty(),
            || match etag {
                false => ("2.03 without an ETag".into(), "coap etag=absent".into()),
                true => ("2.03 with a payload".into(), "coap payload".into()),
            },
        );
    }
    let format = response.option(OptionNumber::CONTENT_FORMAT);
    if response.code.class() >= 4 && format.is_none() && !response.payload.is_empty() {
        let broken = std::str::from_utf8(response.payload).is_err();
        findings.judge(&UTF_8, entry, broken, || {
            ("a diagnostic payload that is not UTF-8".into(), "coap payload=not-utf-8".into())
        });
    }
    if let Some(block) = response.option(OptionNumber::BLOCK1).and_then(|it| it.block())
        && block.more
    {
        let both = count(OptionNumber::BLOCK2) > 0;
        findings.judge(&ONE_DIRECTION, entry, both, || {
            ("Block2 in a response that asks for more".into(), "coap block2".into())
        });
    }
}
