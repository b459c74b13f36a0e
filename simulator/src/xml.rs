//! XML, as far as Cloud Storage's XML API needs it.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};

/// An element with a text.
pub(crate) fn element(name: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!("<{name}>{}</{name}>", text.replace('>', "&gt;"))
}

/// A response with this root element.
pub(crate) fn response(status: u16, root: &str) -> Response<Bytes> {
    let document = format!("<?xml version='1.0' encoding='UTF-8'?>{root}");
    let mut response = Response::new(Bytes::from(document));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of ours");
    let kind = HeaderValue::from_static("application/xml; charset=UTF-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// The contents of the elements with this name, which have no attributes and are
/// not in each other.
pub(crate) fn contents<'a>(document: &'a str, name: &str) -> Vec<&'a str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    let after = document.split(start.as_str()).skip(1);
    after
        .filter_map(|rest| Some(rest.split_once(end.as_str())?.0))
        .collect()
}

/// A text without entities.
pub(crate) fn unescape(text: &str) -> String {
    let plain = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    let text = plain.iter().fold(text.to_owned(), |text, (entity, plain)| {
        text.replace(entity, plain)
    });
    text.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_and_read_back() {
        let text = "a<b & \"c\" > &lt;";
        let document = format!("<X>{}{}</X>", element("Y", text), element("Y", "2"));
        let read: Vec<String> = contents(&document, "Y").into_iter().map(unescape).collect();
        assert_eq!(read, [text, "2"]);
        assert!(contents(&document, "Z").is_empty());
        assert_eq!(unescape("&quot;x&quot;"), "\"x\"");
    }
}
