//! Media types of requests and of CloudEvents' data.

use http::{HeaderMap, header::CONTENT_TYPE};

/// The request's media type, without parameters; empty if there is none.
pub(super) fn of_request(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.split(';').next())
        .map(str::trim)
        .unwrap_or_default()
}

/// The suffix after `application/cloudevents`, in lower case if it is a known
/// one; `None` for any other media type.
pub(super) fn cloud_events_suffix(media: &str) -> Option<&str> {
    const TREE: &str = "application/cloudevents";
    let (tree, rest) = media.split_at_checked(TREE.len())?;
    if !tree.eq_ignore_ascii_case(TREE) || !(rest.is_empty() || rest.starts_with(['+', '-'])) {
        return None;
    }
    let known = ["+json", "-batch+json"];
    let known = known.iter().find(|known| known.eq_ignore_ascii_case(rest));
    Some(known.unwrap_or(&rest))
}

/// Whether this is the media type of a CloudEvent, or of a batch of them.
pub(crate) fn is_cloud_event(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default();
    cloud_events_suffix(media.trim()).is_some()
}

/// Whether data of this media type is JSON, also by suffix (RFC 6839).
pub(crate) fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    let sub = media.rsplit(['/', '+']).next().unwrap_or_default();
    sub.eq_ignore_ascii_case("json")
}
