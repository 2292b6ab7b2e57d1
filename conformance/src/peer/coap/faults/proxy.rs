//! What the proxy can be told to do wrong.

faults! {
    "proxy-forwards-proxy-options" ["RFC7252-5.7.2-3"]
        "Forwards Proxy-Uri and Proxy-Scheme to the server.";
    "proxy-does-not-decode-uris" ["RFC7252-5.7.2-3"]
        "Forwards what stands behind the authority of a URI as one Uri-Path.";
    "proxy-does-not-know-itself" ["RFC7252-5.7.2-2"]
        "Takes its own name for that of a server that it cannot reach.";
    "proxy-forwards-unsafe-options" ["RFC7252-5.7.1-5"]
        "Forwards options that are unsafe to forward and that it does not know.";
    "proxy-drops-safe-options" ["RFC7252-5.7.1-6"]
        "Leaves options that are safe to forward out, if it does not know them.";
    "proxy-passes-critical-options-back" ["RFC7252-5.7.1-2"]
        "Passes a response on whatever critical options it has.";
    "proxy-passes-unsafe-options-back" ["RFC7252-5.7.1-7"]
        "Passes a response on whatever elective options it has.";
    "proxy-drops-safe-options-of-responses" ["RFC7252-5.7.1-8"]
        "Leaves options of a response that are safe to forward out, if it does not know them.";
    "proxy-timeout-is-a-bad-gateway" ["RFC7252-5.7.1-1"]
        "Answers 5.02 where the server does not answer.";
    "proxy-does-not-count-age" ["RFC7252-5.7.1-3"]
        "Gives a response out of the cache with the Max-Age that it came with.";
    "proxy-counts-two-hops" ["RFC8768-3-4"]
        "Takes two from a Hop-Limit.";
    "proxy-forwards-at-the-last-hop" ["RFC8768-3-5"]
        "Forwards a request whose Hop-Limit has become 0.";
    "proxy-last-hop-is-a-bad-request" ["RFC8768-3-6"]
        "Answers 4.00 where the Hop-Limit has become 0.";
}
