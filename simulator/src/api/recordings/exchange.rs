//! Exchanges as k8s-config-connector's test proxy wrote them.

use serde_json::Value;

/// A request to Google, and its response.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) method: String,
    /// `https://pubsub.googleapis.com/v1/…`, with `${…}` where values varied.
    pub(super) url: String,
    pub(super) body: String,
    pub(super) status: u16,
    pub(super) response: Value,
}

/// The exchanges of a recording.
pub(super) fn parse(text: &str) -> Vec<Exchange> {
    let exchanges = text.split("\n---\n").map(str::trim);
    exchanges
        .filter(|exchange| !exchange.is_empty())
        .map(|exchange| exchange_of(exchange).unwrap_or_else(|| panic!("{exchange}")))
        .collect()
}

fn exchange_of(text: &str) -> Option<Exchange> {
    let (line, rest) = text.split_at(text.find('\n')?);
    let (method, url) = line.split_once(' ')?;
    // The status line is the first paragraph that begins with a number.
    let at = rest.match_indices("\n\n").find_map(|(at, blank)| {
        let after = &rest[at + blank.len()..];
        let digits = after.get(..3)?;
        let status = digits.parse().ok()?;
        Some((at, status, after))
    });
    let (end, status, response) = at?;
    let body = rest[..end].split_once("\n\n").map_or("", |(_, body)| body);
    let response = response.split_once("\n\n").map_or("", |(_, body)| body);
    Some(Exchange {
        method: method.to_owned(),
        url: url.to_owned(),
        body: body.to_owned(),
        status,
        response: serde_json::from_str(response).unwrap_or(Value::Null),
    })
}
